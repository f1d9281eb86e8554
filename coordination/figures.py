"""The coordinator's figures: for each one the rows behind it, the municipality it belongs to and how it is counted.

A figure and its list of rows come from the same queryset: what is counted is what is shown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any

from django.db.models import Count, DateTimeField, Exists, Min, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from companies.enums import InterestLevel
from companies.models import Company, InterestAnswer
from regions.models import Municipality, Region
from regions.school_year import first_day, last_day
from schools.models import School
from visits.enums import LIVE_STATES, OUT_KINDS, Attendance, BookingState
from visits.models import PlanStep, VisitBooking, VisitBookingQuerySet, VisitOffer, VisitSlot

_CONFIRMED = Q(state=BookingState.CONFIRMED)

# Groups of fewer pupils are not shown: a handful may be known by name. A sum of pupils is a sum of the groups that are
# shown, with a plus for those that are not. So nothing on any page depends on how many pupils a hidden group has, and
# no subtraction of one sum from another finds it out.
HIDDEN_BELOW = 5


@dataclass(frozen=True)
class Scope:
    """One region in one school year."""

    region: Region
    year: int

    @cached_property
    def municipalities(self) -> list[Municipality]:
        return list(self.region.municipalities.all())

    @property
    def begins_at(self) -> datetime:
        return _midnight(first_day(self.year))

    @property
    def ends_at(self) -> datetime:
        """The first moment after the year."""
        return _midnight(last_day(self.year) + timedelta(days=1))


@dataclass(frozen=True)
class Period(Scope):
    """One region in a period of one's own choice."""

    begins_on: date
    ends_on: date

    @property
    def begins_at(self) -> datetime:
        return _midnight(self.begins_on)

    @property
    def ends_at(self) -> datetime:
        return _midnight(self.ends_on + timedelta(days=1))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=timezone.get_default_timezone())


def _companies(scope: Scope) -> QuerySet[Company]:
    return Company.objects.listed().filter(joined_at__lt=scope.ends_at)


def _interested(scope: Scope) -> QuerySet[InterestAnswer]:
    return InterestAnswer.objects.filter(
        school_year=scope.year, level__in=[InterestLevel.YES, InterestLevel.MAYBE], company__ceased_at=None
    )


def _offers(scope: Scope) -> QuerySet[VisitOffer]:
    return VisitOffer.objects.published().filter(published_at__lt=scope.ends_at)


def _slots(scope: Scope) -> QuerySet[VisitSlot]:
    return VisitSlot.objects.filter(
        starts_at__gte=scope.begins_at,
        starts_at__lt=scope.ends_at,
        cancelled_at=None,
        offer__published_at__isnull=False,
    )


def _bookings(scope: Scope) -> VisitBookingQuerySet:
    return VisitBooking.objects.filter(slot__starts_at__gte=scope.begins_at, slot__starts_at__lt=scope.ends_at)


def confirmed_of_school(scope: Scope) -> VisitBookingQuerySet:
    """The confirmed visits of the school in the outer query. By the booking's own time: an index holds it."""
    in_year = VisitBooking.objects.filter(
        during__startswith__gte=scope.begins_at, during__startswith__lt=scope.ends_at, school=OuterRef("pk")
    )
    return in_year.filter(state=BookingState.CONFIRMED)


def _held() -> Q:
    return _CONFIRMED & Q(slot__ends_at__lte=timezone.now())


def _coming() -> Q:
    return _CONFIRMED & Q(slot__ends_at__gt=timezone.now())


def _reached(scope: Scope) -> VisitBookingQuerySet:
    """Visits with the pupils who were there: those who came where the host has told, else those who were booked."""
    held = _bookings(scope).filter(_held()).exclude(outcome__attendance=Attendance.NO_SHOW)
    return held.annotate(pupils_there=Coalesce("outcome__pupils_came", "pupil_count"))


def _schools(scope: Scope) -> QuerySet[School]:
    return School.objects.active()


def _with_visit(scope: Scope) -> Q:
    return Q(Exists(confirmed_of_school(scope)))


