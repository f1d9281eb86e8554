"""The region's look at an offer before schools find it (docs/decisions/0014). Lock order: offer, its vetting, slots."""

import hashlib
import json
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import ActionRefused
from regions.enums import Vetting
from regions.models import Region
from visits import places, vetting_emails
from visits.enums import OfferState, VettingOutcome
from visits.models import OfferVetting, VisitOffer
from visits.search import refresh_rows

# What a school decides by: an approved offer is looked at again when one of these changes, or one of its rules.
FACTS = [
    "kind",
    "workplace_id",
    "title",
    "summary",
    "programme_of_day",
    "lowest_grade",
    "highest_grade",
    "hands_on_from",
    "younger_may_watch",
    "cost_kind",
    "cost_amount",
    "cost_note",
]


def facts_of(offer: VisitOffer) -> dict[str, Any]:
    """What the region approves, as the offer is stored now."""
    row = VisitOffer.objects.values(*FACTS).get(pk=offer.pk)
    return row | {"rules": list(offer.rules.values_list("kind", "text"))}


def version_of(offer: VisitOffer) -> str:
    """A print of what the region approves: a decision holds for what was read."""
    return hashlib.sha256(json.dumps(facts_of(offer)).encode()).hexdigest()[:20]


def modes_for(offer: VisitOffer) -> set[str]:
    """What the regions ask for where the visit takes place."""
    regions = Region.objects.filter(municipalities=offer.workplace.municipality_id)
    return set(regions.values_list("vetting", flat=True))


def must_be_vetted(offer: VisitOffer) -> bool:
    """Whether the offer, as it stands, may be published only after the region has looked at it."""
    modes = modes_for(offer)
    if offer.vetted_at is not None or not modes & {Vetting.FIRST, Vetting.ALL}:
        return False
    if Vetting.ALL in modes or was_sent_back(offer):
        return True
    return not VisitOffer.objects.filter(company=offer.company_id, published_at__isnull=False).exists()


def changes_wait(offer: VisitOffer) -> bool:
    """Whether a change that matters takes the offer out of the search until the region has looked at it."""
    return offer.state == OfferState.PUBLISHED and Vetting.ALL in modes_for(offer)


def offer_changed(offer: VisitOffer, *, before: dict[str, Any]) -> None:
    """What was approved no longer stands in a locked offer: one that schools find waits for the region again."""
    if facts_of(offer) == before:
        return
    offer.vetted_at = None
    if changes_wait(offer):
        offer.state = OfferState.WAITING
        ask(offer)
    offer.save(update_fields=["vetted_at", "state"])


def was_sent_back(offer: VisitOffer) -> bool:
    last = offer.vettings.last()
    return last is not None and last.outcome == VettingOutcome.SENT_BACK


def ask(offer: VisitOffer) -> None:
    """Put a locked offer before the region; once, however often it is asked."""
    OfferVetting.objects.get_or_create(offer=offer, decided_at=None)


def take_back(offer: VisitOffer) -> None:
    """The host no longer wants a locked, waiting offer vetted."""
    offer.vettings.undecided().update(decided_at=timezone.now(), outcome=VettingOutcome.TAKEN_BACK)
    offer.state = state_before(offer)


def state_before(offer: VisitOffer) -> str:
    """Where an offer goes when it does not get published: schools may hold bookings of one they have seen."""
    return OfferState.PAUSED if offer.published_at else OfferState.DRAFT


@transaction.atomic
def approve(vetting: OfferVetting, *, by: User, version: str | None = None) -> None:
    """Schools may find the offer from now on. One region's yes is enough. Refused when it is not what was read."""
    vetting, offer = _locked(vetting)
    if version is not None and version != version_of(offer):
        raise ActionRefused(_("The host has changed the offer while you were reading. Please look at it once more."))
    now = timezone.now()
    offer.vetted_at = now
    offer.published_at = offer.published_at or now
    offer.state = OfferState.PUBLISHED
    offer.save(update_fields=["vetted_at", "published_at", "state"])
    refresh_rows([offer.pk])
    _decide(vetting, VettingOutcome.APPROVED, by)
    lines_move_on(offer)


@transaction.atomic
def send_back(vetting: OfferVetting, *, reason: str, by: User) -> None:
    """Not as it stands. The host reads why, mends it and publishes again."""
    vetting, offer = _locked(vetting)
    offer.vetted_at = None
    offer.state = state_before(offer)
    offer.save(update_fields=["vetted_at", "state"])
    _decide(vetting, VettingOutcome.SENT_BACK, by, reason)


def lines_move_on(offer: VisitOffer) -> None:
    """Places that became free while nobody found the offer go to whoever stands in line."""
    for slot_id in offer.slots.upcoming().with_line().order_by("pk").values_list("pk", flat=True):
        places.flow_on(slot_id)


def _decide(vetting: OfferVetting, outcome: VettingOutcome, by: User, reason: str = "") -> None:
    vetting.outcome, vetting.reason = outcome, reason
    vetting.decided_at, vetting.decided_by = timezone.now(), by
    vetting.save(update_fields=["outcome", "reason", "decided_at", "decided_by"])
    vetting_emails.offer_vetted(vetting)


def _locked(vetting: OfferVetting) -> tuple[OfferVetting, VisitOffer]:
    """Both as they are now. Refused when somebody else, or the host, was quicker."""
    offers = VisitOffer.objects.select_for_update(of=("self",), no_key=True).select_related("company", "contact")
    offer = offers.get(pk=vetting.offer_id)
    vetting = OfferVetting.objects.select_for_update(no_key=True, of=("self",)).get(pk=vetting.pk)
    if vetting.decided_at is not None:
        raise ActionRefused(
            _("This offer no longer waits: %(decision)s.") % {"decision": vetting.get_outcome_display()}
        )
    if offer.company.joined_at is None or offer.company.ceased_at is not None:
        raise ActionRefused(_("The host is not open to schools, so its offer cannot be published."))
    vetting.offer = offer
    return vetting, offer
