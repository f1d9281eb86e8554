"""A visit that two organisations hold together: the owner asks, the other one says yes once, either may end it."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from companies.models import Company
from core.errors import ActionRefused
from core.search import ReaderQuery, words_of
from notifications.models import QueuedMail
from visits import co_host_emails
from visits.models import CoHost, VisitOffer
from visits.offer_actions import locked_offer

MOST_FOUND = 10
MOST_ASKED = 8  # organisations that one offer may write to


def candidates(offer: VisitOffer, text: str) -> list[Company]:
    """Hosts on the platform whose name, place or industry has the words."""
    if not words_of(text):
        return []
    query = ReaderQuery(text, language=get_language() or "sv")
    found = Company.objects.listed().exclude(pk=offer.company_id).filter(search_row__text__words=query)
    return list(found.select_related("municipality").order_by("name", "pk")[:MOST_FOUND])


@transaction.atomic
def ask(offer: VisitOffer, company: Company) -> CoHost:
    """Ask a listed host to hold the visit together. The mail about one offer goes to each organisation once."""
    offer = locked_offer(offer)
    present = CoHost.objects.filter(offer=offer).first()
    if present and present.company_id == company.pk:
        return present
    if present:
        raise ActionRefused(_("One organisation is asked already. Remove it first."))
    if company.pk == offer.company_id:
        raise ActionRefused(_("This is your own organisation. Choose another one."))
    if _asked_before(offer).exclude(details__company=company.pk).count() >= MOST_ASKED:
        raise ActionRefused(
            _("You have asked %(count)d organisations about this visit. Ring somebody instead.") % {"count": MOST_ASKED}
        )
    co_host = CoHost.objects.create(offer=offer, company=company)
    co_host_emails.co_host_asked(co_host)
    return co_host


@transaction.atomic
def say_yes(co_host: CoHost) -> None:
    """From now on both are named. Saying it again changes nothing."""
    co_host = _locked(co_host)
    if co_host.confirmed_at is None:
        co_host.confirmed_at = timezone.now()
        co_host.save(update_fields=["confirmed_at"])
        co_host_emails.owner_told(co_host, what="yes")


@transaction.atomic
def say_no(co_host: CoHost) -> None:
    """The one that was asked says no, or steps back after a yes."""
    co_host = _locked(co_host)
    co_host_emails.owner_told(co_host, what="left" if co_host.confirmed_at else "no")
    co_host.delete()


@transaction.atomic
def remove(co_host: CoHost) -> None:
    """The owner takes the question back, or ends it. Who had said yes is told."""
    co_host = _locked(co_host)
    if co_host.confirmed_at:
        co_host_emails.co_host_removed(co_host)
    co_host.delete()


def _locked(co_host: CoHost) -> CoHost:
    rows = CoHost.objects.select_for_update(of=("self",), no_key=True).select_related("offer__company", "company")
    current = rows.filter(pk=co_host.pk).first()
    if current is None:
        raise ActionRefused(_("This has just ended. There is nothing more to answer."))
    return current


def _asked_before(offer: VisitOffer) -> "QuerySet[QueuedMail]":
    """One mail for each organisation that was asked."""
    asked = QueuedMail.objects.filter(kind=co_host_emails.ASKED.name, about_id=offer.pk)
    return asked.order_by("details__company").distinct("details__company")