def _with_at_least(number: int) -> Callable[[Scope], Q]:
    def which(scope: Scope) -> Q:
        several = confirmed_of_school(scope).order_by().values("school").annotate(visits=Count("pk"))
        return Q(Exists(several.filter(visits__gte=number)))

    return which


def _with_plan(scope: Scope) -> Q:
    return Q(Exists(PlanStep.objects.filter(school=OuterRef("pk"))))


def _not_out(scope: Scope) -> Q:
    return ~Q(Exists(confirmed_of_school(scope).filter(slot__offer__kind__in=OUT_KINDS)))


def _first_booked(scope: Scope) -> Subquery:
    """When the first confirmed visit of the school in the outer query was booked."""
    first = confirmed_of_school(scope).order_by().values("school").annotate(first=Min("requested_at"))
    return Subquery(first.values("first"), output_field=DateTimeField())


@dataclass(frozen=True)
class Figure:
    """What is counted, of which rows. Figures over the same rows in the same place are counted by one query.

    `base` are the rows and `which` of them it counts; `place` leads from a row to its municipality; `amount` is summed,
    or rows counted; `counted_at` is when a row began to count, where the figure is shown as a line through the year.
    """

    key: str
    label: str | Promise
    explained: str | Promise
    rows_kind: str  # how the rows are listed: coordination/figure_rows.py
    base: Callable[[Scope], QuerySet[Any]]
    place: str
    which: Callable[[Scope], Q] = lambda scope: Q()
    amount: str = ""
    counts_pupils: bool = False
    counted_at: str | Callable[[Scope], Any] = ""

    def rows_in(self, scope: Scope) -> QuerySet[Any]:
        """The rows of the whole region."""
        return self.base(scope).filter(self.which(scope), **{f"{self.place}__in": scope.municipalities})

    def total(self, which: Q) -> Count | Sum:
        """The figure over those rows of a query that it counts."""
        if not self.amount:
            return Count("pk", filter=which)
        return Sum(
            self.amount, filter=which & Q(**{f"{self.amount}__gte": HIDDEN_BELOW}) if self.counts_pupils else which
        )

    def hidden(self, which: Q) -> Count:
        """How many of those rows are too small to be shown."""
        return Count(
            "pk", filter=which & Q(**{f"{self.amount}__lt": HIDDEN_BELOW}) if self.counts_pupils else Q(pk=None)
        )

    def of(self, rows: QuerySet[Any]) -> Cell:
        """The figure of some of its rows."""
        found = rows.order_by().aggregate(total=self.total(Q()), hidden=self.hidden(Q()))
        return Cell(self, found["total"] or 0, found["hidden"])


_HOST = "slot__offer__workplace__municipality"

