from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from notifications.delivery import deliver_due
from notifications.enums import MailState
from notifications.models import QueuedMail
from tests.factories.visits import VisitBookingFactory, VisitSlotFactory
from visits import actions
from visits.enums import BookingState, Side
from visits.models import VisitBooking, VisitSlot
from visits.reminders import chase_answers, plan_reminders, reminder_time
from visits.tasks import expire_bookings

pytestmark = pytest.mark.django_db

STOCKHOLM = ZoneInfo("Europe/Stockholm")


def at(*parts):
    return datetime(*parts, tzinfo=STOCKHOLM)


def confirmed_visit(starts_at, confirmed_at):
    slot = VisitSlotFactory(starts_at=starts_at, opens_at=confirmed_at - timedelta(days=30))
    return VisitBookingFactory(slot=slot, state=BookingState.CONFIRMED, answered_at=confirmed_at)


@pytest.mark.parametrize("starts_at", [at(2027, 3, 29, 9), at(2026, 10, 26, 9)], ids=["spring", "autumn"])
@pytest.mark.parametrize("days", [1, 3])
def test_reminders_come_at_eight_local_time_when_the_clocks_change(starts_at, days):
    local = reminder_time(starts_at, days).astimezone(STOCKHOLM)
    assert (local.hour, local.date()) == (8, starts_at.date() - timedelta(days=days))


def walk_the_clock(clock, until, step=timedelta(hours=6)):
    while timezone.now() < until:
        plan_reminders()
        deliver_due()
        clock.shift(step)


def test_both_sides_are_reminded_three_times():
    with time_machine.travel(at(2027, 1, 10, 12), tick=False) as clock:
        confirmed_visit(at(2027, 2, 10, 9), timezone.now())
        walk_the_clock(clock, at(2027, 2, 10, 12))
    assert len(mail.outbox) == 6
    assert sorted(QueuedMail.objects.values_list("details__days", "details__side")) == [
        (days, side) for days in (1, 3, 14) for side in ("host", "school")
    ]
    assert set(QueuedMail.objects.values_list("state", flat=True)) == {MailState.SENT}
    assert {row.due_at for row in QueuedMail.objects.all()} == {
        at(2027, 1, 27, 8),
        at(2027, 2, 7, 8),
        at(2027, 2, 9, 8),
    }


def test_planning_twice_writes_nothing_twice():
    with time_machine.travel(at(2027, 2, 8, 12), tick=False):
        confirmed_visit(at(2027, 2, 10, 9), at(2027, 1, 1, 12))
        plan_reminders()
        plan_reminders()
    assert QueuedMail.objects.count() == 2


@pytest.mark.parametrize("item_count", [1, 5])
def test_planning_takes_as_many_statements_for_many_as_for_one(django_assert_num_queries, item_count):
    with time_machine.travel(at(2027, 2, 8, 12), tick=False):
        for _ in range(item_count):
            confirmed_visit(at(2027, 2, 10, 9), at(2027, 1, 1, 12))
        # The bookings of 14, 3 and 1 days, their companies' contacts, choices of channels, the mails; the transaction.
        with django_assert_num_queries(9):
            plan_reminders()
    assert QueuedMail.objects.count() == 2 * item_count


def test_a_visit_confirmed_late_is_not_reminded_of_days_gone_by():
    with time_machine.travel(at(2027, 2, 7, 12), tick=False) as clock:
        confirmed_visit(at(2027, 2, 10, 9), timezone.now())
        walk_the_clock(clock, at(2027, 2, 10, 12))
    assert set(QueuedMail.objects.values_list("details__days", flat=True)) == {1}


def test_a_cancelled_visit_is_not_reminded_of():
    with time_machine.travel(at(2027, 2, 8, 12), tick=False) as clock:
        booking = confirmed_visit(at(2027, 2, 10, 9), at(2027, 1, 1, 12))
        plan_reminders()
        actions.cancel_booking(booking, side=Side.SCHOOL, reason="illness")
        walk_the_clock(clock, at(2027, 2, 10, 12))
    assert set(QueuedMail.objects.filter(kind="booking_reminder").values_list("state", flat=True)) == {
        MailState.CANCELLED
    }


