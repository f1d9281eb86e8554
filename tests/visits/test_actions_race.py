import uuid
from functools import partial

import pytest
from django.db.models import F, Sum

from core.errors import ActionRefused
from tests.concurrency import at_the_same_time
from tests.factories.accounts import UserFactory
from tests.factories.schools import SchoolClassFactory
from tests.factories.visits import VisitBookingFactory, VisitSlotFactory
from visits import actions, places
from visits.enums import Side
from visits.models import VisitBooking, VisitSlot

pytestmark = pytest.mark.django_db(transaction=True)

CLIENTS = 32


def bookers(slot, classes, pupils=10):
    by = UserFactory()
    return [
        partial(
            actions.request_booking,
            slot=slot,
            school_class=school_class,
            pupil_count=pupils,
            adult_count=1,
            phone="0701234567",
            note="",
            request_key=uuid.uuid4(),
            by=by,
        )
        for school_class in classes
    ]


def books(slot):
    slot.refresh_from_db()
    live = slot.bookings.live().aggregate(pupils=Sum("pupil_count", default=0))["pupils"]
    return (slot.pupils_taken, slot.groups_taken), (live, slot.bookings.live().count())


def test_the_last_places_are_given_once():
    slot = VisitSlotFactory(pupils_capacity=30, groups_capacity=10)
    outcomes = at_the_same_time(*bookers(slot, SchoolClassFactory.create_batch(CLIENTS)))
    kinds = [type(outcome) for outcome in outcomes]
    assert kinds.count(VisitBooking) == 3
    assert kinds.count(actions.NoRoomNow) == CLIENTS - 3
    assert all(
        "fully booked" in str(o) or "places are left" in str(o) for o in outcomes if isinstance(o, ActionRefused)
    )
    counters, live = books(slot)
    assert counters == live == (30, 3)


def test_without_the_guard_the_same_race_oversells(monkeypatch):
    """The negative control: a check before the write, as most systems have it, lets too many in."""

    def check_then_write(slot, pupils, **options):
        slot.refresh_from_db()
        return slot.pupils_taken + pupils <= slot.pupils_capacity

    monkeypatch.setattr(places, "take", check_then_write)
    slot = VisitSlotFactory(pupils_capacity=30, groups_capacity=10)
    at_the_same_time(*bookers(slot, SchoolClassFactory.create_batch(CLIENTS)))
    assert slot.bookings.live().count() > 3


def test_one_class_is_booked_to_one_place_at_a_time():
    school_class = SchoolClassFactory()
    first = VisitSlotFactory()
    slots = [first, *VisitSlotFactory.create_batch(7, starts_at=first.starts_at, ends_at=first.ends_at)]
    outcomes = at_the_same_time(*[bookers(slot, [school_class])[0] for slot in slots])
    assert [type(outcome) for outcome in outcomes].count(VisitBooking) == 1
    assert VisitBooking.objects.live().count() == 1


def test_eight_clicks_make_one_booking():
    slot, school_class = VisitSlotFactory(groups_capacity=8), SchoolClassFactory()
    (click,) = bookers(slot, [school_class])
    outcomes = at_the_same_time(*[click] * 8)
    assert len({outcome.pk for outcome in outcomes}) == 1
    assert books(slot) == ((10, 1), (10, 1))


def test_a_freed_place_is_not_lost_to_both():
    """Cancelling against booking: whoever asks after the place came free gets it."""
    slot = VisitSlotFactory(pupils_capacity=10)
    held = VisitBookingFactory(slot=slot, school_class__pupil_count=10)
    calls = [partial(actions.cancel_booking, held, side=Side.SCHOOL, reason="illness")]
    calls += bookers(slot, SchoolClassFactory.create_batch(8))
    at_the_same_time(*calls)
    counters, live = books(slot)
    assert counters == live
    assert counters[1] <= 1


def test_yes_and_cancel_at_once_end_in_one_state():
    booking = VisitBookingFactory()
    outcomes = at_the_same_time(
        *[partial(actions.confirm_booking, booking)] * 4,
        *[partial(actions.decline_booking, booking, reason="staff")] * 4,
    )
    assert [type(outcome) for outcome in outcomes].count(VisitBooking) == 1
    booking.refresh_from_db()
    counters, live = books(booking.slot)
    assert counters == live
    assert booking.steps.count() == 2


def test_crossing_proposals_end_without_deadlock():
    slots = VisitSlotFactory.create_batch(2, offer__title="Welding", groups_capacity=4, pupils_capacity=200)
    VisitSlot.objects.update(offer=slots[0].offer)
    one = VisitBookingFactory.create_batch(3, slot=slots[0])
    two = VisitBookingFactory.create_batch(3, slot=slots[1])
    VisitSlot.objects.update(groups_capacity=F("groups_capacity") + 10)
    for slot in slots:
        slot.refresh_from_db()
    outcomes = at_the_same_time(
        *[partial(actions.propose_time, booking, slot=slots[1]) for booking in one],
        *[partial(actions.propose_time, booking, slot=slots[0]) for booking in two],
    )
    assert {type(outcome) for outcome in outcomes} == {VisitBooking}
