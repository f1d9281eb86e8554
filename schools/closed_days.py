"""Days without lessons: told by schools and their owners, read from calendars, asked about when visits are planned."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from core.errors import ActionRefused
from regions.days_off import public_holiday
from regions.school_year import first_day, last_day, school_year_of
from schools.enums import DaySource
from schools.models import ClosedDay, School

_SATURDAY = 5
LONGEST_DAYS = 100  # the summer holidays are some fifty weekdays


@dataclass(frozen=True)
class Period:
    """Days in a row with one reason, over weekends and public holidays. `schools` of an owner that say so."""

    first: date
    last: date
    reason: str
    schools: int = 1


@dataclass(frozen=True)
class ClosedSchools:
    """How many of a municipality's schools that have told their calendar are closed on a day, and why most of them."""

    closed: int
    known: int
    reason: str

    @property
    def is_most(self) -> bool:
        return 2 * self.closed >= self.known


def weekdays(first: date, last: date) -> list[date]:
    """Monday to Friday from the first day to the last, both included."""
    days = (first + timedelta(days=count) for count in range((last - first).days + 1))
    return [day for day in days if day.weekday() < _SATURDAY]


@transaction.atomic
def close_days(schools: QuerySet[School], *, first: date, last: date, reason: str, source: DaySource) -> int:
    """Keep the weekdays as days without lessons at each school; how many are new. Those there already stay as told.

    Raises ActionRefused when no weekday is among them, or more than any holidays have.
    """
    days = weekdays(first, last)
    if not days:
        raise ActionRefused(_("These days are a weekend: there are no lessons then anyway."))
    if len(days) > LONGEST_DAYS:
        raise ActionRefused(
            _("Holidays are at most %(count)d weekdays long. Look at the days.") % {"count": LONGEST_DAYS}
        )
    before = ClosedDay.objects.filter(school__in=schools, day__in=days).count()
    pks = list(schools.values_list("pk", flat=True))
    opened = ClosedDay.all_told.filter(school__in=pks, day__in=days, has_lessons=True)
    opened.update(has_lessons=False, reason=reason, source=source)
    rows = [ClosedDay(school_id=pk, day=day, reason=reason, source=source) for pk in pks for day in days]
    ClosedDay.objects.bulk_create(rows, ignore_conflicts=True, batch_size=5000)
    return ClosedDay.objects.filter(school__in=pks, day__in=days).count() - before


@transaction.atomic
def open_days(schools: QuerySet[School], *, first: date, last: date, reason: str, source: DaySource) -> list[int]:
    """Lessons are held after all on the days that were told with this reason; the keys of the schools it concerns.

    Against a register it is kept who says so: its next edition does not close the days again.
    """
    told = ClosedDay.objects.filter(school__in=schools, day__range=(first, last), reason=reason)
    concerned = list(told.order_by("school").values_list("school", flat=True).distinct())
    told.filter(source=DaySource.REGISTER).update(has_lessons=True, source=source)
    told.delete()
    return concerned


def coming_periods(schools: QuerySet[School]) -> list[Period]:
    """The coming days without lessons, days in a row as one. One query, whatever the number of schools."""
    days = ClosedDay.objects.coming().filter(school__in=schools).order_by("day", "reason")
    told = days.values_list("school__country", "day", "reason").annotate(schools=Count("school"))
    return _in_a_row(told)


def _in_a_row(told: Iterable[tuple[str, date, str, int]]) -> list[Period]:
    open_ones: dict[tuple[str, int], Period] = {}
    periods: list[Period] = []
    for country, day, reason, schools in told:
        before = open_ones.get((reason, schools))
        between = weekdays(before.last + timedelta(days=1), day - timedelta(days=1)) if before else []
        if before and all(public_holiday(each, country) for each in between):
            periods.remove(before)
            period = Period(before.first, day, reason, schools)
        else:
            period = Period(day, day, reason, schools)
        open_ones[reason, schools] = period
        periods.append(period)
    return sorted(periods, key=lambda period: (period.first, period.reason))


def closed_schools(municipality_id: str | None, days: Collection[date]) -> dict[date, ClosedSchools]:
    """For each of the days on which some school of the municipality is closed, how many are.

    Two queries, however many days there are; three when they lie in two school years.
    """
    if not (municipality_id and days):
        return {}
    here = ClosedDay.objects.filter(school__municipality=municipality_id, school__is_active=True).order_by()
    known = {
        year: here.filter(day__range=(first_day(year), last_day(year))).aggregate(n=Count("school", distinct=True))["n"]
        for year in {school_year_of(day) for day in days}
    }
    reasons: dict[date, Counter[str]] = defaultdict(Counter)
    told = here.filter(day__in=set(days)).values_list("day", "reason").annotate(schools=Count("school"))
    for day, reason, schools in told:
        reasons[day][reason] = schools
    return {
        day: ClosedSchools(sum(counts.values()), known[school_year_of(day)], counts.most_common(1)[0][0])
        for day, counts in reasons.items()
    }
