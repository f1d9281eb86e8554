"""How a key figure has grown through the school year: a course for the line beside it, and a sentence."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, DateTimeField, Min, Q, QuerySet, Subquery, Sum
from django.db.models.functions import TruncMonth
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coordination.figures import FIGURES, HIDDEN_BELOW, Figure, Scope, confirmed_of_school

LATELY = timedelta(days=30)


@dataclass(frozen=True)
class Trend:
    """The figure at the end of each month so far, and what has come in the last 30 days, in words."""

    course: list[int]
    words: str


def _first_booked(rows: QuerySet[Any], scope: Scope) -> QuerySet[Any]:
    """When each school's first confirmed visit of the year was booked."""
    confirmed = confirmed_of_school(scope)
    first = confirmed.order_by().values("school").annotate(first=Min("requested_at")).values("first")
    return rows.annotate(counted_at=Subquery(first, output_field=DateTimeField()))


# The key figures, and when a row of each began to count.
_COUNTED_AT: dict[str, str | Callable[[QuerySet[Any], Scope], QuerySet[Any]]] = {
    "companies-joined": "joined_at",
    "visits-held": "slot__starts_at",
    "places-booked": "requested_at",
    "schools-with-visit": _first_booked,
}


def trend_of(key: str, scope: Scope) -> Trend | None:
    """None for a year that has not begun: there is nothing to draw."""
    now = timezone.now()
    if scope.begins_at > now:
        return None
    figure, counted_at = FIGURES[key], _COUNTED_AT[key]
    rows = figure.rows_in(scope).order_by()
    if callable(counted_at):
        rows, counted_at = counted_at(rows, scope), "counted_at"
    months = (
        rows.annotate(month=TruncMonth(counted_at))
        .values("month")
        .annotate(amount=_amount(figure), lately=_amount(figure, Q(**{f"{counted_at}__gt": now - LATELY})))
        .values_list("month", "amount", "lately")
    )
    found = [(_day(month), amount or 0, lately or 0) for month, amount, lately in months if month]
    course = [
        sum(amount for month, amount, _lately in found if month <= end)
        for end in _months(scope.begins_at, min(now, scope.ends_at - timedelta(seconds=1)))
    ]
    return Trend(course, _in_words(sum(lately for _month, _amount, lately in found)) if now < scope.ends_at else "")


def _amount(figure: Figure, condition: Q | None = None) -> Count | Sum:
    """Rows, or what they hold; groups that may not be shown are not in the line either."""
    condition = condition or Q()
    if not figure.amount:
        return Count("pk", filter=condition)
    if figure.counts_pupils:
        condition &= Q(**{f"{figure.amount}__gte": HIDDEN_BELOW})
    return Sum(figure.amount, filter=condition)


def _in_words(lately: int) -> str:
    if not lately:
        return _("As many as 30 days ago.")
    return ngettext("%(count)d more than 30 days ago.", "%(count)d more than 30 days ago.", lately) % {"count": lately}


def _day(moment: datetime) -> date:
    return timezone.localdate(moment)


def _months(begin: datetime, end: datetime) -> list[date]:
    """The first day of each month from one moment to the other."""
    day, last, months = _day(begin).replace(day=1), _day(end), []
    while day <= last:
        months.append(day)
        day = (day + timedelta(days=32)).replace(day=1)
    return months
