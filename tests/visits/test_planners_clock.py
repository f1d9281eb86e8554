"""What decides, ends, lets in and tells by the clock, with a moved one.

Nights when the clocks change, ends of months, a day of outage, doubled beats. Reminders: test_reminders_clock.py. The
Monday mail: test_digest.py.
"""

import uuid
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone

from notifications.delivery import deliver_due
from notifications.models import QueuedMail
from tests.concurrency import at_the_same_time
from tests.factories.accounts import UserFactory
from tests.factories.schools import SchoolClassFactory
from tests.factories.visits import VisitBookingFactory, VisitOfferFactory, VisitSlotFactory, let_work_at
from visits import follow_up_actions, tasks, time_actions, waiting_actions, wishes
from visits.models import FollowUp, VisitBooking, VisitSlot, WaitingGroup
from visits.search import refresh_offer
from visits.slot_times import days_before
from visits.sums import check_sums, stranded_groups

pytestmark = pytest.mark.django_db

STOCKHOLM = ZoneInfo("Europe/Stockholm")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def at(*parts):
    return datetime(*parts, tzinfo=STOCKHOLM)


# The day of the visit: some days after the night, or the end of the month, that lies between.
NIGHTS = pytest.mark.parametrize(
    "day",
    [(2027, 3, 30), (2027, 11, 2), (2028, 3, 2), (2027, 1, 2), (2027, 5, 1)],
    ids=["spring night", "autumn night", "leap day", "new year", "end of April"],
)


@pytest.fixture(autouse=True)
def _places_add_up():
    yield
    assert check_sums() == []


def hour_by_hour(clock, until, beat):
    """Each hour the beat comes by, and once more at once."""
    while timezone.now() < until:
        beat()
        beat()
        clock.shift(HOUR)


def kinds_told(*, to):
    """How often this address was told what."""
    rows = QueuedMail.objects.filter(to_email=to, channel="mail").values_list("kind", flat=True)
    return {kind: list(rows).count(kind) for kind in set(rows)}


def local(moment):
    """What a clock on the wall says."""
    return f"{moment.astimezone(STOCKHOLM):%Y-%m-%d %H:%M}"


# Enough to run


def undecided(starts_at, pupils, days=4):
    """A time for which so many pupils have asked, decided so many days before."""
    opens_at = starts_at - 60 * DAY
    slot = VisitSlotFactory(
        starts_at=starts_at, opens_at=opens_at, minimum=20, decide_at=days_before(starts_at, days), pupils_capacity=40
    )
    return VisitBookingFactory(slot=slot, pupil_count=pupils, state="confirmed", requested_at=opens_at + HOUR)


@NIGHTS
@pytest.mark.parametrize("pupils", [19, 20])
def test_a_time_is_decided_at_the_same_hour_days_before(day, pupils):
    starts_at = at(*day, 9, 30)
    booking = undecided(starts_at, pupils)
    decided = []
    with time_machine.travel(starts_at - 6 * DAY - timedelta(minutes=30), tick=False) as clock:

        def beat():
            tasks.decide_times()
            booking.slot.refresh_from_db()
            if (booking.slot.cancelled_at or booking.slot.runs_since) and not decided:
                decided.append(timezone.now())

        hour_by_hour(clock, starts_at, beat)
    expected = starts_at - 4 * DAY  # the same hour on the wall
    assert expected <= decided[0] < expected + HOUR
    booking.refresh_from_db()
    told = {"booking_cancelled": 1} if pupils < 20 else {}
    assert booking.state == ("cancelled" if told else "confirmed")
    assert kinds_told(to=booking.requested_by.email) == kinds_told(to=booking.slot.offer.contact.email) == told


