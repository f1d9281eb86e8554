"""The mail to each booked group when the host has changed the visit."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.enums import OrganisationKind
from notifications.enums import Channel
from notifications.models import QueuedMail
from notifications.outbox import mail_row, write
from notifications.registry import Attachment, MailKind, register
from visits import links
from visits.calendar import attachment_of
from visits.enums import LIVE_STATES
from visits.models import OfferChange, VisitBooking
from visits.recipients import school_readers


def offer_changed(booking: VisitBooking, change: OfferChange) -> None:
    write(
        mail_row(
            CHANGED,
            to=person,
            about=booking,
            details={"change": change.pk},
            occasion=str(change.pk),
            expires_at=booking.slot.starts_at,
        )
        for person in school_readers(booking)
    )


def _context(mail: QueuedMail) -> dict[str, Any] | None:
    """The change and the booking. Nothing to say when the booking has ended meanwhile."""
    booking = (
        VisitBooking.objects.filter(pk=mail.about_id or 0, state__in=LIVE_STATES)
        .select_related("slot__offer__company", "slot__offer__workplace", "slot__offer__contact", "contact")
        .select_related("school", "requested_by")
        .prefetch_related("steps")
        .first()
    )
    change = OfferChange.objects.filter(pk=mail.details["change"]).first()
    if booking is None or change is None:
        return None
    offer = booking.slot.offer
    return {
        "booking": booking,
        "change": change,
        "slot": booking.slot,
        "offer": offer,
        "company": offer.company,
        "contact": booking.host_contact,
        "booking_url": links.booking_url(booking),
    }


def _calendar(context: dict[str, Any]) -> list[Attachment]:
    return [attachment_of(context["booking"])]


def _newest(user: Any) -> QuerySet[VisitBooking]:
    """A change is told to those it concerns; a preview needs one that was told."""
    return VisitBooking.objects.none()


CHANGED = register(
    MailKind(
        "offer_changed",
        "visits/offer_changes/emails/offer_changed",
        title=_("A visit that you have booked has changed"),
        to=_("The one who booked."),
        rule=_("When the host changes what a class relies on. The mail shows what it was and what it is."),
        audience={OrganisationKind.SCHOOL},
        channels=(Channel.MAIL,),
        necessary=_("The class has planned for the visit as it was."),
        context=_context,
        newest=_newest,
        attachments=_calendar,
    )
)
