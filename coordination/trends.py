"""How a key figure has grown through the school year: a course for the line beside it, and a sentence."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coordination.figure_counts import RegionFigures


@dataclass(frozen=True)
class Trend:
    """The figure at the end of each month so far, and what has come in the last 30 days, in words."""

    course: list[int]
    words: str


def trend_of(key: str, figures: RegionFigures) -> Trend | None:
    """None for a year that has not begun: there is nothing to draw."""
    now, scope = timezone.now(), figures.scope
    if scope.begins_at > now:
        return None
    months = figures.months[key]
    course = [
        sum(month.amount for month in months if month.begins <= end)
        for end in _months(scope.begins_at, min(now, scope.ends_at - timedelta(seconds=1)))
    ]
    return Trend(course, _in_words(sum(month.lately for month in months)) if now < scope.ends_at else "")


def _in_words(lately: int) -> str:
    if not lately:
        return _("As many as 30 days ago.")
    return ngettext("%(count)d more than 30 days ago.", "%(count)d more than 30 days ago.", lately) % {"count": lately}


def _months(begin: datetime, end: datetime) -> list[date]:
    """The first day of each month from one moment to the other."""
    day, last, months = timezone.localdate(begin).replace(day=1), timezone.localdate(end), []
    while day <= last:
        months.append(day)
        day = (day + timedelta(days=32)).replace(day=1)
    return months
