"""Days and clock times as the host means them: on the local calendar, also on the nights when the clocks change."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

import holidays
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language

from visits.enums import MinimumOf

_HOLIDAY_LANGUAGES = {"sv": "sv", "nb": "no", "nn": "no", "en": "en_US"}
_SATURDAY = 5


class NoSuchTime(ValueError):
    """The clocks jump over this local time."""


@dataclass(frozen=True)
class SlotTimes:
    """All a host decides about one time of a visit."""

    starts_at: datetime
    ends_at: datetime
    opens_at: datetime
    closes_at: datetime
    cancel_by: datetime
    pupils_capacity: int
    groups_capacity: int
    minimum: int = 0
    minimum_of: str = MinimumOf.PUPILS
    decide_at: datetime | None = None


def local_time(day: date, clock: time) -> datetime:
    """The moment when local clocks show this. Of two such moments (an autumn night) the first."""
    moment = datetime.combine(day, clock, tzinfo=timezone.get_default_timezone())
    exact = moment.astimezone(UTC)
    if exact.astimezone(moment.tzinfo).replace(tzinfo=None) != datetime.combine(day, clock):
        raise NoSuchTime
    return exact


def days_before(moment: datetime, days: int) -> datetime:
    """The same time on the clock so many calendar days earlier."""
    local = timezone.localtime(moment, timezone.get_default_timezone())
    earlier = datetime.combine(local.date() - timedelta(days=days), local.time(), tzinfo=local.tzinfo)
    return earlier.astimezone(UTC)


def calendar_days_between(earlier: datetime, later: datetime) -> int:
    zone = timezone.get_default_timezone()
    return (timezone.localtime(later, zone).date() - timezone.localtime(earlier, zone).date()).days


@cache
def _public_holidays(country: str, year: int, language: str | None) -> dict[date, str]:
    calendar = getattr(holidays, {"SE": "Sweden", "NO": "Norway"}[country])
    known = language if language in calendar.supported_languages else calendar.default_language
    categories = [name for name in ("public", "de_facto") if name in calendar.supported_categories]
    return dict(calendar(years=year, language=known, categories=categories))


def public_holiday(day: date, country: str) -> str:
    """The holiday's name in the reader's language, or nothing."""
    language = _HOLIDAY_LANGUAGES.get((get_language() or "sv")[:2])
    return _public_holidays(country, day.year, language).get(day, "")


def day_off(day: date, country: str) -> str:
    """Why schools are closed that day, in the reader's language: a public holiday or a weekend. Empty on weekdays."""
    if name := public_holiday(day, country):
        return name
    if day.weekday() >= _SATURDAY:
        return date_format(day, "l")
    return ""
