import re
from datetime import date, timedelta
from typing import Any, ClassVar

import django_filters
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import BooleanField, Case, Count, ExpressionWrapper, F, Min, Q, QuerySet, When
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.enums import Language
from companies.enums import CompanyKind
from companies.place_filters import PlaceFilterSet, WholeNumberFilter
from core.dates import midnight
from core.distance import Point, in_box_around, kilometres_from
from core.facets import ChoiceFacet, ModelFacet, MultipleChoiceFacet
from core.kept import this_moment
from occupations.models import Industry, Occupation
from regions.models import Municipality
from schools.enums import Grade
from visits import subjects
from visits.enums import VisitKind
from visits.models import HAS_PLACES, SearchOccupations, SearchTraits, VisitSlot, is_open
from visits.search import refresh_rows

FIRST_DAY, LAST_DAY = date(2020, 1, 1), date(2099, 12, 31)
MAX_WEEKS = 20


class WeeksField(forms.CharField):
    """ISO weeks as schools write them: "12", "12-14", "12, 14". Each means its next time, this year or the next."""

    def clean(self, value: Any) -> list[date]:
        text = super().clean(value)
        numbers: list[int] = []
        for part in re.split(r"[\s,]+", re.sub(r"\s*[-–]\s*", "-", text)) if text else []:
            ends = re.fullmatch(r"(\d{1,2})(?:-(\d{1,2}))?", part, re.ASCII)
            if not ends:
                raise ValidationError(gettext("Write weeks as 12, 12–14 or 12, 14."))
            first, last = int(ends[1]), int(ends[2] or ends[1])
            numbers += range(first, last + 1) if first <= last else [*range(first, 53), *range(1, last + 1)]
        return [_next_monday_of(number) for number in dict.fromkeys(numbers[:MAX_WEEKS])]


def _next_monday_of(week: int) -> date:
    today = timezone.localdate()
    for year in range(today.isocalendar().year, today.year + 2):
        try:
            monday = date.fromisocalendar(year, week, 1)
        except ValueError:
            continue
        if monday + timedelta(days=6) >= today:
            return monday
    raise ValidationError(gettext("There is no week %(week)s in the coming year."), params={"week": week})


class WeeksFilter(django_filters.Filter):
    field_class = WeeksField


class FlagFilter(django_filters.Filter):
    field_class = forms.BooleanField


class OccupationFacet(ModelFacet):
    def has(self, value: Any) -> Q:
        return Q(occupations__contains=[value.pk])


class SubjectFacet(ChoiceFacet):
    """One school subject; offered are those that some visit names."""

    def has(self, value: Any) -> Q:
        return Q(subjects__contains=[value])

    def labels(self, values: set[str], chosen: list[str]) -> list[tuple[str, str]]:
        return [(code, name) for code, name in super().labels(values, chosen) if code in values]


class GradeFacet(ChoiceFacet):
    def has(self, value: Any) -> Q:
        return Q(lowest_grade__lte=value, highest_grade__gte=value)


def _day_filter(label: Any) -> django_filters.DateFilter:
    validators = [MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)]
    return django_filters.DateFilter(method="unchanged", label=label, validators=validators)


