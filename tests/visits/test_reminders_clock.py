"""Reminders with a moved clock: nights when the clocks change, ends of months, a day of outage, doubled beats."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from notifications.delivery import deliver_due
from notifications.enums import MailState
from notifications.models import QueuedMail
from tests.concurrency import at_the_same_time
from tests.factories.visits import VisitBookingFactory, VisitSlotFactory
from visits.reminders import plan_reminders

pytestmark = pytest.mark.django_db

STOCKHOLM, OSLO = ZoneInfo("Europe/Stockholm"), ZoneInfo("Europe/Oslo")


def visit(starts_at):
    slot = VisitSlotFactory(starts_at=starts_at, opens_at=starts_at - timedelta(days=200))
    asked = starts_at - timedelta(days=100)
    return VisitBookingFactory(
        slot=slot, state="confirmed", requested_at=asked, answered_at=asked, answer_by=asked + timedelta(days=7)
    )


def hour_by_hour(clock, until):
    """Each hour the beat comes by."""
    while timezone.now() < until:
        plan_reminders()
        deliver_due()
        clock.shift(timedelta(hours=1))


@pytest.mark.parametrize(
    ("day", "zone"),
    [
        ((2027, 3, 29), STOCKHOLM),
        ((2027, 3, 29), OSLO),
        ((2027, 11, 1), STOCKHOLM),
        ((2028, 3, 1), OSLO),
        ((2027, 1, 1), STOCKHOLM),
    ],
    ids=["after spring night", "after spring night in Oslo", "after autumn night", "leap day before", "new year"],
)
def test_reminders_leave_at_eight_local_time_one_and_three_days_before(day, zone):
    starts_at = datetime(*day, 9, 30, tzinfo=zone)
    booking = visit(starts_at)
    before = starts_at.replace(hour=0, minute=0) - timedelta(days=4)
    with time_machine.travel(before.astimezone(ZoneInfo("UTC")), tick=False) as clock:
        hour_by_hour(clock, starts_at)
    left = {
        row.sent_at.astimezone(zone) for row in QueuedMail.objects.filter(about_id=booking.pk, sent_at__isnull=False)
    }
    expected = {
        datetime.combine(starts_at.date() - timedelta(days=days), datetime.min.time(), zone).replace(hour=8)
        for days in (3, 1)
    }
    assert left == expected
    assert len(mail.outbox) == 4


def test_a_day_of_outage_is_caught_up_and_what_is_out_of_date_is_dropped():
    """Everything stands still from a Monday noon to the Tuesday after."""
    zone = STOCKHOLM
    tomorrow, wednesday, thursday = (visit(datetime(2027, 2, day, 10, tzinfo=zone)) for day in (9, 10, 11))
    with time_machine.travel(datetime(2027, 2, 8, 7, tzinfo=zone), tick=False) as clock:
        plan_reminders()
        clock.move_to(datetime(2027, 2, 9, 11, tzinfo=zone))  # nothing has run for 28 hours
        plan_reminders()
        deliver_due()
    states = {
        (row.about_id, row.details["days"]): row.state
        for row in QueuedMail.objects.filter(details__side="school", due_at__lte=datetime(2027, 2, 9, 12, tzinfo=zone))
    }
    assert states[tomorrow.pk, 1] == MailState.MISSED  # the visit has begun
    assert states[wednesday.pk, 1] == MailState.SENT  # three hours late, still of use
    assert states[thursday.pk, 3] == MailState.MISSED  # a day late: tomorrow's comes soon
    assert len(mail.outbox) == 2


@pytest.mark.django_db(transaction=True)
def test_doubled_beats_and_doubled_workers_remind_once():
    zone = STOCKHOLM
    with time_machine.travel(datetime(2027, 2, 9, 8, 1, tzinfo=zone), tick=False):
        for _ in range(3):
            visit(datetime(2027, 2, 10, 10, tzinfo=zone))
        assert at_the_same_time(*[plan_reminders] * 3) == [None] * 3
        at_the_same_time(*[deliver_due] * 3)
        plan_reminders()
        deliver_due()
        assert QueuedMail.objects.count() == len(mail.outbox) == 6
