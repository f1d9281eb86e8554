"""Which reminders and questions are due, by the local calendar. Planned ahead as rows; may run any number of times."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from itertools import islice

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from companies.recipients import with_answering_contacts
from notifications.models import QueuedMail
from notifications.outbox import write
from visits import emails
from visits.enums import BookingState
from visits.models import VisitBooking

REMINDER_DAYS = (14, 3, 1)
LOCAL_HOUR = time(8)
# Rows are written this long ahead, so that a beat that stands still for a day delays nothing.
AHEAD = timedelta(days=2)
USEFUL_FOR = timedelta(days=1)
AT_ONCE = 500  # rows in one transaction: one each is slow for a whole country, all in one would hold locks long


def plan_reminders() -> None:
    """Write the reminders that fall due within two days, for every confirmed visit ahead."""
    now = timezone.now()
    for days in REMINDER_DAYS:
        # A day to either side covers every hour of the day and the change of clocks.
        nearest = now + timedelta(days=days) - USEFUL_FOR - timedelta(days=1)
        farthest = now + timedelta(days=days) + AHEAD + timedelta(days=1)
        bookings = VisitBooking.objects.filter(
            state=BookingState.CONFIRMED, slot__starts_at__gt=max(now, nearest), slot__starts_at__lt=farthest
        )
        bookings = bookings.with_booker().select_related("slot__offer__company", "slot__offer__contact", "contact")
        # In the order of their keys: two planners at once then wait for each other and never both.
        bookings = bookings.prefetch_related(with_answering_contacts("slot__offer__company")).order_by("pk")
        rows = (row for booking in bookings.iterator(AT_ONCE) for row in _reminder_rows(booking, days, now))
        while some := list(islice(rows, AT_ONCE)):
            with transaction.atomic():
                write(some)


def _reminder_rows(booking: VisitBooking, days: int, now: datetime) -> Iterable[QueuedMail]:
    due_at = reminder_time(booking.slot.starts_at, days)
    expires_at = min(due_at + USEFUL_FOR, booking.slot.starts_at)
    # Who has just got the confirmation needs no reminder of the days that have passed.
    confirmed_at = booking.answered_at or booking.requested_at
    if confirmed_at < due_at and now < expires_at and due_at < now + AHEAD:
        return emails.reminder_rows(booking, days=days, due_at=due_at, expires_at=expires_at)
    return ()


def reminder_time(starts_at: datetime, days: int) -> datetime:
    """Eight o'clock local time, `days` calendar days before; also when the clocks change in between."""
    day = timezone.localtime(starts_at).date() - timedelta(days=days)
    return timezone.make_aware(datetime.combine(day, LOCAL_HOUR))


def chase_answers() -> None:
    """Ask again whoever's turn it is when half of the time for an answer is over, and a day before it ends."""
    now = timezone.now()
    unanswered = Q(state__in=[BookingState.PENDING, BookingState.PROPOSED], answer_by__gt=now, asked_slot=None)
    asked = Q(asked_slot__isnull=False, asked_until__gt=now)
    bookings = VisitBooking.objects.with_booker().filter(unanswered | asked)
    bookings = bookings.select_related("slot__offer__company", "slot__offer__contact", "contact")
    for booking in bookings.iterator(chunk_size=500):
        asked_at, until = booking.waiting_since, booking.waits_until
        half = asked_at + (until - asked_at) / 2
        last_day = until - timedelta(days=1)
        if last_day > half and now >= last_day:
            again = "last"
        elif now >= half:
            again = "half"
        else:
            continue
        with transaction.atomic():
            if booking.asked_slot_id:
                emails.time_asked(booking, again=again)
            else:
                emails.booking_unanswered(booking, occasion=f"{again}:{asked_at.isoformat()}", expires_at=until)