FIGURES = {
    figure.key: figure
    for figure in [
        Figure(
            "companies-joined",
            _("Companies joined"),
            _("Hosts that have joined and can be found by schools: companies, schools and centres."),
            "company",
            _companies,
            "municipality",
            counted_at="joined_at",
        ),
        Figure(
            "companies-interested",
            _("Companies interested"),
            _("Companies that have answered yes or maybe for the school year, with or without an account."),
            "interest",
            _interested,
            "company__municipality",
        ),
        Figure(
            "offers-published",
            _("Visits offered"),
            _("Published offers that schools can find now, where the workplace is."),
            "offer",
            _offers,
            "workplace__municipality",
        ),
        Figure(
            "places-offered",
            _("Places offered"),
            _("Places for pupils at all times of the school year, where the workplace is."),
            "slot",
            _slots,
            "offer__workplace__municipality",
            amount="pupils_capacity",
        ),
        Figure(
            "places-booked",
            _("Places booked"),
            _("Pupils in requested and confirmed bookings of the school year, where the workplace is."),
            "booking",
            _bookings,
            _HOST,
            lambda scope: Q(state__in=LIVE_STATES),
            amount="pupil_count",
            counts_pupils=True,
            counted_at="requested_at",
        ),
        Figure(
            "visits-held",
            _("Visits held"),
            _("Confirmed visits that have taken place, where the workplace is."),
            "booking",
            _bookings,
            _HOST,
            lambda scope: _held(),
            counted_at="slot__starts_at",
        ),
        Figure(
            "visits-coming",
            _("Visits coming"),
            _("Confirmed visits that lie ahead, where the workplace is."),
            "booking",
            _bookings,
            _HOST,
            lambda scope: _coming(),
        ),
        Figure(
            "nobody-came",
            _("Nobody came"),
            _("Agreed visits to which no class came, as the host tells it, where the workplace is."),
            "booking",
            _bookings,
            _HOST,
            lambda scope: _held() & Q(outcome__attendance=Attendance.NO_SHOW),
        ),
        Figure(
            "pupils-reached",
            _("Pupils reached"),
            _(
                "Pupils in visits that have taken place, where their school is. A class on two visits counts twice."
                " Where the host has said how many came, those count."
            ),
            "booking",
            _reached,
            "school__municipality",
            amount="pupils_there",
            counts_pupils=True,
        ),
        Figure(
            "schools-with-visit",
            _("Schools with a visit"),
            _("Schools with at least one confirmed visit in the school year."),
            "school",
            _schools,
            "municipality",
            _with_visit,
            counted_at=_first_booked,
        ),
        Figure(
            "schools-with-several",
            _("Schools with two visits or more"),
            _("Schools with at least two confirmed visits in the school year: whether a few carry many."),
            "school",
            _schools,
            "municipality",
            _with_at_least(2),
        ),
        Figure(
            "schools-with-three",
            _("Schools with three visits or more"),
            _("Schools with at least three confirmed visits in the school year."),
            "school",
            _schools,
            "municipality",
            _with_at_least(3),
        ),
        Figure(
            "schools-not-out",
            _("Schools not out yet"),
            _("Schools without a confirmed company visit or theme day in the school year."),
            "school",
            _schools,
            "municipality",
            _not_out,
        ),
        Figure(
            "schools-with-plan",
            _("Schools with a plan"),
            _("Schools that have written what each grade meets, whatever the school year."),
            "school",
            _schools,
            "municipality",
            _with_plan,
        ),
        Figure("schools", _("Schools in all"), _("All active schools."), "school", _schools, "municipality"),
        Figure(
            "requests-waiting",
            _("Requests waiting"),
            _("Requests for visits in the school year that the host has not answered, where the workplace is."),
            "booking",
            _bookings,
            _HOST,
            lambda scope: Q(state=BookingState.PENDING),
        ),
        Figure(
            "requests-expired",
            _("Requests without an answer"),
            _("Requests and proposals of the school year that ended because nobody answered, where the workplace is."),
            "booking",
            _bookings,
            _HOST,
            lambda scope: Q(state=BookingState.EXPIRED),
        ),
        Figure(
            "cancelled-late",
            _("Cancelled late"),
            _("Agreed visits that the school or the host cancelled after the last free day, where the workplace is."),
            "booking",
            _bookings,
            _HOST,
            lambda scope: Q(late=True),
        ),
    ]
}


# A table of all figures is wider than any screen: the page shows one of these.
TABLES: dict[str, tuple[str | Promise, list[str]]] = {
    "visits": (
        _("Visits"),
        ["visits-held", "visits-coming", "pupils-reached", "places-booked", "nobody-came"],
    ),
    "schools": (
        _("Schools"),
        [
            *["schools", "schools-with-visit", "schools-with-several", "schools-with-three", "schools-not-out"],
            "schools-with-plan",
        ],
    ),
    "hosts": (_("Hosts"), ["companies-joined", "companies-interested", "offers-published", "places-offered"]),
    "answers": (_("Answers"), ["requests-waiting", "requests-expired", "cancelled-late"]),
}


@dataclass(frozen=True)
class Cell:
    """A figure of one municipality, or of the region: what may be shown of it, and how many rows may not."""

    figure: Figure
    value: int
    hidden_rows: int = 0

    @property
    def is_empty(self) -> bool:
        return not self.value and not self.hidden_rows

    @property
    def shown(self) -> int | str:
        if not self.hidden_rows:
            return self.value
        # Each hidden row is of 1 to 4 pupils: more than that says nobody.
        return f"{self.value}+" if self.value else f"<{self.hidden_rows * (HIDDEN_BELOW - 1) + 1}"


@dataclass(frozen=True)
class MunicipalityFigures:
    municipality: Municipality
    cells: list[Cell]