@pytest.mark.parametrize(
    ("late", "state"), [(26 * HOUR, "cancelled"), (86 * HOUR, "confirmed"), (200 * HOUR, "confirmed")]
)
def test_a_decision_after_an_outage_comes_at_once_or_lets_the_visit_be(late, state):
    """A day late is early enough to cancel; in the last hours, and after the visit, nobody is sent home."""
    booking = undecided(at(2027, 3, 30, 9, 30), 12)
    with time_machine.travel(booking.slot.decide_at + late, tick=False):
        tasks.decide_times()
        tasks.decide_times()
    booking.refresh_from_db()
    assert booking.state == state
    assert kinds_told(to=booking.requested_by.email) == ({"booking_cancelled": 1} if state == "cancelled" else {})


@pytest.mark.django_db(transaction=True)
def test_doubled_beats_decide_once():
    bookings = [undecided(at(2027, 11, day, 9, 30), pupils) for day, pupils in ((2, 12), (3, 24), (4, 12))]
    with time_machine.travel(at(2027, 11, 1, 12), tick=False):
        assert at_the_same_time(*[tasks.decide_times] * 4) == [None] * 4
    assert [VisitBooking.objects.get(pk=one.pk).state for one in bookings] == ["cancelled", "confirmed", "cancelled"]
    assert QueuedMail.objects.filter(kind="booking_cancelled", channel="mail").count() == 4


# A question about another time


def asking(starts_at, asked_at):
    """A booking whose school has asked for a time a week later."""
    offer = VisitOfferFactory(published_at=asked_at - 60 * DAY)
    slot, other = (
        VisitSlotFactory(offer=offer, starts_at=starts_at + weeks * 7 * DAY, opens_at=asked_at - 50 * DAY)
        for weeks in (0, 1)
    )
    booking = VisitBookingFactory(slot=slot, state="confirmed", requested_at=asked_at - DAY, answered_at=asked_at - DAY)
    with time_machine.travel(asked_at, tick=False):
        return time_actions.ask_for_time(booking, slot=other, reason_text="A test.", by=booking.requested_by)


@NIGHTS
def test_a_question_is_chased_twice_and_ends_by_itself_after_five_days(day):
    """The night or the end of the month lies within the five days."""
    asked_at = at(*day, 10) - 5 * DAY
    booking = asking(asked_at + 30 * DAY, asked_at)
    gone = []
    with time_machine.travel(asked_at, tick=False) as clock:

        def beat():
            tasks.plan_reminders()
            tasks.expire_bookings()
            booking.refresh_from_db()
            if booking.asked_slot_id is None and not gone:
                gone.append(timezone.now())

        hour_by_hour(clock, asked_at + 7 * DAY, beat)
    assert gone == [(asked_at.astimezone(ZoneInfo("UTC")) + 5 * DAY)]
    assert kinds_told(to=booking.slot.offer.contact.email) == {"time_asked": 3, "ask_ended": 1}
    assert kinds_told(to=booking.requested_by.email) == {"ask_ended": 1}
    assert [slot.groups_taken for slot in VisitSlot.objects.order_by("starts_at")] == [1, 0]


def test_a_question_whose_end_fell_into_an_outage_ends_with_the_first_beat():
    asked_at = at(2027, 3, 26, 10)
    booking = asking(asked_at + 30 * DAY, asked_at)
    with time_machine.travel(asked_at + 6 * DAY, tick=False):
        tasks.plan_reminders()  # nobody is chased for what is over
        tasks.expire_bookings()
        tasks.plan_reminders()
        deliver_due()
    booking.refresh_from_db()
    assert (booking.asked_slot, booking.state) == (None, "confirmed")
    rows = QueuedMail.objects.filter(channel="mail").order_by("pk")
    assert [row.kind for row in rows] == ["time_asked", "ask_ended", "ask_ended"]
    assert [bool(row.sent_at) for row in rows] == [False, True, True]  # what was asked is no longer asked


@pytest.mark.django_db(transaction=True)
def test_doubled_beats_end_a_question_once():
    asked_at = at(2027, 10, 28, 10)
    for n in range(3):
        asking(asked_at + 30 * DAY + n * DAY, asked_at)
    with time_machine.travel(asked_at + 5 * DAY, tick=False):
        assert at_the_same_time(*[tasks.expire_bookings] * 4) == [None] * 4
    assert not VisitBooking.objects.filter(asked_slot__isnull=False).exists()
    assert QueuedMail.objects.filter(kind="ask_ended", channel="mail").count() == 6


