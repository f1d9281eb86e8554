"""The school year: August to July (RULES §6), named by the year it begins in."""

from datetime import date

from django.utils import timezone

from regions.enums import Term

FIRST_MONTH = 8


def school_year_of(day: date) -> int:
    """2026 for every day from 1 August 2026 to 31 July 2027."""
    return day.year if day.month >= FIRST_MONTH else day.year - 1


def current_school_year() -> int:
    return school_year_of(timezone.localdate())


def first_day(year: int) -> date:
    return date(year, FIRST_MONTH, 1)


def last_day(year: int) -> date:
    return date(year + 1, FIRST_MONTH - 1, 31)


def term_days(year: int, term: Term) -> tuple[date, date]:
    """First and last day of a term: the autumn ends with the year."""
    if term == Term.AUTUMN:
        return first_day(year), date(year, 12, 31)
    return date(year + 1, 1, 1), last_day(year)


def term_of(day: date) -> Term:
    return Term.AUTUMN if day.month >= FIRST_MONTH else Term.SPRING


def label(year: int) -> str:
    """How people write it: 2026/27."""
    return f"{year}/{(year + 1) % 100:02d}"
