import uuid
from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError

from core.errors import ActionRefused
from tests.concurrency import at_the_same_time
from tests.factories.accounts import UserFactory
from tests.factories.schools import SchoolClassFactory
from tests.factories.visits import VisitSlotFactory
from tests.visits.test_slot_actions import times_of
from visits import actions, offer_actions
from visits.actions import NoRoomNow
from visits.models import VisitBooking, VisitSlot

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 8


def booking_of(slot, school_class, by):
    return partial(
        actions.request_booking,
        slot=slot,
        school_class=school_class,
        pupil_count=20,
        adult_count=1,
        phone="0701234567",
        note="",
        request_key=uuid.uuid4(),
        by=by,
    )


def test_lowering_the_places_while_somebody_books_never_leaves_too_few():
    by = UserFactory()
    for _ in range(ROUNDS):
        slot = VisitSlotFactory(pupils_capacity=30)
        lower = partial(offer_actions.change_slot, slot, times_of(slot, pupils_capacity=10))
        booked, lowered = at_the_same_time(booking_of(slot, SchoolClassFactory(pupil_count=20), by), lower)
        slot.refresh_from_db()
        outcome = (type(booked), type(lowered), slot.pupils_capacity, slot.pupils_taken)
        assert outcome in [(VisitBooking, ActionRefused, 30, 20), (NoRoomNow, int, 10, 0)]


def test_withdrawing_while_somebody_books_leaves_no_class_before_a_closed_door():
    by = UserFactory()
    for _ in range(ROUNDS):
        slot = VisitSlotFactory()
        booked, withdrawn = at_the_same_time(
            booking_of(slot, SchoolClassFactory(pupil_count=20), by), partial(offer_actions.withdraw_slot, slot)
        )
        slot.refresh_from_db()
        outcome = (type(booked), type(withdrawn), slot.cancelled_at is None, slot.pupils_taken)
        assert outcome in [(VisitBooking, ActionRefused, True, 20), (ActionRefused, type(None), False, 0)]


def test_moving_while_somebody_books_brings_no_class_at_another_time():
    by = UserFactory()
    for _ in range(ROUNDS):
        slot = VisitSlotFactory()
        later = times_of(slot, starts_at=slot.starts_at + timedelta(days=1), ends_at=slot.ends_at + timedelta(days=1))
        booked, moved = at_the_same_time(
            booking_of(slot, SchoolClassFactory(pupil_count=20), by), partial(offer_actions.change_slot, slot, later)
        )
        slot.refresh_from_db()
        if moved == 0 and isinstance(booked, VisitBooking):  # the school came last and saw the new time
            assert (booked.during.lower, booked.during.upper) == (later.starts_at, later.ends_at)
        else:
            outcome = (type(booked), type(moved), slot.starts_at == later.starts_at)
            assert outcome in [(VisitBooking, ActionRefused, False), (ActionRefused, int, True)]


def test_two_people_adding_the_same_time_add_one():
    slot = VisitSlotFactory()
    wanted = times_of(slot, starts_at=slot.starts_at + timedelta(days=1), ends_at=slot.ends_at + timedelta(days=1))
    outcomes = at_the_same_time(*[partial(offer_actions.add_slots, slot.offer, [wanted])] * 4)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["ActionRefused"] * 3 + ["list"]
    assert slot.offer.slots.count() == 2


def test_without_the_lock_the_places_could_sink_below_those_taken():
    """The negative control: a check on the row as it was read passes, and only the constraint stands behind it."""
    slot = VisitSlotFactory(pupils_capacity=30)
    as_read = VisitSlot.objects.get(pk=slot.pk)
    assert as_read.pupils_taken <= 10
    booking_of(slot, SchoolClassFactory(pupil_count=20), UserFactory())()
    as_read.pupils_capacity = 10
    with pytest.raises(IntegrityError, match="visit_slot_pupils_within_capacity"):
        as_read.save(update_fields=["pupils_capacity"])
