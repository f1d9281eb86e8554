"""A time that classes have booked is cancelled, with a reason to everyone whom it concerns.

Lock order: slots (by id), bookings and the line (RELIABILITY §2). The rules:
docs/decisions/0013-cancelling-a-whole-time.md.
"""

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import ActionRefused
from visits import emails, places, waiting_actions
from visits.actions import end_cancelled, held_slots, move
from visits.change_actions import record
from visits.enums import BookingState, Side, StepKind
from visits.models import VisitBooking, VisitSlot, answer_deadline
from visits.offer_actions import locked_slot
from visits.search import refresh_rows


@transaction.atomic
def cancel_slot(
    slot: VisitSlot, *, reason: str, reason_text: str = "", side: Side = Side.HOST, by: User | None = None
) -> int:
    """Nobody comes at this time: bookings end, the line closes, all are told why. How many groups these were.

    Who has been offered another time keeps that offer. Who has been offered this one is a request again.
    """
    bookings = _locked_bookings(slot)
    slot = locked_slot(slot)
    # First of all: places that come free on a cancelled time flow to nobody.
    slot.cancelled_at, slot.cancel_reason = timezone.now(), reason
    slot.save(update_fields=["cancelled_at", "cancel_reason"])
    line = waiting_actions.close_line(slot, side=side, reason_text=reason_text)
    for booking in bookings:
        if booking.slot_id != slot.pk and booking.slot.cancelled_at is None:
            _end_proposal(booking, slot, side=side, by=by)
        elif booking.slot_id == slot.pk and booking.state == BookingState.PROPOSED:
            record(booking, StepKind.FIRST_TIME_CANCELLED, side=side, by=by)
            emails.time_proposed(booking, occasion=f"step{booking.steps.latest('pk').pk}")
        else:
            end_cancelled(booking, side=side, reason=reason, reason_text=reason_text, by=by)
    refresh_rows([slot.offer_id])
    return len(bookings) + len(line)


def bookings_holding(slot: VisitSlot) -> "QuerySet[VisitBooking]":
    """Every live booking with places on the slot, as its time or as one that has been proposed."""
    held = VisitBooking.objects.live().filter(Q(slot=slot) | Q(proposed_slot=slot))
    return held.select_related("slot", "school", "requested_by").order_by("school__name", "pk")


def _locked_bookings(slot: VisitSlot) -> list[VisitBooking]:
    """The bookings with places on the slot, under locks: first every slot where one of them holds places."""
    slots = {slot.pk}.union(*map(held_slots, bookings_holding(slot)))
    list(VisitSlot.objects.select_for_update(no_key=True).filter(pk__in=slots).order_by("pk"))
    bookings = list(
        bookings_holding(slot)
        .select_related("slot__offer__company", "slot__offer__contact", "contact")
        .select_for_update(no_key=True, of=("self",))
        .order_by("pk")
    )
    if set().union(*map(held_slots, bookings)) - slots:
        raise ActionRefused(_("Somebody has just changed a booking of this time. Look at it again."))
    return bookings


def _end_proposal(booking: VisitBooking, proposed: VisitSlot, *, side: Side, by: User | None) -> None:
    """The time that the host had proposed is gone: the class waits for an answer to its request again."""
    now = timezone.now()
    move(
        booking,
        BookingState.PENDING,
        side=side,
        by=by,
        proposed_slot=None,
        answered_at=now,
        answer_by=answer_deadline(booking.slot, now),
    )
    places.give_back(proposed.pk, booking.pupil_count)
    emails.proposal_ended(booking)
