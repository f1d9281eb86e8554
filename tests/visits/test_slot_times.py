from datetime import UTC, date, datetime, time

import pytest
from django.utils import translation

from regions.days_off import day_off
from visits.slot_times import NoSuchTime, calendar_days_between, days_before, local_time

SPRING = date(2027, 3, 28)  # the clocks go from 02:00 to 03:00
AUTUMN = date(2027, 10, 31)  # the clocks go from 03:00 back to 02:00


@pytest.mark.parametrize(
    ("day", "clock", "moment"),
    [
        (date(2027, 1, 15), time(9), datetime(2027, 1, 15, 8, tzinfo=UTC)),
        (date(2027, 6, 15), time(9), datetime(2027, 6, 15, 7, tzinfo=UTC)),
        (SPRING, time(1, 59), datetime(2027, 3, 28, 0, 59, tzinfo=UTC)),
        (SPRING, time(3), datetime(2027, 3, 28, 1, tzinfo=UTC)),
        (AUTUMN, time(2, 30), datetime(2027, 10, 31, 0, 30, tzinfo=UTC)),  # the first of two
        (AUTUMN, time(3), datetime(2027, 10, 31, 2, tzinfo=UTC)),
    ],
)
def test_local_time_is_what_the_clock_on_the_wall_shows(day, clock, moment):
    assert local_time(day, clock) == moment


@pytest.mark.parametrize("clock", [time(2), time(2, 30), time(2, 59)])
def test_local_time_that_the_clocks_jump_over_is_refused(clock):
    with pytest.raises(NoSuchTime):
        local_time(SPRING, clock)


def test_days_before_keeps_the_time_on_the_clock():
    start = local_time(date(2027, 3, 30), time(9))
    earlier = days_before(start, 7)
    assert earlier == local_time(date(2027, 3, 23), time(9))
    assert (start - earlier).total_seconds() == (7 * 24 - 1) * 3600
    assert calendar_days_between(earlier, start) == 7


@pytest.mark.parametrize(
    ("day", "country", "language", "name"),
    [
        (date(2027, 6, 25), "SE", "sv", "Midsommarafton"),
        (date(2027, 6, 25), "NO", "sv", ""),
        (date(2028, 5, 17), "NO", "nb", "Grunnlovsdag"),
        (date(2028, 5, 17), "NO", "nn", "Grunnlovsdag"),
        (date(2028, 5, 17), "NO", "en", "Constitution Day"),
        (date(2028, 5, 17), "NO", "sv", "Grunnlovsdag"),  # the calendar does not speak Swedish: its own language
        (date(2028, 5, 17), "SE", "sv", ""),
        (date(2027, 1, 6), "SE", "en", "Epiphany"),
        (date(2027, 9, 4), "SE", "en", "Saturday"),
        (date(2027, 9, 5), "NO", "en", "Sunday"),
        (date(2027, 9, 6), "SE", "en", ""),
    ],
)
def test_day_off_names_holidays_and_weekends(day, country, language, name):
    with translation.override(language):
        assert day_off(day, country) == name