def test_a_moved_visit_is_reminded_of_at_its_new_time_only():
    with time_machine.travel(at(2027, 2, 8, 12), tick=False) as clock:
        booking = confirmed_visit(at(2027, 2, 10, 9), at(2027, 1, 1, 12))
        plan_reminders()
        new = at(2027, 2, 12, 9)
        VisitSlot.objects.filter(pk=booking.slot_id).update(starts_at=new, ends_at=new + timedelta(hours=2))
        walk_the_clock(clock, at(2027, 2, 12, 12))
    sent = QueuedMail.objects.filter(state=MailState.SENT)
    assert {row.details["starts_at"] for row in sent} == {new.astimezone(ZoneInfo("UTC")).isoformat()}
    assert sorted(sent.values_list("details__days", flat=True)) == [1, 1, 3, 3]


def test_a_day_of_outage_delays_reminders_but_loses_none_of_use():
    with time_machine.travel(at(2027, 2, 8, 12), tick=False) as clock:
        confirmed_visit(at(2027, 2, 10, 9), at(2027, 1, 1, 12))
        plan_reminders()
        clock.move_to(at(2027, 2, 9, 20))  # nothing has run since
        plan_reminders()
        deliver_due()
    assert len(mail.outbox) == 2


def test_a_reminder_too_late_to_be_of_use_is_missed():
    with time_machine.travel(at(2027, 2, 8, 12), tick=False) as clock:
        confirmed_visit(at(2027, 2, 10, 9), at(2027, 1, 1, 12))
        plan_reminders()
        clock.move_to(at(2027, 2, 10, 10))
        deliver_due()
    assert mail.outbox == []
    assert set(QueuedMail.objects.values_list("state", flat=True)) == {MailState.MISSED}


def test_the_host_is_asked_again_at_half_time_and_on_the_last_day():
    with time_machine.travel(at(2027, 1, 10, 12), tick=False) as clock:
        slot = VisitSlotFactory(starts_at=at(2027, 3, 1, 9))
        booking = VisitBookingFactory(
            slot=slot, requested_at=timezone.now(), answer_by=timezone.now() + timedelta(days=7)
        )
        days_asked = []
        for day in range(8):
            before = len(mail.outbox)
            chase_answers()
            deliver_due()
            days_asked += [day] * (len(mail.outbox) - before)
            clock.shift(timedelta(days=1))
        expire_bookings()
    assert days_asked == [4, 6]
    booking.refresh_from_db()
    assert booking.state == BookingState.EXPIRED
    assert VisitBooking.objects.live().count() == 0


def test_the_school_is_asked_again_about_a_proposed_time():
    """Half time counts from the proposal; without an answer both times are free again."""
    with time_machine.travel(at(2027, 1, 10, 12), tick=False) as clock:
        slot = VisitSlotFactory(starts_at=at(2027, 3, 1, 9))
        booking = VisitBookingFactory(slot=slot, answer_by=timezone.now() + timedelta(days=7))
        clock.shift(timedelta(days=3))
        other = VisitSlotFactory(offer=slot.offer, starts_at=at(2027, 3, 2, 9))
        actions.propose_time(booking, slot=other)
        deliver_due()
        mail.outbox.clear()
        days_asked = []
        for day in range(6):
            before = len(mail.outbox)
            chase_answers()
            deliver_due()
            days_asked += [day] * (len(mail.outbox) - before)
            clock.shift(timedelta(days=1))
        expire_bookings()
    assert days_asked == [3, 4]
    assert {message.to[0] for message in mail.outbox[:2]} == {booking.requested_by.email}
    for each in (slot, other):
        each.refresh_from_db()
        assert (each.pupils_taken, each.groups_taken) == (0, 0)


def test_the_schools_reminder_says_how_to_get_there():
    with time_machine.travel(at(2027, 2, 8, 12), tick=False) as clock:
        booking = confirmed_visit(at(2027, 2, 10, 9), at(2027, 1, 1, 12))
        workplace = booking.slot.offer.workplace
        workplace.directions = "Gate 3, ring at the blue door."
        workplace.public_transport, workplace.parking = "Line 4, stop Bruket", "Behind the hall"
        workplace.save()
        plan_reminders()
        clock.move_to(at(2027, 2, 9, 9))
        deliver_due()
    bodies = {message.to[0]: message.body for message in mail.outbox}
    school = bodies.pop(booking.requested_by.email)
    for words in ("Gate 3, ring at the blue door.", "Line 4, stop Bruket", "Behind the hall"):
        assert words in school
    (host,) = bodies.values()
    assert "Gate 3" not in host
