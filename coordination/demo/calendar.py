"""The days on which the demo's visits are held: weekdays in term, without public holidays."""

from datetime import date, timedelta
from functools import cache

import holidays

from regions.school_year import first_day, last_day, school_year_of

# Weeks when most schools are closed: autumn and winter holidays.
_CLOSED_WEEKS = {"SE": {44, 8}, "NO": {40, 8}}
_JULY = 7
_SWEDISH = dict.fromkeys([6, 7, 8], "Sommarlov") | dict.fromkeys([10, 11], "Höstlov") | dict.fromkeys([12, 1], "Jullov")
_NORWEGIAN = (
    dict.fromkeys([6, 7, 8], "Sommerferie") | dict.fromkeys([9, 10], "Høstferie") | dict.fromkeys([12, 1], "Juleferie")
)
_NAMES = {"SE": _SWEDISH | {2: "Sportlov"}, "NO": _NORWEGIAN | {2: "Vinterferie"}}
_AHEAD = timedelta(days=130)


def school_days(country: str, today: date) -> list[date]:
    """School days of this year; when the summer is near, of the autumn after it too."""
    year = school_year_of(today)
    first = first_day(year) + timedelta(days=17)  # schools begin in the second half of August
    last = max(last_day(year) - timedelta(days=45), today + _AHEAD)
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return [day for day in days if is_school_day(country, day)]


def closed_days(country: str, today: date) -> list[tuple[date, str]]:
    """The holidays of this school year, and of a near next one: weekdays, each with the name people use."""
    years = {school_year_of(today), school_year_of(today + _AHEAD)}
    return [day for year in sorted(years) for day in _closed_days_of(country, year)]


def _closed_days_of(country: str, year: int) -> list[tuple[date, str]]:
    days = (first_day(year) + timedelta(days=number) for number in range((last_day(year) - first_day(year)).days + 1))
    off = (day for day in days if not is_school_day(country, day) and day not in _public_holidays(country, day.year))
    return [(day, _NAMES[country][day.month]) for day in off if day.weekday() < 5]


def is_school_day(country: str, day: date) -> bool:
    if day.weekday() > 4 or day.month == _JULY or day in _public_holidays(country, day.year):
        return False
    around_midsummer = (day.month == 6 and day.day > 15) or (day.month == 8 and day.day < 18)
    around_christmas = (day.month == 12 and day.day > 19) or (day.month == 1 and day.day < 8)
    return not around_midsummer and not around_christmas and day.isocalendar().week not in _CLOSED_WEEKS[country]


@cache
def _public_holidays(country: str, year: int) -> holidays.HolidayBase:
    return holidays.country_holidays(country, years=year)
