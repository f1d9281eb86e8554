"""What the two sides of a booking do: lock, check, write, record, mail, in one transaction.

Lock order: class, school (where its visits are counted), slots (by id), booking (RELIABILITY §2).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from psycopg.types.range import TimestamptzRange

from accounts.models import User
from core.dates import moment
from core.errors import ActionRefused
from core.ready_queries import insert
from schools.enums import Grade
from schools.models import SchoolClass
from visits import ages, booking_queries, emails, fair_share, first_turn, places, reach
from visits.enums import AnswerMode, BookingState, CancelReason, OfferState, Side, SlotStatus, StepKind
from visits.models import BookingNeeds, BookingStep, VisitBooking, VisitSlot, answer_deadline
from visits.questions import Answers

# How long a school has to answer a proposed time.
PROPOSAL_DAYS = 5


class NoRoomNow(ActionRefused):
    """Refused today, but the class may stand in line."""


@transaction.atomic
def request_booking(
    *,
    slot: VisitSlot,
    school_class: SchoolClass,
    pupil_count: int,
    adult_count: int,
    phone: str,
    note: str,
    request_key: UUID,
    by: User,
    answers: Answers | None = None,
    needs: Sequence[str] = (),
    needs_text: str = "",
) -> VisitBooking:
    """Ask for places on a slot for a class; the booking is confirmed at once where the host has chosen so.

    The same `request_key` gives the same booking again. Refused when the slot takes no bookings, the group does not
    fit the offer or the places left, or the class is elsewhere at that time.
    """
    rules = fair_share.lock(slot, school_class=school_class.pk, school=school_class.school_id)
    for other in booking_queries.booked_already(school_class.pk, during_of(slot), request_key):
        if other.request_key == request_key:
            return other
        raise ActionRefused(elsewhere(other))
    check_group(slot, school_class.grade, pupil_count)
    ages.check_age(slot, school_class)
    reach.check_reach(slot.offer, school_class.school)
    fair_share.check(rules, slot, school_class)
    # A clear no costs nothing here; a yes is decided by `places.take`.
    if slot.status != SlotStatus.FREE or slot.offer.state != OfferState.PUBLISHED:
        raise _refusal(slot, pupil_count)
    if ends := first_turn.held_until(rules, slot, school_class.school_id):
        raise NoRoomNow(first_turn.not_yet(school_class.school, ends))
    if first_turn.deciding(rules):
        places.let_in_before(slot, school_class)
    booking = write_booking(
        slot=slot,
        school_class=school_class,
        accepted_rules=rules_of(slot),
        by=by,
        pupil_count=pupil_count,
        adult_count=adult_count,
        phone=phone,
        note=note,
        answers=answers or [],
        requested_by=by,
        request_key=request_key,
    )
    if needs or needs_text:
        BookingNeeds.objects.tell(booking, kinds=needs, text=needs_text)
    # Last, so that a popular slot's row is locked no longer than the update and the commit take.
    if not places.take(slot, pupil_count):
        chosen, terms = (slot.starts_at, slot.ends_at), slot.terms
        slot.refresh_from_db()
        if (slot.starts_at, slot.ends_at) != chosen:
            raise ActionRefused(
                _("The host has just moved this time to %(time)s. Book again if it suits the class.")
                % {"time": moment(slot.starts_at)}
            )
        if slot.terms != terms:
            raise ActionRefused(_("The host has just changed this visit. Read what is new, then book again."))
        raise _refusal(slot, pupil_count)
    return booking


def _refusal(slot: VisitSlot, pupils: int) -> ActionRefused:
    is_open = slot.status in {SlotStatus.FREE, SlotStatus.FULL} and slot.offer.state == OfferState.PUBLISHED
    return (NoRoomNow if is_open else ActionRefused)(why_not(slot, pupils))


def rules_of(slot: VisitSlot) -> list[dict[str, str]]:
    """The host's rules as the school accepts them: a copy, so that they stay what was accepted."""
    return [{"kind": rule.kind, "text": rule.text} for rule in slot.offer.rules_to_accept]


