from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.utils import translation

from tests.factories.visits import VisitBookingFactory, VisitOfferFactory, VisitSlotFactory
from visits.slot_forms import BookedSlotForm, SlotForm
from visits.slot_times import local_time

pytestmark = pytest.mark.django_db

NOW = datetime(2027, 3, 1, 8, tzinfo=UTC)  # a Monday, 09:00 in Stockholm


@pytest.fixture(autouse=True)
def _first_of_march():
    with time_machine.travel(NOW, tick=False), translation.override("en"):
        yield


def data(**changes):
    return {
        "day": "2027-03-17",
        "start": "09:00",
        "duration_minutes": "90",
        "pupils_capacity": "30",
        "groups_capacity": "1",
        "closes_days": "7",
        "cancel_days": "3",
    } | changes


def errors_of(form):
    form.is_valid()
    return {field: texts[0] for field, texts in form.errors.items()}


def test_slot_form_suggests_what_the_offer_says():
    offer = VisitOfferFactory(group_max=24, duration_minutes=75, answer_days=5, cancel_days=2)
    form = SlotForm(offer=offer)
    names = ["duration_minutes", "pupils_capacity", "groups_capacity", "closes_days", "cancel_days"]
    assert [form[name].value() for name in names] == [75, 24, 1, 5, 2]


def test_slot_form_gives_one_time():
    form = SlotForm(data(), offer=VisitOfferFactory())
    assert form.is_valid()
    [times] = form.times
    assert (times.starts_at, times.ends_at) == (
        local_time(date(2027, 3, 17), time(9)),
        local_time(date(2027, 3, 17), time(10, 30)),
    )
    assert times.opens_at == NOW
    assert times.closes_at == local_time(date(2027, 3, 10), time(9))
    assert times.cancel_by == local_time(date(2027, 3, 14), time(9))


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"day": "2027-02-28"}, "day", "This day has passed"),
        ({"day": "2027-03-01", "start": "08:30", "closes_days": "0"}, "start", "This time has passed"),
        ({"day": "2099-01-01"}, "day", "within two years"),
        ({"day": "9999-12-31"}, "day", "within two years"),
        ({"day": "0001-01-01"}, "day", "This day has passed"),
        ({"day": "17/3"}, "day", "Enter a valid date"),
        ({"day": ""}, "day", "This field is required"),
        ({"start": "25:00"}, "start", "Enter a valid time"),
        ({"day": "2027-03-28", "start": "02:30"}, "start", "02:30 does not exist on Sunday 28 March 2027"),
        ({"duration_minutes": "0"}, "duration_minutes", "greater than or equal to 15"),
        ({"duration_minutes": "-60"}, "duration_minutes", "greater than or equal to 15"),
        ({"duration_minutes": "5000"}, "duration_minutes", "less than or equal to 600"),
        ({"pupils_capacity": "0"}, "pupils_capacity", "greater than or equal to 1"),
        ({"pupils_capacity": "4"}, "pupils_capacity", "The smallest group you take is 5"),
        ({"groups_capacity": "0"}, "groups_capacity", "greater than or equal to 1"),
        ({"day": "2027-03-05"}, "closes_days", "would already be closed"),
        ({"opens_day": "2027-03-12"}, "opens_day", "closes before it opens"),
        ({"opens_day": "2099-03-12"}, "opens_day", "closes before it opens"),
    ],
)
def test_slot_form_says_beside_the_field_what_is_wrong(changes, field, words):
    errors = errors_of(SlotForm(data(**changes), offer=VisitOfferFactory()))
    assert list(errors) == [field]
    assert words in errors[field]


def test_slot_form_keeps_exact_moments_that_were_not_touched():
    """Opening and closing were set to the minute elsewhere: changing the places must not round them."""
    starts_at = local_time(date(2027, 4, 14), time(13))
    slot = VisitSlotFactory(
        starts_at=starts_at,
        opens_at=NOW - timedelta(days=2, minutes=7),
        closes_at=starts_at - timedelta(days=5, minutes=11),
        cancel_by=starts_at - timedelta(days=2, minutes=13),
    )
    blank = SlotForm(offer=slot.offer, slot=slot)
    sent = {field.name: field.value() for field in blank} | {"pupils_capacity": "12"}
    form = SlotForm(sent, offer=slot.offer, slot=slot)
    assert form.is_valid()
    [times] = form.times
    assert (times.pupils_capacity, times.starts_at, times.ends_at) == (12, slot.starts_at, slot.ends_at)
    assert (times.opens_at, times.closes_at, times.cancel_by) == (slot.opens_at, slot.closes_at, slot.cancel_by)


def test_slot_form_moves_closing_and_cancelling_along_with_the_day():
    starts_at = local_time(date(2027, 4, 14), time(13))
    slot = VisitSlotFactory(
        starts_at=starts_at,
        opens_at=NOW - timedelta(days=2),
        closes_at=starts_at - timedelta(days=5),
        cancel_by=starts_at - timedelta(days=2),
    )
    blank = SlotForm(offer=slot.offer, slot=slot)
    form = SlotForm({f.name: f.value() for f in blank} | {"day": "2027-04-21"}, offer=slot.offer, slot=slot)
    assert form.is_valid()
    [times] = form.times
    moved = timedelta(days=7)
    assert (times.starts_at, times.closes_at, times.cancel_by) == (
        slot.starts_at + moved,
        slot.closes_at + moved,
        slot.cancel_by + moved,
    )


def test_booked_slot_form_changes_places_and_closing_only():
    slot = VisitBookingFactory(
        slot__starts_at=local_time(date(2027, 4, 14), time(13)), slot__opens_at=NOW - timedelta(days=2)
    ).slot
    sent = {"pupils_capacity": "60", "groups_capacity": "2", "closes_days": "0", "day": "2027-05-01", "start": "07:00"}
    form = BookedSlotForm(sent, offer=slot.offer, slot=slot)
    assert form.is_valid()
    [times] = form.times
    assert (times.pupils_capacity, times.groups_capacity) == (60, 2)
    assert (times.starts_at, times.closes_at, times.opens_at) == (slot.starts_at, slot.starts_at, slot.opens_at)


def test_a_closed_time_is_opened_again_by_choosing_fewer_days():
    starts_at = local_time(date(2027, 3, 17), time(13))
    slot = VisitSlotFactory(
        starts_at=starts_at, opens_at=NOW - timedelta(days=9), closes_at=NOW, cancel_by=starts_at - timedelta(days=1)
    )
    form = SlotForm(offer=slot.offer, slot=slot)
    sent = {field.name: field.value() for field in form}
    assert SlotForm(sent, offer=slot.offer, slot=slot).is_valid()  # still closed, and that is fine
    reopened = SlotForm(sent | {"closes_days": "2"}, offer=slot.offer, slot=slot)
    assert reopened.is_valid()
    assert reopened.times[0].closes_at == local_time(date(2027, 3, 15), time(13))
