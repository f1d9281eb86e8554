"""Times that run only if enough have booked by a day: decided then, by themselves or by the host before.

Lock order as in move_actions. The rules: docs/decisions/0032-enough-to-run.md.
"""

from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import ActionRefused
from visits import move_actions
from visits.enums import BookingState, CancelReason, MinimumOf, Side
from visits.models import VisitBooking, VisitSlot
from visits.offer_actions import locked_slot

# A decision that comes later than this, after a long outage, sends nobody home from the gate.
LATEST_TO_CANCEL = timedelta(hours=12)

# Whoever has been offered another time, or places in line, may still say no.
COUNTED = {BookingState.PENDING, BookingState.CONFIRMED}


def booked(slot: VisitSlot, bookings: Iterable[VisitBooking]) -> int:
    """How many of these count towards the slot's minimum."""
    coming = [each for each in bookings if each.slot_id == slot.pk and each.state in COUNTED]
    return len(coming) if slot.minimum_of == MinimumOf.GROUPS else sum(each.pupil_count for each in coming)


def decide_times() -> None:
    """Decide every time whose day has come; each in a transaction of its own."""
    now = timezone.now()
    due = VisitSlot.objects.undecided().filter(decide_at__lte=now, starts_at__gt=now).order_by("decide_at", "pk")
    for slot in due.iterator(chunk_size=500):
        try:
            decide(slot)
        except ActionRefused:
            continue  # changed while we looked; the next round sees it anew


@transaction.atomic
def decide(slot: VisitSlot) -> None:
    """Let the slot run when enough have booked, else cancel it for everyone. Decided once, and not before its day."""
    bookings = move_actions.locked_bookings(slot)
    slot = locked_slot(slot)
    now = timezone.now()
    if not slot.is_undecided or slot.decide_at is None or slot.decide_at > now:
        return
    if booked(slot, bookings) >= slot.minimum or slot.starts_at - now < LATEST_TO_CANCEL:
        _let_run(slot)
    else:
        move_actions.cancel_slot(slot, reason=CancelReason.TOO_FEW, side=Side.SYSTEM)


@transaction.atomic
def run_anyhow(slot: VisitSlot) -> None:
    """The host wants the visit however few come."""
    slot = locked_slot(slot)
    if not slot.is_undecided:
        raise ActionRefused(_("It is decided already that this visit takes place."))
    _let_run(slot)


def _let_run(slot: VisitSlot) -> None:
    slot.runs_since = timezone.now()
    slot.save(update_fields=["runs_since"])