def write_booking(
    *, slot: VisitSlot, school_class: SchoolClass, by: User | None, by_link: bool = False, **facts: Any
) -> VisitBooking:
    """The row, its first step and its mail. The caller holds the class's lock, and takes the places or holds them."""
    now = timezone.now()
    at_once = slot.offer.answer_mode == AnswerMode.AUTO
    booking = VisitBooking(
        slot=slot,
        school_id=school_class.school_id,
        school_class=school_class,
        group_name=school_class.name,
        grade=school_class.grade,
        state=BookingState.CONFIRMED if at_once else BookingState.PENDING,
        answer_by=answer_deadline(slot, now),
        answered_at=now if at_once else None,
        during=during_of(slot),
        **facts,
    )
    insert(booking)
    if by == booking.requested_by:
        booking.booker_is_member = True  # let in as one just now: every booking would ask once more
    insert(BookingStep(booking=booking, to_state=booking.state, side=Side.SCHOOL, by=by, by_link=by_link))
    if at_once:
        emails.booking_confirmed(booking)
    else:
        emails.booking_requested(booking)
    return booking


def confirm_booking(booking: VisitBooking, *, by: User | None = None, by_link: bool = False) -> VisitBooking:
    """The host says yes."""
    with transaction.atomic():
        booking = locked(booking)
        if booking.state != BookingState.PENDING:  # a proposed time is confirmed by the school
            raise ActionRefused(not_now(booking))
        move(booking, BookingState.CONFIRMED, side=Side.HOST, by=by, by_link=by_link, answered_at=timezone.now())
        emails.booking_confirmed(booking)
    return booking


def decline_booking(
    booking: VisitBooking, *, reason: str, reason_text: str = "", by: User | None = None, by_link: bool = False
) -> VisitBooking:
    """The host says no, with a reason; the places are free again."""
    with transaction.atomic():
        booking = locked(booking)
        _end(
            booking,
            BookingState.DECLINED,
            Side.HOST,
            by=by,
            by_link=by_link,
            answered_at=timezone.now(),
            reason=reason,
            reason_text=reason_text,
        )
        emails.booking_declined(booking)
    return booking


def propose_time(
    booking: VisitBooking, *, slot: VisitSlot, by: User | None = None, by_link: bool = False
) -> VisitBooking:
    """The host offers another of its times; its places are held, with those of the first, until the school answers."""
    with transaction.atomic():
        booking = locked(booking, slot)
        if slot.pk == booking.slot_id or slot.offer_id != booking.slot.offer_id:
            raise ActionRefused(_("Choose another time of the same visit."))
        if booking.asked_slot_id is not None:
            raise ActionRefused(_("The school has asked for another time itself. First say yes or no to that."))
        if not places.take(slot, booking.pupil_count, ignore_closing=True):
            slot.refresh_from_db()
            raise ActionRefused(why_not(slot, booking.pupil_count))
        now = timezone.now()
        move(
            booking,
            BookingState.PROPOSED,
            side=Side.HOST,
            by=by,
            by_link=by_link,
            answered_at=now,
            proposed_slot=slot,
            answer_by=proposal_deadline(booking.slot, slot, now),
        )
        emails.time_proposed(booking)
    return booking


def proposal_deadline(first: VisitSlot, proposed: VisitSlot, now: datetime) -> datetime:
    """When the school must have answered: after some days, and at the latest a day before the first of both times."""
    first_of_both = min(first.starts_at, proposed.starts_at)
    return max(now, min(now + timedelta(days=PROPOSAL_DAYS), first_of_both - timedelta(days=1)))


def propose_new_time(
    booking: VisitBooking, *, starts_at: datetime, by: User | None = None, by_link: bool = False
) -> VisitBooking:
    """The host offers a time that it has not published: a slot of the same length for this group alone."""
    now = timezone.now()
    if starts_at <= now:
        raise ActionRefused(_("Choose a time that is still to come."))
    with transaction.atomic():
        old = booking.slot
        slot = VisitSlot.objects.create(
            offer_id=old.offer_id,
            starts_at=starts_at,
            ends_at=starts_at + (old.ends_at - old.starts_at),
            pupils_capacity=booking.pupil_count,
            groups_capacity=1,
            opens_at=now - timedelta(minutes=1),
            closes_at=now,  # nobody else can ask for it
            cancel_by=max(now, starts_at - timedelta(days=old.offer.cancel_days)),
        )
        return propose_time(booking, slot=slot, by=by, by_link=by_link)