# Schools that have not been out go first


def held_back(opened, days=7):
    """A group whose school has been out, in line for a time that others may book for some days."""
    with time_machine.travel(opened, tick=False):
        offer = VisitOfferFactory(first_turn_days=days, published_at=opened - DAY)
        slot = VisitSlotFactory(offer=offer, starts_at=opened + 60 * DAY, opens_at=opened - timedelta(minutes=1))
        one = SchoolClassFactory()
        VisitBookingFactory(school_class=SchoolClassFactory(school=one.school), state="confirmed")
        by = UserFactory()
        let_work_at(one.school, by)
        return waiting_actions.join_line(
            slot=slot,
            school_class=one,
            pupil_count=20,
            adult_count=1,
            phone="0701234567",
            note="",
            request_key=uuid.uuid4(),
            by=by,
        )


@NIGHTS
def test_who_is_held_back_is_let_in_at_midnight_by_the_local_clock(day):
    opened = at(*day, 15) - 7 * DAY
    group = held_back(opened)
    assert local(group.not_before) == local(at(*day))
    let_in = []
    with time_machine.travel(opened, tick=False) as clock:

        def beat():
            tasks.move_lines()
            group.refresh_from_db()
            if group.state == "offered" and not let_in:
                let_in.append(local(timezone.now()))

        hour_by_hour(clock, opened + 8 * DAY, beat)
    assert let_in == [local(at(*day))]
    assert kinds_told(to=group.requested_by.email) == {"waiting_joined": 1, "waiting_offered": 1}


@pytest.mark.django_db(transaction=True)
def test_after_an_outage_doubled_beats_let_each_in_once():
    opened = at(2027, 3, 22, 15)
    groups = [held_back(opened) for _ in range(3)]
    with time_machine.travel(opened + 9 * DAY, tick=False):
        assert at_the_same_time(*[tasks.move_lines] * 4) == [None] * 4
        assert stranded_groups() == []
    assert [WaitingGroup.objects.get(pk=group.pk).state for group in groups] == ["offered"] * 3
    assert QueuedMail.objects.filter(kind="waiting_offered", channel="mail").count() == 3


# Wishes for prao and summer jobs, in the Monday mail


def wished(monday):
    ended = monday - 3 * DAY
    slot = VisitSlotFactory(starts_at=ended - 2 * HOUR, ends_at=ended, opens_at=ended - 60 * DAY)
    asked = ended - 30 * DAY
    booking = VisitBookingFactory(slot=slot, state="confirmed", requested_at=asked, answered_at=asked, answer_by=asked)
    with time_machine.travel(ended + HOUR, tick=False):
        follow_up_actions.set_follow_ups(booking, ["prao"], by=booking.requested_by)
        FollowUp.objects.update(wished_at=timezone.now())
    return booking


@pytest.mark.parametrize(
    "monday", [at(2027, 3, 29, 7), at(2027, 11, 1, 7), at(2027, 1, 4, 7)], ids=["spring", "autumn", "new year"]
)
def test_a_wish_comes_with_the_monday_mail_at_seven_also_after_a_night_that_changes_the_clocks(monday):
    booking = wished(monday)
    sent = set()
    with time_machine.travel(monday - 2 * DAY, tick=False) as clock:

        def beat():
            tasks.plan_digests()
            deliver_due()
            rows = QueuedMail.objects.filter(kind="week_at_gate", channel="mail", sent_at__isnull=False)
            sent.update(local(row.sent_at) for row in rows)

        hour_by_hour(clock, monday + 3 * DAY, beat)
    assert sent == {local(monday)}
    assert kinds_told(to=booking.slot.offer.contact.email) == {"week_at_gate": 1}


