"""A school asks the host for another time. The old one stands, and both are held, until the host has answered.

The other way round, a host proposes in visits/actions.py. Lock order: class, slots (by id), booking (RELIABILITY §2).
The rules: docs/decisions/0017-a-school-asks-for-another-time.md.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import ActionRefused
from regions.school_year import school_year_of
from schools.models import SchoolClass
from visits import ages, emails, places
from visits.actions import bookings_in_the_way, during_of, elsewhere, locked, not_now, why_not
from visits.enums import ASK_ENDS, BookingState, Side, StepKind
from visits.models import BookingStep, VisitBooking, VisitSlot

# How long a host has to answer, and the school's places stand at two times.
ASK_DAYS = 5
# Nobody plans a class's day over again later than this.
LATEST = timedelta(days=1)


def times_to_ask_for(booking: VisitBooking) -> list[VisitSlot]:
    """The host's other times with room for the group now, in the same school year: next year the class is another."""
    soonest = timezone.now() + LATEST
    times = booking.other_times().exclude(pk=booking.slot_id).filter(starts_at__gt=soonest).order_by("starts_at", "pk")
    year = school_year_of(booking.slot.day)
    return [slot for slot in times if school_year_of(slot.day) == year]


def ask_for_time(booking: VisitBooking, *, slot: VisitSlot, reason_text: str, by: User) -> VisitBooking:
    """The school asks for another of the host's times; its places are held, beside those of the booking."""
    with transaction.atomic():
        SchoolClass.objects.select_for_update(no_key=True).get(pk=booking.school_class_id)
        booking = locked(booking, slot)
        _refuse_unless_askable(booking, slot)
        for other in bookings_in_the_way(booking.school_class, slot):
            if other != booking:
                raise ActionRefused(elsewhere(other))
        ages.check_age(slot, booking.school_class)
        now = timezone.now()
        until = ask_deadline(booking, slot, now)
        if until <= now:
            raise ActionRefused(_("It is too late to ask for another time. Write to the host instead."))
        if not places.take(slot, booking.pupil_count):
            slot.refresh_from_db()
            raise ActionRefused(why_not(slot, booking.pupil_count))
        booking.asked_slot, booking.asked_at, booking.asked_until = slot, now, until
        booking.save(update_fields=["asked_slot", "asked_at", "asked_until"])
        step = _step(booking, StepKind.ASKED, slot, side=Side.SCHOOL, by=by, reason_text=reason_text)
        emails.time_asked(booking, step)
    return booking


def ask_deadline(booking: VisitBooking, slot: VisitSlot, now: datetime) -> datetime:
    """After some days, and a day before the first of both times; a request needs its answer no later than before."""
    until = min(now + timedelta(days=ASK_DAYS), min(booking.slot.starts_at, slot.starts_at) - LATEST)
    return min(until, booking.answer_by) if booking.state == BookingState.PENDING else until


def grant_time(booking: VisitBooking, *, by: User | None = None, by_link: bool = False) -> VisitBooking:
    """The host says yes: the booking is confirmed at the time asked for, and the old one is free again."""
    with transaction.atomic():
        SchoolClass.objects.select_for_update(no_key=True).get(pk=booking.school_class_id)
        booking = locked(booking)
        new = _asked(booking)
        for other in bookings_in_the_way(booking.school_class, new):
            if other != booking:
                raise ActionRefused(elsewhere(other))
        end_ask(booking, StepKind.GRANTED, by=by, by_link=by_link)
    return booking


def refuse_time(
    booking: VisitBooking, *, reason_text: str = "", by: User | None = None, by_link: bool = False
) -> VisitBooking:
    """The host says no: the old time stands."""
    with transaction.atomic():
        booking = locked(booking)
        _asked(booking)
        end_ask(booking, StepKind.REFUSED, by=by, by_link=by_link, reason_text=reason_text)
    return booking


