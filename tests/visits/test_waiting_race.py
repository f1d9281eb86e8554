"""Held places against everything else that takes or frees places at the same moment."""

from functools import partial
from threading import Barrier

import pytest
from django.db.models import Sum

from tests.concurrency import at_the_same_time
from tests.factories.schools import SchoolClassFactory
from tests.factories.visits import VisitBookingFactory, VisitSlotFactory, WaitingGroupFactory
from tests.visits.test_actions_race import bookers
from tests.visits.test_waiting_actions import join
from visits import actions, waiting_actions
from visits.enums import Side
from visits.models import VisitBooking, WaitingGroup

pytestmark = pytest.mark.django_db(transaction=True)


def books(slot):
    """The counters, and what live bookings and held offers add up to."""
    slot.refresh_from_db()
    rows = [*slot.bookings.live(), *slot.waiting_groups.offered()]
    return (slot.pupils_taken, slot.groups_taken), (sum(row.pupil_count for row in rows), len(rows))


def test_a_freed_place_goes_to_the_line_and_to_nobody_beside_it():
    slot = VisitSlotFactory(pupils_capacity=10)
    taken = VisitBookingFactory(slot=slot, pupil_count=10)
    group = WaitingGroupFactory(slot=slot, pupil_count=10)
    calls = [partial(actions.cancel_booking, taken, side=Side.SCHOOL, reason="illness")]
    calls += bookers(slot, SchoolClassFactory.create_batch(8))
    outcomes = at_the_same_time(*calls)
    assert [type(outcome) for outcome in outcomes] == [VisitBooking] + [actions.NoRoomNow] * 8
    group.refresh_from_db()
    assert group.state == "offered"
    assert books(slot) == ((10, 1), (10, 1))


def join_against_cancel():
    """Ten rounds of a class joining while the place it wants comes free; how often it was left beside it."""
    stranded = 0
    for _ in range(10):
        slot = VisitSlotFactory(pupils_capacity=10)
        taken = VisitBookingFactory(slot=slot, pupil_count=10)
        school_class = SchoolClassFactory()
        at_the_same_time(
            partial(actions.cancel_booking, taken, side=Side.SCHOOL, reason="illness"),
            partial(join, slot, school_class=school_class, pupil_count=10),
        )
        counters, live = books(slot)
        assert counters == live
        stranded += slot.pupils_left >= 10 and slot.waiting_groups.filter(state="waiting").exists()
    return stranded


def test_who_joins_while_a_place_comes_free_is_not_left_beside_it():
    assert join_against_cancel() == 0


def test_without_the_slots_lock_a_group_is_left_beside_free_places(monkeypatch):
    """The negative control: join and cancel look past each other, and nobody offers the place."""
    real_check = waiting_actions._check_line
    turn = Barrier(2, timeout=10)

    def look_then_wait(slot, pupils, **facts):
        real_check(slot, pupils, **facts)
        turn.wait()  # the other side frees the place now
        turn.wait()  # and has done so

    def free_in_between(slot, group):
        turn.wait()
        try:
            return actions.cancel_booking(group, side=Side.SCHOOL, reason="illness")
        finally:
            turn.wait()

    monkeypatch.setattr(waiting_actions, "_check_line", look_then_wait)
    monkeypatch.setattr("visits.models.slots.VisitSlotQuerySet.select_for_update", lambda rows, **options: rows.all())
    slot = VisitSlotFactory(pupils_capacity=10)
    taken = VisitBookingFactory(slot=slot, pupil_count=10)
    at_the_same_time(
        partial(join, slot, school_class=SchoolClassFactory(), pupil_count=10), partial(free_in_between, slot, taken)
    )
    slot.refresh_from_db()
    assert slot.pupils_left == 10
    assert slot.waiting_groups.filter(state="waiting").exists()


def test_yes_no_and_the_end_of_the_offer_at_once_end_in_one_state():
    slot = VisitSlotFactory(pupils_capacity=10)
    group = WaitingGroupFactory(slot=slot, pupil_count=10, is_offered=True)
    next_group = WaitingGroupFactory(slot=slot, pupil_count=10)
    at_the_same_time(
        *[partial(waiting_actions.accept_offer, group)] * 4,
        *[partial(waiting_actions.decline_offer, group)] * 4,
        *[partial(waiting_actions.leave_line, group)] * 2,
    )
    group.refresh_from_db()
    next_group.refresh_from_db()
    assert (group.state, next_group.state) in [("accepted", "waiting"), ("declined", "offered")]
    assert books(slot) == ((10, 1), (10, 1))


def test_eight_yeses_make_one_booking():
    group = WaitingGroupFactory(slot__pupils_capacity=30, pupil_count=10, is_offered=True)
    outcomes = at_the_same_time(*[partial(waiting_actions.accept_offer, group)] * 8)
    assert len({outcome.pk for outcome in outcomes}) == 1
    assert VisitBooking.objects.count() == 1


def test_places_freed_by_many_at_once_all_flow_on():
    slot = VisitSlotFactory(pupils_capacity=80, groups_capacity=8)
    taken = VisitBookingFactory.create_batch(8, slot=slot, pupil_count=10)
    WaitingGroupFactory.create_batch(12, slot=slot, pupil_count=10)
    at_the_same_time(*[partial(actions.cancel_booking, booking, side=Side.HOST, reason="staff") for booking in taken])
    assert WaitingGroup.objects.offered().count() == 8
    first = list(WaitingGroup.objects.order_by("created_at", "pk")[:8])
    assert {group.state for group in first} == {"offered"}
    assert books(slot) == ((80, 8), (80, 8))
    assert slot.waiting_groups.offered().aggregate(all=Sum("pupil_count"))["all"] == 80