def decline_proposal(booking: VisitBooking, *, by: User | None = None, by_link: bool = False) -> VisitBooking:
    """The school does not take the proposed time: the booking ends and both times are free again."""
    with transaction.atomic():
        booking = locked(booking)
        if booking.state != BookingState.PROPOSED:
            raise ActionRefused(not_now(booking))
        _end(booking, BookingState.CANCELLED, Side.SCHOOL, by=by, by_link=by_link, reason=CancelReason.TIMETABLE)
        emails.booking_cancelled(booking)
    return booking


def accept_proposal(booking: VisitBooking, *, by: User | None = None, by_link: bool = False) -> VisitBooking:
    """The school takes the proposed time: the booking moves there and is confirmed."""
    with transaction.atomic():
        SchoolClass.objects.select_for_update(no_key=True).get(pk=booking.school_class_id)
        booking = locked(booking)
        new = booking.proposed_slot
        if new is None:
            raise ActionRefused(not_now(booking))
        for other in bookings_in_the_way(booking.school_class, new):
            if other != booking:
                raise ActionRefused(elsewhere(other))
        old = booking.slot_id
        move(
            booking,
            BookingState.CONFIRMED,
            side=Side.SCHOOL,
            by=by,
            by_link=by_link,
            slot=new,
            proposed_slot=None,
            during=during_of(new),
        )
        places.give_back(old, booking.pupil_count)
        emails.booking_confirmed(booking)
    return booking


def cancel_booking(
    booking: VisitBooking,
    *,
    side: Side,
    reason: str,
    reason_text: str = "",
    by: User | None = None,
    by_link: bool = False,
) -> VisitBooking:
    """Either side steps back, with a reason; the places are free again and the other side is told at once.

    After the last free day it is marked late, which the coordinators see.
    """
    with transaction.atomic():
        booking = locked(booking)
        if booking.slot.starts_at <= timezone.now():
            raise ActionRefused(_("The visit has begun. Write to the other side instead."))
        end_cancelled(booking, side=side, reason=reason, reason_text=reason_text, by=by, by_link=by_link)
    return booking


def end_cancelled(booking: VisitBooking, *, side: Side, **changes: Any) -> None:
    """Cancel a locked booking, late where the last free day has passed, free its places and tell both sides."""
    late = booking.would_be_late(side)
    kind = StepKind.LATE if late else StepKind.STATE
    _end(booking, BookingState.CANCELLED, side, kind=kind, late=late, **changes)
    emails.booking_cancelled(booking)


def expire_booking(booking: VisitBooking) -> VisitBooking | None:
    """End a request, or a proposal, that nobody has answered in time. None when it was answered meanwhile."""
    with transaction.atomic():
        booking = locked(booking)
        if not booking.can_move_to(BookingState.EXPIRED) or booking.answer_by > timezone.now():
            return None
        _end(booking, BookingState.EXPIRED, Side.SYSTEM)
        emails.booking_expired(booking)
    return booking


def _end(booking: VisitBooking, state: BookingState, side: Side, **changes: Any) -> None:
    """Move to a state without places and free what the booking held, a proposed or asked time included."""
    held = held_slots(booking)
    no_other: dict[str, Any] = {"proposed_slot": None, "asked_slot": None, "asked_at": None, "asked_until": None}
    move(booking, state, side=side, ended_by=side, **no_other, **changes)
    for slot_id in sorted(held):
        places.give_back(slot_id, booking.pupil_count)


def held_slots(booking: VisitBooking) -> set[int]:
    """The ids of the slots where a live booking holds places: its own, and one that was proposed or asked for."""
    ids = (booking.slot_id, booking.proposed_slot_id, booking.asked_slot_id)
    return {slot_id for slot_id in ids if slot_id is not None}


