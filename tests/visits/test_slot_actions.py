from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from core.errors import ActionRefused
from tests.factories.visits import VisitBookingFactory, VisitOfferFactory, VisitSlotFactory
from visits import offer_actions
from visits.models import VisitSlot
from visits.slot_times import SlotTimes

LONG_AGO = timezone.now() - timedelta(days=90)

pytestmark = pytest.mark.django_db


def times(days=20, **changes):
    starts_at = timezone.now().replace(microsecond=0) + timedelta(days=days)
    return replace(
        SlotTimes(
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=2),
            opens_at=timezone.now() - timedelta(minutes=1),
            closes_at=starts_at - timedelta(days=7),
            cancel_by=starts_at - timedelta(days=3),
            pupils_capacity=30,
            groups_capacity=2,
        ),
        **changes,
    )


def times_of(slot, **changes):
    return SlotTimes(**{name: getattr(slot, name) for name in SlotTimes.__dataclass_fields__} | changes)


def test_add_slots_adds_all():
    offer = VisitOfferFactory()
    wanted = [times(20), times(27)]
    slots = offer_actions.add_slots(offer, wanted)
    assert [times_of(slot) for slot in offer.slots.all()] == wanted
    assert slots == list(offer.slots.all())


def test_add_slots_again_from_the_same_form_adds_nothing():
    offer, wanted = VisitOfferFactory(), times()
    offer_actions.add_slots(offer, [wanted])
    with pytest.raises(ActionRefused, match="already has a time"):
        offer_actions.add_slots(offer, [wanted])
    assert offer.slots.count() == 1


def test_add_slots_is_all_or_nothing():
    offer = VisitOfferFactory()
    taken = times(27)
    offer_actions.add_slots(offer, [taken])
    with pytest.raises(ActionRefused):
        offer_actions.add_slots(offer, [times(20), taken])
    assert offer.slots.count() == 1


def test_a_withdrawn_time_may_be_added_again():
    offer, wanted = VisitOfferFactory(), times()
    [slot] = offer_actions.add_slots(offer, [wanted])
    offer_actions.withdraw_slot(slot)
    offer_actions.add_slots(offer, [wanted])
    assert offer.slots.upcoming().count() == 1


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (lambda t: {"starts_at": timezone.now() - timedelta(hours=1)}, "has passed"),
        (lambda t: {"ends_at": t.starts_at}, "must end after"),
        (lambda t: {"ends_at": t.starts_at - timedelta(hours=1)}, "must end after"),
        (lambda t: {"closes_at": t.starts_at + timedelta(hours=1)}, "must open before it closes"),
        (lambda t: {"opens_at": t.closes_at}, "must open before it closes"),
        (lambda t: {"cancel_by": t.starts_at + timedelta(minutes=1)}, "last time to cancel"),
    ],
)
def test_add_slots_refuses_times_in_the_wrong_order(wrong, reason):
    good = times()
    with pytest.raises(ActionRefused, match=reason):
        offer_actions.add_slots(VisitOfferFactory(), [replace(good, **wrong(good))])


def test_change_slot_moves_a_time_nobody_has_booked():
    slot = VisitSlotFactory()
    wanted = times(40, pupils_capacity=12)
    offer_actions.change_slot(slot, wanted)
    slot.refresh_from_db()
    assert times_of(slot) == wanted


def test_change_slot_onto_another_time_is_refused():
    slot = VisitSlotFactory()
    other = VisitSlotFactory(offer=slot.offer)
    with pytest.raises(ActionRefused, match="already has a time"):
        offer_actions.change_slot(slot, times_of(other))


def test_change_slot_does_not_move_a_class():
    slot = VisitBookingFactory().slot
    moved = times_of(slot, ends_at=slot.ends_at + timedelta(hours=1))
    with pytest.raises(ActionRefused, match="A class has just booked this time"):
        offer_actions.change_slot(slot, moved)


@pytest.mark.parametrize(
    ("places", "groups", "allowed"), [(60, 2, True), (25, 1, True), (24, 1, False), (60, 0, False)]
)
def test_change_slot_keeps_the_places_that_are_taken(places, groups, allowed):
    slot = VisitBookingFactory(pupil_count=25).slot
    wanted = times_of(slot, pupils_capacity=places, groups_capacity=groups)
    if allowed:
        offer_actions.change_slot(slot, wanted)
        slot.refresh_from_db()
        assert (slot.pupils_capacity, slot.groups_capacity) == (places, groups)
    else:
        with pytest.raises(ActionRefused, match="25 pupils are booked in 1 group"):
            offer_actions.change_slot(slot, wanted)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"cancelled_at": timezone.now()}, "has been withdrawn"),
        ({"starts_at": timezone.now() - timedelta(hours=1), "opens_at": LONG_AGO}, "has begun or is over"),
    ],
)
@pytest.mark.parametrize("action", ["change", "close", "withdraw"])
def test_a_time_that_is_over_or_withdrawn_stays_as_it_is(facts, reason, action):
    slot = VisitSlotFactory(**facts)
    act = {
        "change": lambda: offer_actions.change_slot(slot, times()),
        "close": lambda: offer_actions.close_slot(slot),
        "withdraw": lambda: offer_actions.withdraw_slot(slot),
    }[action]
    with pytest.raises(ActionRefused, match=reason):
        act()


def test_close_slot_ends_booking_and_keeps_bookings():
    slot = VisitBookingFactory().slot
    offer_actions.close_slot(slot)
    slot.refresh_from_db()
    assert (slot.status, slot.pupils_taken) == ("closed", 25)
    with pytest.raises(ActionRefused, match="already closed"):
        offer_actions.close_slot(slot)


def test_close_slot_before_it_opens_is_refused():
    slot = VisitSlotFactory(opens_at=timezone.now() + timedelta(days=1))
    with pytest.raises(ActionRefused, match="has not opened yet"):
        offer_actions.close_slot(slot)


def test_withdraw_slot_hides_it():
    slot = VisitSlotFactory()
    offer_actions.withdraw_slot(slot)
    assert not VisitSlot.objects.upcoming().exists()


def test_withdraw_slot_with_a_booking_is_refused():
    slot = VisitBookingFactory().slot
    with pytest.raises(ActionRefused, match="A class has booked this time"):
        offer_actions.withdraw_slot(slot)
