"""The Monday mail, with a moved clock: at seven by the local clock, once, the same day or not at all."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from notifications import choices
from notifications.delivery import deliver_due
from notifications.enums import Channel, MailState
from notifications.models import QueuedMail
from tests.concurrency import at_the_same_time
from tests.factories.visits import VisitBookingFactory, VisitSlotFactory
from visits import digest_emails
from visits.tasks import plan_digests

pytestmark = pytest.mark.django_db

STOCKHOLM = ZoneInfo("Europe/Stockholm")


def at(*parts):
    return datetime(*parts, tzinfo=STOCKHOLM)


MONDAY = at(2027, 2, 8, 7)


def visit(starts_at, state="confirmed", **changes):
    slot = VisitSlotFactory(starts_at=starts_at, opens_at=at(2026, 9, 1, 8))
    changes.setdefault("answer_by", starts_at - timedelta(days=1))
    return VisitBookingFactory(slot=slot, state=state, requested_at=at(2026, 10, 1, 8), **changes)


def run():
    plan_digests()
    deliver_due()
    return mail.outbox


def test_it_says_who_comes_and_what_waits():
    with time_machine.travel(MONDAY, tick=False):
        coming = visit(at(2027, 2, 10, 9), group_name="9B")
        company = coming.slot.offer.company
        asked = visit(at(2027, 3, 10, 9), "pending", group_name="8A")
        type(asked.slot.offer).objects.filter(pk=asked.slot.offer_id).update(company=company)
        visit(at(2027, 2, 15, 9), "confirmed")  # another company's, next week: nothing for them
        (message,) = run()
    assert message.subject == f"This week at {company.name}: 1 class comes"
    for text in (message.body, message.alternatives[0].content):
        assert "9B" in text
        assert "8A" in text
    assert "List-Unsubscribe" in message.extra_headers


@pytest.mark.parametrize(
    ("now", "count"),
    [
        (at(2027, 2, 8, 6, 59), 0),
        (at(2027, 2, 8, 7), 1),
        (at(2027, 2, 8, 18, 59), 1),  # the beat stood still all day
        (at(2027, 2, 8, 19), 0),  # too late to be of use
        (at(2027, 2, 9, 7), 0),
        (at(2027, 2, 7, 7), 0),
    ],
)
def test_it_comes_on_monday_from_seven_until_evening(now, count):
    visit(at(2027, 2, 11, 9))
    with time_machine.travel(now, tick=False):
        assert len(run()) == count


@pytest.mark.parametrize("monday", [at(2027, 3, 29, 7), at(2027, 11, 1, 7), at(2027, 5, 31, 7), at(2027, 1, 4, 7)])
def test_the_hour_is_local_the_morning_after_the_clocks_changed_and_over_the_end_of_a_month(monday):
    visit(monday + timedelta(days=6, hours=8))  # Sunday at three in the afternoon
    visit(monday.replace(hour=0) + timedelta(days=7, minutes=1))  # the next Monday
    with time_machine.travel(monday.astimezone(ZoneInfo("UTC")) - timedelta(minutes=1), tick=False) as clock:
        assert len(run()) == 0
        clock.shift(timedelta(minutes=1))
        assert len(run()) == 1


def test_nothing_to_say_nothing_sent_and_a_visit_cancelled_meanwhile_is_left_out():
    with time_machine.travel(MONDAY, tick=False):
        visit(at(2027, 2, 10, 9), "cancelled")
        visit(at(2027, 2, 7, 9))  # yesterday
        visit(at(2027, 2, 20, 9), "pending", answer_by=at(2027, 2, 7, 9))  # its time is over
        assert len(run()) == 0
        booking = visit(at(2027, 2, 10, 13))
        plan_digests()
        type(booking).objects.filter(pk=booking.pk).update(state="cancelled")
        deliver_due()
    assert mail.outbox == []
    assert QueuedMail.objects.get().state == MailState.CANCELLED


def test_a_day_of_outage_after_it_was_written_drops_it():
    with time_machine.travel(MONDAY, tick=False) as clock:
        visit(at(2027, 2, 12, 9))
        plan_digests()
        clock.shift(timedelta(days=1))
        deliver_due()
    assert mail.outbox == []
    assert QueuedMail.objects.get().state == MailState.MISSED


def test_who_has_switched_it_off_gets_none():
    with time_machine.travel(MONDAY, tick=False):
        booking = visit(at(2027, 2, 12, 9))
        choices.choose(booking.slot.offer.contact.email, digest_emails.WEEK, Channel.MAIL, is_wanted=False)
        assert len(run()) == 0


@pytest.mark.django_db(transaction=True)
def test_doubled_beats_write_and_send_it_once():
    with time_machine.travel(MONDAY, tick=False):
        for _ in range(3):
            visit(at(2027, 2, 12, 9))
        outcomes = at_the_same_time(*[plan_digests] * 3)
        at_the_same_time(*[deliver_due] * 3)
        plan_digests()
        assert outcomes == [None] * 3
        assert QueuedMail.objects.count() == len(mail.outbox) == 3
        assert timezone.localtime().hour == 7
