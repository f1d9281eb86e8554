"""A school asks for another time: both are held, the host answers, and whatever ends it gives places back."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.db import IntegrityError, transaction
from django.utils import timezone

from coordination.stuck import past_half_time, waiting_in
from core.errors import ActionRefused
from notifications.delivery import deliver_due
from regions.models import Region
from tests.factories.accounts import UserFactory
from tests.factories.regions import RegionFactory
from tests.factories.visits import VisitBookingFactory, VisitOfferFactory, VisitSlotFactory, WaitingGroupFactory
from visits import actions, change_actions, minimum, move_actions, reminders, tasks, time_actions
from visits.calendar import calendar_of
from visits.enums import ASK_ENDS, ASK_STATES, BookingState, Side, StepKind
from visits.models import VisitBooking
from visits.sums import check_sums

pytestmark = pytest.mark.django_db


@pytest.fixture
def offer():
    return VisitOfferFactory(group_min=5, group_max=28)


@pytest.fixture
def slot(offer):
    start = timezone.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=20)
    return VisitSlotFactory(offer=offer, starts_at=start, pupils_capacity=30, groups_capacity=2)


@pytest.fixture
def other(offer, slot):
    return VisitSlotFactory(
        offer=offer, starts_at=slot.starts_at + timedelta(days=7), pupils_capacity=20, groups_capacity=1
    )


@pytest.fixture(params=["pending", "confirmed"])
def booking(request, slot):
    return VisitBookingFactory(slot=slot, state=request.param, pupil_count=20)


@pytest.fixture
def asking(booking, other):
    return ask(booking, other)


@pytest.fixture(autouse=True)
def _places_add_up():
    yield
    assert check_sums() == []


def ask(booking, slot, why="A national test that day."):
    return time_actions.ask_for_time(booking, slot=slot, reason_text=why, by=booking.requested_by)


def taken(*slots):
    for slot in slots:
        slot.refresh_from_db()
    return [slot.groups_taken for slot in slots]


def sent():
    mail.outbox.clear()
    deliver_due()
    return [(message.to[0], message.subject) for message in mail.outbox]


def kinds(booking):
    return [step.kind for step in booking.steps.all()]


def test_both_times_are_held_and_the_host_is_asked(booking, slot, other):
    before = booking.state
    booking = ask(booking, other)
    assert (booking.state, booking.slot, booking.asked_slot) == (before, slot, other)
    assert booking.asked_until == booking.asked_at + timedelta(days=5)
    assert taken(slot, other) == [1, 1]
    ((to, subject),) = sent()
    assert (to, subject.startswith("Another time for")) == (slot.offer.contact.email, True)
    assert "A national test that day." in mail.outbox[0].body
    assert booking.steps.last().in_words.startswith("another time was asked for")


def test_yes_moves_and_confirms_and_tells_both(asking, slot, other):
    asked_before = asking.requested_at
    sequence = asking.steps.count()
    booking = time_actions.grant_time(asking, by_link=True)
    booking.refresh_from_db()
    assert (booking.state, booking.slot, booking.asked_slot, booking.asked_until) == ("confirmed", other, None, None)
    assert (booking.during.lower, booking.during.upper) == (other.starts_at, other.ends_at)
    assert booking.answered_at is None or booking.answered_at >= asked_before
    assert taken(slot, other) == [0, 1]
    assert {to for to, _subject in sent()} == {booking.requested_by.email, slot.offer.contact.email}
    calendar = calendar_of(VisitBooking.objects.get(pk=booking.pk)).decode()
    assert f"SEQUENCE:{sequence + 1}" in calendar
    assert f"DTSTART:{other.starts_at:%Y%m%dT%H%M%SZ}" in calendar


@pytest.mark.parametrize(
    ("end", "kind", "told"),
    [
        (lambda b: time_actions.refuse_time(b, reason_text="Full house."), StepKind.REFUSED, {"school"}),
        (lambda b: time_actions.take_back_ask(b, by=b.requested_by), StepKind.TAKEN_BACK, {"host"}),
        (lambda b: move_actions.cancel_slot(b.asked_slot, reason="staff"), StepKind.GONE, {"school"}),
    ],
)
def test_otherwise_the_old_time_stands(asking, slot, other, end, kind, told):
    sent()
    before = asking.state
    end(asking)
    asking.refresh_from_db()
    assert (asking.state, asking.slot, asking.asked_slot) == (before, slot, None)
    assert taken(slot, other) == [1, 0]
    assert kinds(asking)[-1] == kind
    people = {"school": asking.requested_by.email, "host": slot.offer.contact.email}
    assert {to for to, _subject in sent()} == {people[side] for side in told}


def test_without_an_answer_the_old_time_stands(asking, slot, other):
    tasks.expire_bookings()
    assert taken(slot, other) == [1, 1]
    with time_machine.travel(asking.asked_until + timedelta(minutes=1)):
        VisitBooking.objects.update(answer_by=timezone.now() + timedelta(days=1))
        with pytest.raises(ActionRefused, match="Nothing to answer"):
            time_actions.grant_time(asking)
        tasks.expire_bookings()
        tasks.expire_bookings()
        assert {subject.split(":")[0] for _to, subject in sent()} == {"The old time stands"}
    asking.refresh_from_db()
    assert (asking.slot, asking.asked_slot, kinds(asking)[-1]) == (slot, None, StepKind.LAPSED)
    assert taken(slot, other) == [1, 0]


def test_a_request_that_runs_out_takes_its_question_along(slot, other):
    booking = ask(VisitBookingFactory(slot=slot, pupil_count=20, answer_by=timezone.now() + timedelta(days=1)), other)
    assert booking.asked_until == booking.answer_by
    with time_machine.travel(booking.answer_by + timedelta(minutes=1)):
        tasks.expire_bookings()
    booking.refresh_from_db()
    assert (booking.state, booking.asked_slot) == ("expired", None)
    assert taken(slot, other) == [0, 0]


def decline(booking):
    booking.state == "pending" and actions.decline_booking(booking, reason="staff")
    booking.state == "confirmed" and actions.cancel_booking(booking, side=Side.HOST, reason="staff")


@pytest.mark.parametrize(
    "end",
    [
        decline,
        lambda b: actions.cancel_booking(b, side=Side.SCHOOL, reason="illness"),
        lambda b: move_actions.cancel_slot(b.slot, reason="staff"),
    ],
)
def test_whatever_ends_the_booking_gives_both_times_back(asking, slot, other, end):
    group = WaitingGroupFactory(slot=other, pupil_count=15)
    end(asking)
    asking.refresh_from_db()
    assert (asking.is_live, asking.asked_slot) == (False, None)
    group.refresh_from_db()
    assert group.state == "offered"  # what was held flows on
    assert taken(slot, other) == [0, 1]


def test_too_few_give_both_times_back(slot, other):
    booking = VisitBookingFactory(slot=slot, state="confirmed", pupil_count=10)
    slot.minimum, slot.minimum_of, slot.decide_at = 20, "pupils", slot.starts_at - timedelta(days=3)
    slot.save()
    booking = ask(booking, other)
    with time_machine.travel(slot.decide_at + timedelta(minutes=1)):
        minimum.decide(slot)
    booking.refresh_from_db()
    assert (booking.state, booking.asked_slot) == ("cancelled", None)
    assert taken(slot, other) == [0, 0]


def test_a_time_that_is_moved_is_not_the_one_asked_for(asking, slot, other):
    there = other.starts_at + timedelta(hours=2)
    move_actions.move_slot(other, starts_at=there, ends_at=there + timedelta(hours=1), reason="staff")
    asking.refresh_from_db()
    assert (asking.slot, asking.asked_slot, kinds(asking)[-1]) == (slot, None, StepKind.GONE)
    assert taken(slot, other) == [1, 0]


def test_a_booked_time_moves_and_the_question_stands(asking, slot, other):
    there = slot.starts_at + timedelta(hours=2)
    move_actions.move_slot(slot, starts_at=there, ends_at=there + timedelta(hours=1), reason="staff")
    asking.refresh_from_db()
    assert (asking.slot, asking.asked_slot) == (slot, other)
    assert taken(slot, other) == [1, 1]


def test_the_group_grows_and_shrinks_at_both_times(asking, other):
    with pytest.raises(ActionRefused, match="more places are free"):
        change_actions.change_size(asking, pupil_count=21, adult_count=1, side=Side.SCHOOL)
    change_actions.change_size(asking, pupil_count=18, adult_count=1, side=Side.SCHOOL)
    other.refresh_from_db()
    assert other.pupils_taken == 18


def test_a_yes_to_the_first_time_leaves_the_question_open(slot, other):
    booking = ask(VisitBookingFactory(slot=slot, pupil_count=20), other)
    actions.confirm_booking(booking)
    booking.refresh_from_db()
    assert (booking.state, booking.asked_slot) == ("confirmed", other)
    with pytest.raises(ActionRefused, match="Nothing to do"):
        actions.confirm_booking(booking)


def test_a_host_answers_before_it_proposes_itself(slot, other):
    booking = ask(VisitBookingFactory(slot=slot, pupil_count=10), other)
    third = VisitSlotFactory(offer=slot.offer, starts_at=slot.starts_at + timedelta(days=3))
    with pytest.raises(ActionRefused, match="First say yes or no"):
        actions.propose_time(booking, slot=third)


def test_what_is_refused(booking, slot, other, offer):
    with pytest.raises(ActionRefused, match="same visit"):
        ask(booking, slot)
    with pytest.raises(ActionRefused, match="same visit"):
        ask(booking, VisitSlotFactory())
    full = VisitSlotFactory(offer=offer, starts_at=slot.starts_at + timedelta(days=2), pupils_capacity=19)
    with pytest.raises(ActionRefused, match="places are left"):
        ask(booking, full)
    elsewhere = VisitSlotFactory(starts_at=other.starts_at, ends_at=other.ends_at)
    VisitBookingFactory(slot=elsewhere, school_class=booking.school_class)
    with pytest.raises(ActionRefused, match="already has a visit then"):
        ask(booking, other)
    assert taken(slot, other, full) == [1, 0, 0]
    third = VisitSlotFactory(offer=offer, starts_at=slot.starts_at + timedelta(days=3), pupils_capacity=40)
    booking = ask(booking, third)
    with pytest.raises(ActionRefused, match="asked for another time already"):
        ask(booking, third)
    booking = time_actions.refuse_time(booking)
    with pytest.raises(ActionRefused, match="said no to this time already"):
        ask(booking, third)


@pytest.mark.parametrize("state", sorted(set(BookingState.values) - ASK_STATES))
def test_only_a_request_and_an_agreed_visit_may_ask(state, slot, other):
    third = VisitSlotFactory(offer=slot.offer, starts_at=slot.starts_at + timedelta(days=3))
    more = {"proposed_slot": third} if state == "proposed" else {}
    with pytest.raises(ActionRefused):
        ask(VisitBookingFactory(slot=slot, state=state, **more), other)


def test_a_day_before_it_is_too_late(booking, slot, other):
    with (
        time_machine.travel(slot.starts_at - timedelta(hours=23)),
        pytest.raises(ActionRefused, match="too late"),
    ):
        ask(booking, other)


def test_every_end_is_in_the_table_and_only_a_yes_moves():
    assert [kind for kind, end in ASK_ENDS.items() if end.moves] == [StepKind.GRANTED]
    assert {end.side for end in ASK_ENDS.values()} == {Side.HOST, Side.SCHOOL, Side.SYSTEM}


def test_the_database_keeps_questions_to_live_bookings(asking, other):
    with pytest.raises(IntegrityError, match="asks_for_another_time"), transaction.atomic():
        VisitBooking.objects.filter(pk=asking.pk).update(state="cancelled")
    with pytest.raises(IntegrityError, match="asks_for_another_time"), transaction.atomic():
        VisitBooking.objects.filter(pk=asking.pk).update(slot=other)


def test_the_host_is_asked_again_twice_and_not_after_an_answer(asking):
    sent()
    for passed in (0.6, 0.6, 0.9, 0.9):
        with time_machine.travel(asking.asked_at + passed * (asking.asked_until - asking.asked_at)):
            reminders.chase_answers()
    VisitBooking.objects.filter(pk=asking.pk).update(answer_by=timezone.now() + timedelta(days=30))
    with time_machine.travel(asking.asked_until - timedelta(hours=1)):
        again = [subject for _to, subject in sent()]
    assert [subject.split(":")[0] for subject in again] == ["Still waiting for your answer"] * 2
    booking = time_actions.refuse_time(asking)
    sent()
    with time_machine.travel(timezone.now() + timedelta(days=4)):
        reminders.chase_answers()
    assert not [one for one in sent() if "another time" in one[1]]
    assert booking.asked_slot is None


def test_the_region_sees_a_question_that_waits(asking):
    region = RegionFactory(municipalities=[asking.slot.offer.workplace.municipality])
    regions = Region.objects.filter(pk=region.pk)
    assert list(waiting_in(regions)) == [asking]
    assert list(past_half_time(waiting_in(regions))) == []
    with time_machine.travel(asking.asked_at + timedelta(days=4)):
        assert list(past_half_time(waiting_in(regions))) == [asking]
    time_actions.refuse_time(asking)
    assert [booking.state for booking in waiting_in(regions)] == ["pending"] * (asking.state == "pending")


def test_a_mail_that_waits_falls_away_with_the_question(asking):
    time_actions.take_back_ask(asking, by=UserFactory())
    assert [subject.split(":")[0] for _to, subject in sent()] == ["The old time stands"]
