"""The signed links of a booking. Each is for one side and one purpose; the pages act on POST only."""

from datetime import timedelta

from django.conf import settings
from django.urls import reverse

from companies.models import Company
from core.signed_links import SignedLink
from visits.models import VisitBooking, VisitOffer, WaitingGroup

# Long enough for a visit booked a school year ahead; the booking's state ends each link's use much sooner.
_LIFETIME = timedelta(days=400)

HOST = SignedLink("visits.host-answers-booking", _LIFETIME)
SCHOOL = SignedLink("visits.school-answers-proposal", _LIFETIME)

# The payload names the time as well: a link never answers another question than the one in its mail.
ASKED = SignedLink("visits.host-answers-asked-time", _LIFETIME)

# The payload names whom it was sent to: the link ends when that person has nothing to do with the booking any more.
MESSAGES = SignedLink("visits.host-writes-about-booking", _LIFETIME)
AFTER = SignedLink("visits.side-says-how-it-was", _LIFETIME)
WAITING = SignedLink("visits.school-answers-held-places", _LIFETIME)

# The payload names the offer and the organisation that is asked: it holds while the question stands.
CO_HOST = SignedLink("visits.co-host-answers", _LIFETIME)


def host_url(booking: VisitBooking, choice: str = "") -> str:
    """Where the host reads and answers the booking without an account."""
    url = settings.SITE_URL + host_path(HOST.token(booking.public_id))
    return f"{url}?choice={choice}" if choice else url


def school_url(booking: VisitBooking) -> str:
    """Where the school answers a proposed time without signing in."""
    return settings.SITE_URL + proposal_path(SCHOOL.token(booking.public_id))


def ask_url(booking: VisitBooking, choice: str) -> str:
    """Where the host answers a school's question about another time without an account."""
    asked = booking.asked_slot.public_id if booking.asked_slot else ""
    url = settings.SITE_URL + ask_path(ASKED.token([booking.public_id, asked]))
    return f"{url}?choice={choice}" if choice else url


def ask_path(token: str) -> str:
    return reverse("visits:ask_link", args=[token])


def booking_url(booking: VisitBooking) -> str:
    return settings.SITE_URL + booking.get_absolute_url()


def offer_url(offer: VisitOffer) -> str:
    return settings.SITE_URL + offer.get_absolute_url()


def host_path(token: str) -> str:
    return reverse("visits:host_link", args=[token])


def proposal_path(token: str) -> str:
    return reverse("visits:proposal_link", args=[token])


def waiting_url(group: WaitingGroup) -> str:
    """Where the school sees its place in line, answers an offer or leaves, without signing in."""
    return settings.SITE_URL + waiting_path(WAITING.token(group.public_id))


def waiting_path(token: str) -> str:
    return reverse("visits:waiting_link", args=[token])


def messages_url(booking: VisitBooking, contact_id: str = "") -> str:
    """Where the host reads and answers this thread, and nothing else, without an account."""
    return settings.SITE_URL + messages_path(MESSAGES.token([booking.public_id, contact_id]))


def again_url(booking: VisitBooking) -> str:
    """Where the school books the same visit again."""
    return settings.SITE_URL + reverse("visits:booking_next", args=[booking.public_id])


def co_host_url(offer: VisitOffer, company: Company) -> str:
    """Where an organisation says whether it holds the visit together with its host, without an account."""
    token = CO_HOST.token([offer.public_id, company.public_id])
    return settings.SITE_URL + reverse("visits:co_host_link", args=[token])


def messages_path(token: str) -> str:
    return reverse("visits:message_link", args=[token])


def after_url(booking: VisitBooking, side: str, person: str = "") -> str:
    """Where a person of one side says how the visit was, without signing in."""
    return settings.SITE_URL + after_path(AFTER.token([booking.public_id, str(side), person]))


def after_path(token: str) -> str:
    return reverse("visits:after_link", args=[token])
