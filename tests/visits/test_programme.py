from datetime import datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from tests.factories.visits import VisitBookingFactory, VisitOfferFactory, VisitSlotFactory
from visits import programme
from visits.calendar import calendar_of
from visits.models import VisitOffer

DAY = "09.00 Samling\nkl 9:30–10:15: Verkstaden\n10:15 - 11.00 Prova svetsa\nLunch"


def shown(written):
    return [(line.when, line.text) for line in programme.lines_of(written)]


def test_times_are_read_as_people_write_them():
    assert shown(DAY) == [
        ("09:00", "Samling"),
        ("09:30–10:15", "Verkstaden"),
        ("10:15–11:00", "Prova svetsa"),
        ("", "Lunch"),
    ]


@pytest.mark.parametrize("text", ["12 pupils each", "25:00 Late", "Begin at 09:00", "1:2 mix", "09:00"])
def test_what_is_no_time_stays_text(text):
    assert shown(text) == [("", text)]


@given(st.text(max_size=200))
def test_no_text_breaks_the_programme_and_none_is_lost(written):
    lines = programme.lines_of(written)
    assert len(lines) == len([line for line in written.splitlines() if line.strip()])
    for line in lines:
        assert line.text.strip()
        assert line.text in written


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("25:00 Late", "no clock shows"),
        ("09:60 Late", "no clock shows"),
        ("09:00-24:30 Long", "no clock shows"),
        ("10:00–09:00 Backwards", "the end must come after"),
        ("10:00–10:00 Nothing", "the end must come after"),
        ("10:00 Second\n09:00 First", "comes before the line above"),
    ],
)
def test_impossible_times_are_refused(written, message):
    with pytest.raises(ValidationError, match=message):
        programme.check(written)


def test_what_is_in_order_may_be_written():
    programme.check(DAY)
    programme.check("09:00 Half of the class\n09:00 The other half\nFree text")


def test_a_visit_at_another_hour_moves_the_programme_along():
    starts_at = datetime(2027, 3, 9, 13, 15, tzinfo=timezone.get_default_timezone())
    moved = programme.on(starts_at, programme.lines_of(DAY))
    assert [line.when for line in moved] == ["13:15", "13:45–14:30", "14:30–15:15", ""]
    late = programme.on(datetime(2027, 3, 9, 23, 30, tzinfo=timezone.get_default_timezone()), programme.lines_of(DAY))
    assert [line.when for line in late] == ["23:30", "00:00–00:45", "00:45–01:30", ""]
    assert programme.on(starts_at, programme.lines_of("Look\nTry")) == programme.lines_of("Look\nTry")


@pytest.mark.django_db
def test_the_timetable_is_on_the_offer_the_booking_the_paper_and_in_the_calendar(client):
    starts_at = timezone.make_aware(datetime.combine(timezone.localdate() + timedelta(days=30), datetime.min.time()))
    slot = VisitSlotFactory(
        offer=VisitOfferFactory(kind="theme_day", programme_of_day=DAY), starts_at=starts_at + timedelta(hours=10)
    )
    booking = VisitBookingFactory(slot=slot, state="confirmed")
    page = client.get(slot.offer.get_absolute_url()).text
    assert '<span class="when">09:30–10:15</span><span>Verkstaden</span>' in page
    client.force_login(booking.requested_by)
    booking.school.memberships.get_or_create(user=booking.requested_by, defaults={"role": "teacher"})
    for name in ("booking_detail", "booking_print"):
        page = client.get(reverse(f"visits:{name}", args=[booking.public_id])).text
        assert '<span class="when">10:30–11:15</span><span>Verkstaden</span>' in page, name
    event = Calendar.from_ical(calendar_of(booking)).walk("VEVENT")[0]
    assert "10:30–11:15 Verkstaden" in event["description"]
    assert VisitOffer.objects.get(pk=slot.offer_id).steps[0] == "09.00 Samling"


@pytest.mark.django_db
def test_steps_without_times_are_numbered_and_stay_off_the_booking(client):
    booking = VisitBookingFactory(slot__offer__programme_of_day="Look\nTry")
    assert '<ol class="steps-l"><li>Look</li>' in client.get(booking.slot.offer.get_absolute_url()).text
    assert "Look" not in Calendar.from_ical(calendar_of(booking)).walk("VEVENT")[0].get("description", "")
