"""What a host does for a whole year at once."""

from collections.abc import Collection, Sequence
from dataclasses import asdict

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import ActionRefused
from visits.models import VisitOffer, VisitSlot, WaitingGroup
from visits.offer_actions import lock_for_times
from visits.proposed_times import ProposedTime, look_at
from visits.search import refresh_rows


@transaction.atomic
def add_proposed_times(
    offer: VisitOffer, proposed: Sequence[ProposedTime], *, take: Collection[str], anyway: Collection[str] = ()
) -> list[VisitSlot]:
    """Add the chosen times, all or none. What is there already stays as it is: sent twice, nothing comes twice.

    `take` names times that nothing spoke against, `anyway` those the host wants in spite of what does. Refused when
    something speaks against a time of `take` by now: then the host must look again.
    """
    lock_for_times(offer)
    look_at(offer, proposed)
    chosen = [one for one in proposed if one.key in {*take, *anyway} and one.can_be_added]
    if any(one.reasons and one.key not in anyway for one in chosen):
        raise ActionRefused(
            _("Something has changed since you looked. Nothing is added yet: look through the times again.")
        )
    slots = [VisitSlot(offer=offer, **asdict(one.times)) for one in chosen if one.times]
    VisitSlot.objects.bulk_create(slots)
    refresh_rows([offer.pk])
    return slots


@transaction.atomic
def take_back_times(offer: VisitOffer, public_ids: Collection[str]) -> int:
    """Withdraw those of the offer's times that nobody has booked or waits for, and say how many they were."""
    slots = offer.slots.select_for_update(no_key=True, of=("self",)).filter(
        public_id__in=public_ids, cancelled_at=None, groups_taken=0, starts_at__gt=timezone.now()
    )
    free = {slot.pk for slot in slots.order_by("pk")}
    free -= set(WaitingGroup.objects.in_line().filter(slot__in=free).values_list("slot", flat=True))
    offer.slots.filter(pk__in=free).update(cancelled_at=timezone.now())
    refresh_rows([offer.pk])
    return len(free)
