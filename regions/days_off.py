"""Days when schools are closed everywhere in a country: public holidays and weekends."""

from datetime import date
from functools import cache

import holidays
from django.utils.formats import date_format
from django.utils.translation import get_language

_HOLIDAY_LANGUAGES = {"sv": "sv", "nb": "no", "nn": "no", "en": "en_US"}
_SATURDAY = 5


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
