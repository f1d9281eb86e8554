"""A time is moved while classes book, accept, grow: nobody comes at a time that is no more."""

import uuid
from copy import copy
from datetime import timedelta
from functools import partial

import pytest
from django.db.utils import DatabaseError

from core.errors import ActionRefused
from tests.concurrency import Meeting, at_the_same_time
from tests.factories.accounts import UserFactory
from tests.factories.schools import SchoolClassFactory
from tests.factories.visits import VisitBookingFactory, VisitOfferFactory, VisitSlotFactory, WaitingGroupFactory
from tests.visits.paths import astray
from visits import actions, booking_queries, change_actions, move_actions, waiting_actions
from visits.models import BookingStep
from visits.sums import check_sums

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 8
HOURS = timedelta(hours=3)


def moving(slot, by=HOURS):
    return partial(
        move_actions.move_slot, slot, starts_at=slot.starts_at + by, ends_at=slot.ends_at + by, reason="production"
    )


def booking_of(slot, school_class, by):
    return partial(
        actions.request_booking,
        slot=copy(slot),  # each reader has read the time for itself
        school_class=school_class,
        pupil_count=5,
        adult_count=1,
        phone="0701234567",
        note="",
        request_key=uuid.uuid4(),
        by=by,
    )


def shared_slot(**facts):
    return VisitSlotFactory(pupils_capacity=60, groups_capacity=6, **facts)


def assert_all_is_well(outcomes):
    assert [each for each in outcomes if isinstance(each, Exception) and not isinstance(each, ActionRefused)] == []
    assert astray() == []
    assert check_sums() == []


def test_nobody_books_a_time_that_is_being_moved():
    by = UserFactory()
    for _ in range(ROUNDS):
        slot = shared_slot()
        VisitBookingFactory(slot=slot, pupil_count=10)
        books = [booking_of(slot, school_class, by) for school_class in SchoolClassFactory.create_batch(2)]
        assert_all_is_well(at_the_same_time(*books, moving(slot)))


def test_accepted_places_and_larger_groups_come_at_the_new_time():
    for _ in range(ROUNDS):
        slot = shared_slot()
        booked = VisitBookingFactory(slot=slot, pupil_count=10)
        group = WaitingGroupFactory(slot=slot, pupil_count=5, is_offered=True)
        grow = partial(change_actions.change_size, booked, pupil_count=15, adult_count=1, side="host")
        assert_all_is_well(at_the_same_time(partial(waiting_actions.accept_offer, group), grow, moving(slot)))


def test_a_proposal_is_accepted_while_one_of_its_times_moves():
    for n in range(ROUNDS):
        offer = VisitOfferFactory()
        first = VisitSlotFactory(offer=offer)
        second = VisitSlotFactory(offer=offer, starts_at=first.starts_at + timedelta(days=2))
        booking = actions.propose_time(VisitBookingFactory(slot=first), slot=second)
        moved = (first, second)[n % 2]
        assert_all_is_well(at_the_same_time(partial(actions.accept_proposal, booking), moving(moved)))


def test_a_class_is_not_booked_elsewhere_at_the_time_its_visit_moves_to():
    by = UserFactory()
    for _ in range(ROUNDS):
        slot = shared_slot()
        booked = VisitBookingFactory(slot=slot, pupil_count=10)
        other = shared_slot(starts_at=slot.starts_at + HOURS)
        outcomes = at_the_same_time(booking_of(other, booked.school_class, by), moving(slot))
        assert_all_is_well(outcomes)
        assert sum(isinstance(each, ActionRefused) for each in outcomes) == 1


def test_two_moves_and_a_cancelling_of_the_same_time_wait_for_each_other():
    for _ in range(ROUNDS):
        slot = shared_slot()
        bookings = VisitBookingFactory.create_batch(3, slot=slot, pupil_count=5)
        cancel = partial(move_actions.cancel_slot, slot, reason="staff")
        outcomes = at_the_same_time(moving(slot), moving(slot, 2 * HOURS), cancel)
        assert_all_is_well(outcomes)
        moves = sum(outcome == 3 for outcome in outcomes[:2])
        assert {booking.steps.filter(kind="moved").count() for booking in bookings} == {moves}


def test_without_the_classes_lock_a_race_ends_in_the_database_s_complaint(monkeypatch):
    """The negative control: the constraint still holds, but what comes out is no sentence that helps anybody."""
    monkeypatch.setattr(
        "visits.move_actions._locked_classes",
        lambda slot: set(move_actions.bookings_holding(slot).values_list("school_class", flat=True)),
    )
    both_have_looked, booked_already = Meeting(2), booking_queries.booked_already
    looks = [
        (booking_queries, "booked_already", lambda *which: list(booked_already(*which))),
        (move_actions, "_refuse_unless_all_can_come", move_actions._refuse_unless_all_can_come),
    ]
    for module, name, look in looks:
        monkeypatch.setattr(module, name, both_have_looked.after(look))
    slot = shared_slot()
    booked = VisitBookingFactory(slot=slot, pupil_count=10)
    other = shared_slot(starts_at=slot.starts_at + HOURS)
    outcomes = at_the_same_time(booking_of(other, booked.school_class, UserFactory()), moving(slot))
    assert len([each for each in outcomes if isinstance(each, DatabaseError)]) == 1


def test_without_the_slots_lock_a_class_is_expected_at_the_old_time(monkeypatch):
    """The negative control: a class slips in between the look and the move."""
    slot, by = shared_slot(), UserFactory()
    VisitBookingFactory(slot=slot, pupil_count=10)
    seen = list(move_actions.bookings_holding(slot))
    booking_of(slot, SchoolClassFactory(), by)()
    monkeypatch.setattr(move_actions, "locked_bookings", lambda slot: seen)
    moving(slot)()
    assert len(astray()) == 1
    assert BookingStep.objects.filter(kind="moved").count() == 1