@pytest.mark.parametrize(("awake", "count"), [(at(2027, 3, 29, 17), 1), (at(2027, 3, 30, 8), 0)])
def test_after_an_outage_a_wish_is_told_the_same_day_or_the_week_after(awake, count):
    booking = wished(at(2027, 3, 29, 7))
    with time_machine.travel(awake, tick=False) as clock:
        tasks.plan_digests()
        assert kinds_told(to=booking.slot.offer.contact.email).get("week_at_gate", 0) == count
        clock.move_to(at(2027, 4, 5, 7))
        tasks.plan_digests()
        tasks.plan_digests()
    assert kinds_told(to=booking.slot.offer.contact.email)["week_at_gate"] == count + 1


@pytest.mark.parametrize(
    ("after", "may"), [(timedelta(minutes=-1), False), (HOUR, True), (59 * DAY, True), (63 * DAY, False)]
)
def test_a_wish_may_be_told_from_the_end_of_the_visit_and_two_months_on(after, may):
    """Across new year and the end of February."""
    ended = at(2026, 12, 31, 15)
    slot = VisitSlotFactory(starts_at=ended - 2 * HOUR, ends_at=ended, opens_at=ended - 60 * DAY)
    booking = VisitBookingFactory(slot=slot, state="confirmed", answer_by=ended - 30 * DAY)
    with time_machine.travel(ended + after, tick=False):
        try:
            follow_up_actions.set_follow_ups(booking, ["prao"], by=booking.requested_by)
        except follow_up_actions.ActionRefused:
            assert not may
        else:
            assert may


# Searches that tell what is new


def new_offer():
    made = VisitSlotFactory(offer=VisitOfferFactory(published_at=timezone.now())).offer
    refresh_offer(made.pk)
    return made


@pytest.mark.parametrize(
    "first",
    [at(2027, 3, 26), at(2027, 10, 29), at(2026, 12, 30), at(2028, 2, 27)],
    ids=["spring", "autumn", "year", "leap"],
)
def test_a_search_is_looked_at_once_a_day_whether_the_day_has_23_hours_or_25(first):
    teacher, days = UserFactory(), []
    with time_machine.travel(first + timedelta(hours=12), tick=False) as clock:
        wishes.save_search(teacher, "")
        clock.move_to(first + DAY)
        while timezone.now() < first + 5 * DAY:
            if timezone.localtime().hour in {6, 18}:
                new_offer()
            before = QueuedMail.objects.filter(kind="new_offers").count()
            tasks.tell_of_new()
            tasks.tell_of_new()
            days += [timezone.localdate()] * (QueuedMail.objects.filter(kind="new_offers").count() - before)
            clock.shift(HOUR)
    assert len(days) == len(set(days)) == 3  # on the first day the look came before anything new
    told = [pk for row in QueuedMail.objects.filter(kind="new_offers") for pk in row.details["offers"]]
    assert len(told) == len(set(told)) == 6


def test_after_a_day_of_outage_one_mail_tells_of_both_days():
    teacher = UserFactory()
    with time_machine.travel(at(2027, 3, 26, 12), tick=False) as clock:
        wishes.save_search(teacher, "")
        made = []
        for _ in range(2):
            clock.shift(DAY)
            made.append(new_offer().pk)
        clock.move_to(at(2027, 3, 29, 7, 20))
        tasks.tell_of_new()
    assert [row.details["offers"] for row in QueuedMail.objects.filter(kind="new_offers", channel="mail")] == [made]


@pytest.mark.django_db(transaction=True)
def test_doubled_beats_tell_each_person_once():
    teachers = UserFactory.create_batch(3)
    with time_machine.travel(at(2027, 10, 30, 12), tick=False) as clock:
        for teacher in teachers:
            wishes.save_search(teacher, "")
        clock.move_to(at(2027, 10, 31, 7, 20))
        new_offer()
        assert at_the_same_time(*[tasks.tell_of_new] * 4) == [None] * 4
    assert QueuedMail.objects.filter(kind="new_offers", channel="mail").count() == 3