def take_back_ask(booking: VisitBooking, *, by: User) -> VisitBooking:
    """The school would rather keep its time."""
    with transaction.atomic():
        booking = locked(booking)
        _asked(booking)
        end_ask(booking, StepKind.TAKEN_BACK, by=by)
    return booking


def expire_asks() -> None:
    """End what no host has answered in time; each in a transaction of its own."""
    overdue = VisitBooking.objects.filter(asked_slot__isnull=False, asked_until__lte=timezone.now())
    for booking in overdue.iterator(chunk_size=500):
        try:
            expire_ask(booking)
        except ActionRefused:
            continue  # changed while we looked; the next round sees it anew


def expire_ask(booking: VisitBooking) -> VisitBooking | None:
    """End a question that the host has not answered in time. None when it was answered meanwhile."""
    with transaction.atomic():
        booking = locked(booking)
        if booking.asked_until is None or booking.asked_until > timezone.now():
            return None
        end_ask(booking, StepKind.LAPSED)
    return booking


def end_ask(
    booking: VisitBooking,
    kind: StepKind,
    *,
    side: Side | None = None,
    by: User | None = None,
    by_link: bool = False,
    reason_text: str = "",
) -> None:
    """Record how the question of a locked booking ended, free the time that it does not keep, and tell."""
    end, old, asked = ASK_ENDS[kind], booking.slot, booking.asked_slot
    if asked is None:
        raise ActionRefused(_nothing_asked(booking))
    step = _step(booking, kind, asked, side=side or end.side, by=by, by_link=by_link, reason_text=reason_text)
    booking.asked_slot = booking.asked_at = booking.asked_until = None
    changed = ["asked_slot", "asked_at", "asked_until"]
    if end.moves:
        if booking.state == BookingState.PENDING:  # a yes to the other time is a yes to the class
            booking.state, booking.answered_at = BookingState.CONFIRMED, timezone.now()
        booking.slot, booking.during = asked, during_of(asked)
        changed += ["state", "answered_at", "slot", "during"]
    booking.save(update_fields=changed)
    places.give_back(old.pk if end.moves else asked.pk, booking.pupil_count)
    emails.ask_ended(booking, step)


def _step(
    booking: VisitBooking, kind: StepKind, asked: VisitSlot, *, side: Side, reason_text: str, **who: User | bool | None
) -> BookingStep:
    to_state = BookingState.CONFIRMED if kind == StepKind.GRANTED else booking.state
    details = {"before": _as_kept(booking.slot), "after": _as_kept(asked)}
    return booking.steps.create(
        from_state=booking.state,
        to_state=to_state,
        kind=kind,
        details=details,
        side=side,
        reason_text=reason_text,
        **who,
    )


def _as_kept(slot: VisitSlot) -> list[str]:
    return [slot.starts_at.isoformat(), slot.ends_at.isoformat()]


def _refuse_unless_askable(booking: VisitBooking, slot: VisitSlot) -> None:
    if not booking.can_ask_for_a_time:
        raise ActionRefused(not_now(booking))
    if booking.asked_slot_id is not None:
        raise ActionRefused(_("You have asked for another time already. Take that back first."))
    if slot.pk == booking.slot_id or slot.offer_id != booking.slot.offer_id:
        raise ActionRefused(_("Choose another time of the same visit."))
    if school_year_of(slot.day) != school_year_of(booking.slot.day):
        raise ActionRefused(_("Choose a time in the same school year."))
    if booking.steps.filter(kind=StepKind.REFUSED, details__after=_as_kept(slot)).exists():
        raise ActionRefused(_("The host has said no to this time already. Choose another one."))


def _asked(booking: VisitBooking) -> VisitSlot:
    """The time that a locked booking asks for, while it may be answered."""
    if booking.asked_slot is None or booking.asked_until is None or booking.asked_until <= timezone.now():
        raise ActionRefused(_nothing_asked(booking))
    return booking.asked_slot


def _nothing_asked(booking: VisitBooking) -> str:
    return _("Nothing to answer any more: the question about another time is over. The booking is %(state)s.") % {
        "state": booking.get_state_display()
    }
