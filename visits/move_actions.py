"""A time that classes have booked is moved or cancelled, with a reason to everyone whom it concerns.

Lock order: offer, classes (by id), slots (by id), bookings and the line (RELIABILITY §2). The rules:
docs/decisions/0013-cancelling-a-whole-time.md, docs/decisions/0031-moving-a-booked-time.md.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import ActionRefused
from regions.school_year import school_year_of
from schools.models import SchoolClass
from visits import ages, emails, misfits, places, time_actions, waiting_actions
from visits.actions import during_of, end_cancelled, held_slots, move, proposal_deadline
from visits.change_actions import record
from visits.enums import BookingState, Part, Side, StepKind
from visits.models import VisitBooking, VisitSlot, answer_deadline
from visits.offer_actions import check_not_there, check_times, locked_offer, locked_slot
from visits.offer_changes import free_until
from visits.search import refresh_rows
from visits.slot_times import SlotTimes, calendar_days_between, days_before

_MOVED_FIELDS = ["starts_at", "ends_at", "opens_at", "closes_at", "cancel_by", "decide_at", "runs_since"]


@transaction.atomic
def cancel_slot(
    slot: VisitSlot, *, reason: str, reason_text: str = "", side: Side = Side.HOST, by: User | None = None
) -> int:
    """Nobody comes at this time: bookings end, the line closes, all are told why. How many groups these were.

    Who has been offered another time keeps that offer. Who has been offered this one is a request again, and who has
    asked for it keeps their own.
    """
    bookings = locked_bookings(slot)
    slot = locked_slot(slot)
    # First of all: places that come free on a cancelled time flow to nobody.
    slot.cancelled_at, slot.cancel_reason = timezone.now(), reason
    slot.save(update_fields=["cancelled_at", "cancel_reason"])
    line = waiting_actions.close_line(slot, side=side, reason_text=reason_text)
    for booking in bookings:
        if booking.asked_slot_id == slot.pk:
            time_actions.end_ask(booking, StepKind.GONE, side=side, by=by)
        elif booking.slot_id != slot.pk and booking.slot.cancelled_at is None:
            _end_proposal(booking, slot, side=side, by=by)
        elif booking.slot_id == slot.pk and booking.state == BookingState.PROPOSED:
            record(booking, StepKind.FIRST_TIME_CANCELLED, side=side, by=by)
            emails.time_proposed(booking)
        else:
            end_cancelled(booking, side=side, reason=reason, reason_text=reason_text, by=by)
    refresh_rows([slot.offer_id])
    return len(bookings) + len(line)


@transaction.atomic
def move_slot(
    slot: VisitSlot,
    *,
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
    reason_text: str = "",
    by: User | None = None,
) -> int:
    """Everyone who has booked the time, or waits for it, comes at another one, and is told. How many groups these are.

    Whoever has booked may step back for a week without being late. Refused when one of the classes cannot come then.
    """
    offer = locked_offer(slot.offer)
    classes = _locked_classes(slot)
    bookings = locked_bookings(slot)
    slot = locked_slot(slot)
    if {booking.school_class_id for booking in bookings} - classes:
        raise ActionRefused(_changed_meanwhile())
    before = (slot.starts_at, slot.ends_at)
    if (starts_at, ends_at) == before:
        raise ActionRefused(_("The visit is at this time already. Choose another one, or go back."))
    if school_year_of(timezone.localdate(starts_at)) != school_year_of(slot.day):
        raise ActionRefused(_("In another school year the classes are others. Cancel this time and add a new one."))
    if starts_at != slot.starts_at:
        check_not_there(offer, starts_at)
    times = times_after_move(slot, starts_at, ends_at)
    if slot.is_undecided and times.decide_at and times.decide_at <= timezone.now():
        slot.runs_since = timezone.now()  # whoever moves it past its deciding day wants it
    check_times(times)
    slot.starts_at, slot.ends_at = times.starts_at, times.ends_at
    slot.opens_at, slot.closes_at, slot.cancel_by = times.opens_at, times.closes_at, times.cancel_by
    slot.decide_at = times.decide_at
    _refuse_unless_all_can_come(slot, [booking for booking in bookings if booking.slot_id == slot.pk])
    slot.save(update_fields=_MOVED_FIELDS)
    told: dict[str, Any] = {"before": _as_kept(*before), "after": _as_kept(starts_at, ends_at), "reason": reason}
    for booking in bookings:
        if booking.asked_slot_id == slot.pk:  # nobody asked for the time that it is now
            time_actions.end_ask(booking, StepKind.GONE, by=by)
            continue
        kind = _take_along(booking, slot)
        step = record(booking, kind, side=Side.HOST, by=by, reason_text=reason_text, **told)
        emails.time_moved(booking, step)
    too_young = misfits.in_line_for(slot)  # on an earlier day than they stand in line for
    misfits.take_out(too_young)
    line = waiting_actions.tell_line_of_move(slot, reason=reason, reason_text=reason_text)
    refresh_rows([slot.offer_id])
    return len(bookings) + len(too_young) + len(line)


def times_after_move(slot: VisitSlot, starts_at: datetime, ends_at: datetime) -> SlotTimes:
    """Days before stay as many. Booking that would have closed in the past closes now; what is closed stays closed."""
    now, decide_at = timezone.now(), slot.decide_at
    if decide_at is not None:
        decide_at = days_before(starts_at, calendar_days_between(decide_at, slot.starts_at))
    closes_at = slot.closes_at
    if closes_at > now:
        closes_at = max(now, days_before(starts_at, calendar_days_between(closes_at, slot.starts_at)))
    return SlotTimes(
        starts_at=starts_at,
        ends_at=ends_at,
        opens_at=min(slot.opens_at, closes_at - timedelta(minutes=1)),
        closes_at=closes_at,
        cancel_by=days_before(starts_at, calendar_days_between(slot.cancel_by, slot.starts_at)),
        pupils_capacity=slot.pupils_capacity,
        groups_capacity=slot.groups_capacity,
        minimum=slot.minimum,
        minimum_of=slot.minimum_of,
        decide_at=decide_at,
    )


def _as_kept(starts_at: datetime, ends_at: datetime) -> list[str]:
    return [starts_at.isoformat(), ends_at.isoformat()]


def _take_along(booking: VisitBooking, slot: VisitSlot) -> StepKind:
    """Write the new time of a locked booking that holds places on the moved slot, as its own or as a proposal."""
    now = timezone.now()
    if booking.slot_id == slot.pk:
        kind, booking.slot = StepKind.MOVED, slot
        booking.during = during_of(slot)
        booking.free_to_leave_until = free_until(booking, now)
    else:
        kind, booking.proposed_slot = StepKind.PROPOSAL_MOVED, slot
    if booking.proposed_slot is not None:  # a time that has moved is a new proposal
        booking.answer_by = proposal_deadline(booking.slot, booking.proposed_slot, now)
    elif booking.state == BookingState.PENDING:
        booking.answer_by = min(booking.answer_by, max(slot.starts_at - timedelta(days=1), now + timedelta(hours=1)))
    if booking.asked_until is not None:
        booking.asked_until = min(
            booking.asked_until, max(slot.starts_at - timedelta(days=1), now + timedelta(hours=1))
        )
    booking.save(update_fields=["during", "free_to_leave_until", "answer_by", "asked_until"])
    return kind


def _locked_classes(slot: VisitSlot) -> set[int]:
    """The classes that have booked, under locks: none of them gets a visit elsewhere while theirs moves."""
    classes = set(bookings_holding(slot).values_list("school_class", flat=True))
    list(SchoolClass.objects.select_for_update(no_key=True).filter(pk__in=classes).order_by("pk").values_list("pk"))
    return classes


def _refuse_unless_all_can_come(slot: VisitSlot, bookings: list[VisitBooking]) -> None:
    """Name the groups that cannot come at the new time. Where they are instead is not for the host to know."""
    classes = [booking.school_class_id for booking in bookings]
    elsewhere = VisitBooking.objects.live().filter(school_class__in=classes, during__overlap=during_of(slot))
    busy = set(elsewhere.exclude(slot=slot).values_list("school_class", flat=True))
    if groups := [_name(booking) for booking in bookings if booking.school_class_id in busy]:
        raise ActionRefused(
            _("%(groups)s cannot come then. Choose another time, or cancel that booking first.")
            % {"groups": "; ".join(groups)}
        )
    too_young = [] if slot.offer.younger_may_watch else [each for each in bookings if _would_only_watch(each, slot)]
    if groups := [_name(booking) for booking in too_young]:
        raise ActionRefused(
            _("%(groups)s would be too young then for what the pupils try. Choose a later time.")
            % {"groups": "; ".join(groups)}
        )


def _name(booking: VisitBooking) -> str:
    return f"{booking.group_name}, {booking.school.name}"


def _would_only_watch(booking: VisitBooking, slot: VisitSlot) -> bool:
    return ages.part_of_booking(booking, slot) == Part.WATCH


def bookings_holding(slot: VisitSlot) -> "QuerySet[VisitBooking]":
    """Every live booking with places on the slot: as its time, or as one that was proposed or asked for."""
    held = VisitBooking.objects.live().filter(Q(slot=slot) | Q(proposed_slot=slot) | Q(asked_slot=slot))
    return held.with_booker().select_related("slot", "school").order_by("school__name", "pk")


def locked_bookings(slot: VisitSlot) -> list[VisitBooking]:
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
        raise ActionRefused(_changed_meanwhile())
    return bookings


def _changed_meanwhile() -> str:
    return _("Somebody has just changed a booking of this time. Look at it again.")


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