class OfferFilter(PlaceFilterSet):
    """The public search over visits, among search rows. Times are conditions on one and the same slot of the offer."""

    kind = MultipleChoiceFacet(
        choices=VisitKind.choices,
        field_name="kind",
        lookup_expr="in",
        label=_("Kind"),
        group="traits_id",
        value="kind",
    )
    host = MultipleChoiceFacet(
        choices=CompanyKind.choices,
        field_name="host_kind",
        lookup_expr="in",
        label=_("Kind of host"),
        group="traits_id",
        value="host_kind",
    )
    grade = GradeFacet(
        choices=Grade.choices,
        coerce=int,
        label=_("Grade"),
        group="traits_id",
        columns=("lowest_grade", "highest_grade"),
        value="generate_series(lowest_grade::int, highest_grade)",
    )
    language = MultipleChoiceFacet(
        choices=Language.choices,
        field_name="languages",
        lookup_expr="overlap",
        label=_("Language"),
        group="traits_id",
        columns=("languages",),
        value="unnest(languages)",
    )
    subject = SubjectFacet(
        choices=subjects.ALL_CHOICES,
        label=_("School subject"),
        group="traits_id",
        columns=("subjects",),
        value="unnest(subjects)",
    )
    occupation = OccupationFacet(
        queryset=Occupation.objects.all(),
        label=_("Occupation"),
        group="occupations_id",
        columns=("occupations",),
        value="unnest(occupations)",
    )
    industry = ModelFacet(
        queryset=Industry.objects.all(),
        field_name="industry_id",
        label=_("Industry"),
        group="industry_id",
        value="industry_id",
    )
    pupils = WholeNumberFilter(method="for_group_of", label=_("Pupils"), min_value=1, max_value=500)
    weeks = WeeksFilter(
        method="unchanged", label=_("Weeks"), max_length=60, help_text=_("For example 12, 12–14 or 12, 14.")
    )
    coming = WholeNumberFilter(method="unchanged", label=_("In the coming weeks"), min_value=1, max_value=MAX_WEEKS)
    first_day = _day_filter(_("From"))
    last_day = _day_filter(_("To"))
    free = FlagFilter(method="unchanged", label=_("Only with free times"))
    no_cost = FlagFilter(method="without_cost", label=_("Only free of charge"))
    sort = django_filters.ChoiceFilter(
        method="unchanged", choices=[("nearest", _("Nearest first")), ("soonest", _("Soonest first"))], label=_("Order")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not settings.KEEP_SECONDS:
            refresh_rows()

    chip_words: ClassVar = PlaceFilterSet.chip_words | {"coming": _("In the next %(value)s weeks")}
    order_columns = ["id", "title", "rank", "km"]
    groups = {
        "municipality_id": Municipality,
        "traits_id": SearchTraits,
        "occupations_id": SearchOccupations,
        "industry_id": None,
    }
    orders = {
        "": "(free > 0) DESC, rank DESC, km NULLS LAST, next_free_at NULLS LAST, title, id",
        "nearest": "km NULLS LAST, next_free_at NULLS LAST, title, id",
        "soonest": "next_free_at NULLS LAST, rank DESC, title, id",
    }

    def with_words(self, queryset: "QuerySet[Any]", name: str, value: str) -> "QuerySet[Any]":
        """Offers that have all the words; first those that have them in their title."""
        query = self.words_asked_for(value)
        in_title = ExpressionWrapper(Q(text__title_words=query), output_field=BooleanField())
        return queryset.filter(text__words=query).annotate(rank=in_title)

    def for_group_of(self, queryset: "QuerySet[Any]", name: str, value: int) -> "QuerySet[Any]":
        return queryset.filter(group_min__lte=value, group_max__gte=value, most_places__gte=value)

    def without_cost(self, queryset: "QuerySet[Any]", name: str, value: bool) -> "QuerySet[Any]":
        return queryset.filter(is_free_of_charge=True) if value else queryset

    def measured_from(self, start: Point, queryset: "QuerySet[Any]", max_km: int | None) -> "QuerySet[Any]":
        """From where the class goes; a visit on a screen is near everybody."""
        on_screen = Q(lat=None)
        if max_km is not None:
            queryset = queryset.filter(on_screen | in_box_around(start, max_km, "lat", "lon"))
        queryset = queryset.annotate(km=Case(When(~on_screen, then=kilometres_from(start, "lat", "lon"))))
        if self.start and self.start.is_school:
            queryset = queryset.filter(Q(travel_km=None) | Q(km__lte=F("travel_km")))
        return queryset.filter(on_screen | Q(km__lte=max_km)) if max_km is not None else queryset

    @property
    def free_slot(self) -> Q:
        """A slot that can be booked now by the group the reader has in mind."""
        free = is_open(this_moment()) & HAS_PLACES
        if pupils := self.chosen.get("pupils"):
            free &= Q(pupils_capacity__gte=F("pupils_taken") + pupils)
        return free

    @property
    def in_period(self) -> Q:
        """Slots in the weeks and between the days that the reader asks for."""
        in_weeks = Q()
        for monday in self.chosen.get("weeks", []):
            in_weeks |= Q(starts_at__gte=midnight(monday), starts_at__lt=midnight(monday + timedelta(days=7)))
        period = in_weeks
        if coming := self.chosen.get("coming"):  # counted anew each day: a search that is kept moves along
            period &= Q(starts_at__lt=midnight(timezone.localdate() + timedelta(weeks=coming, days=1)))
        if first_day := self.chosen.get("first_day"):
            period &= Q(starts_at__gte=midnight(first_day))
        if last_day := self.chosen.get("last_day"):
            period &= Q(starts_at__lt=midnight(last_day + timedelta(days=1)))
        return period

    def found_sql(self, columns: list[str]) -> tuple[str, tuple[Any, ...]]:
        """The published offers that the parameters describe, with the free times among those asked for."""
        rows = self.qs.annotate(id=F("offer_id"))
        must_be_free = "free" in self.chosen or "pupils" in self.chosen
        if "pupils" not in self.chosen and not self.in_period:  # then any time will do, and the rows know them
            rows = rows.filter(free__gt=0) if must_be_free else rows
            return rows.values(*columns, *self.fits_columns, "free", "next_free_at").order_by().query.sql_with_params()
        slots = VisitSlot.objects.filter(self.in_period, starts_at__gt=this_moment(), cancelled_at=None)
        slots = slots.filter(self.free_slot) if must_be_free else slots
        times = slots.values("offer_id").annotate(
            free=Count("pk", filter=self.free_slot), next_free_at=Min("starts_at", filter=self.free_slot)
        )
        columns = list(dict.fromkeys(["id", *columns]))
        rows_sql, rows_params = rows.values(*columns, *self.fits_columns).order_by().query.sql_with_params()
        times_sql, times_params = times.order_by().query.sql_with_params()
        return (
            "SELECT rows.*, times.free, times.next_free_at"  # noqa: S608 - Django has written the parts
            f" FROM ({rows_sql}) AS rows JOIN ({times_sql}) AS times ON times.offer_id = rows.id",
            (*rows_params, *times_params),
        )