def locked(booking: VisitBooking, *more_slots: VisitSlot) -> VisitBooking:
    """The booking read anew under locks: its slots first, then itself."""
    slots = held_slots(booking) | {slot.pk for slot in more_slots}
    list(VisitSlot.objects.select_for_update(no_key=True).filter(pk__in=slots).order_by("pk"))
    locked = (
        VisitBooking.objects.select_for_update(no_key=True, of=("self",))
        .select_related(
            "slot__offer__company", "slot__offer__contact", "contact", "proposed_slot", "school", "requested_by"
        )
        .select_related("asked_slot")
        .get(pk=booking.pk)
    )
    if held_slots(locked) - slots:
        raise ActionRefused(_("Somebody has just changed this booking. Look at it again."))
    return locked


def move(
    booking: VisitBooking,
    state: BookingState,
    *,
    side: Side,
    by: User | None = None,
    by_link: bool = False,
    kind: StepKind = StepKind.STATE,
    **changes: Any,
) -> None:
    """Check the move, record it, write it. The booking is locked."""
    if not booking.can_move_to(state):
        raise ActionRefused(not_now(booking))
    booking.steps.create(from_state=booking.state, to_state=state, kind=kind, side=side, by=by, by_link=by_link)
    for name, value in (changes | {"state": state}).items():
        setattr(booking, name, value)
    booking.save(update_fields=[*changes, "state"])


def during_of(slot: VisitSlot) -> TimestamptzRange:
    return TimestamptzRange(slot.starts_at, slot.ends_at)


def check_group(slot: VisitSlot, grade: int, pupils: int) -> None:
    offer = slot.offer
    if not offer.lowest_grade <= grade <= offer.highest_grade:
        raise ActionRefused(
            _("This visit is for %(lowest)s to %(highest)s. Choose another class or another visit.")
            % {"lowest": Grade(offer.lowest_grade).label, "highest": Grade(offer.highest_grade).label}
        )
    if pupils < offer.group_min:
        raise ActionRefused(
            _("The host takes groups from %(smallest)d pupils. You asked for %(pupils)d.")
            % {"smallest": offer.group_min, "pupils": pupils}
        )
    if pupils > offer.group_max:
        raise ActionRefused(
            _("The host takes groups of at most %(largest)d pupils. Split the class, or choose another visit.")
            % {"largest": offer.group_max}
        )


def bookings_in_the_way(school_class: SchoolClass, slot: VisitSlot) -> "QuerySet[VisitBooking]":
    """Where the class is at the slot's time. Asked under the class's lock; an exclusion constraint stands behind it."""
    return VisitBooking.objects.in_the_way(school_class.pk, during_of(slot)).select_related("slot__offer")


def elsewhere(other: VisitBooking) -> str:
    return _("%(group)s already has a visit then: %(title)s, %(time)s.") % {
        "group": other.group_name,
        "title": other.slot.offer.title,
        "time": moment(other.slot.starts_at),
    }


def why_not(slot: VisitSlot, pupils: int) -> str:
    """Why the slot takes no booking of this size now, and what to do instead."""
    now = timezone.now()
    if slot.cancelled_at:
        return _("The host has withdrawn this time. Choose another one.")
    if slot.starts_at <= now or slot.closes_at <= now:
        return _("Booking closed on %(time)s. Choose another time.") % {"time": moment(slot.closes_at)}
    if slot.opens_at > now:
        return _("Booking opens on %(time)s.") % {"time": moment(slot.opens_at)}
    if slot.offer.state != OfferState.PUBLISHED:
        return _("The host takes no bookings for this visit at the moment. Choose another visit.")
    if not slot.groups_left:
        return _("This time is fully booked. Choose another one.")
    if slot.pupils_left < pupils:
        return _(
            "Only %(left)d places are left, and you asked for %(pupils)d. Choose another time or a smaller group."
        ) % {
            "left": slot.pupils_left,
            "pupils": pupils,
        }
    return _("The host takes no bookings for this visit at the moment. Choose another visit.")


def not_now(booking: VisitBooking) -> str:
    return _("Nothing to do here any more: the booking is %(state)s.") % {"state": booking.get_state_display()}
