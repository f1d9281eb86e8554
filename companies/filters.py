from typing import Any

import django_filters
from django.conf import settings
from django.db.models import BooleanField, Case, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet, Subquery, When
from django.utils.translation import gettext_lazy as _

from companies.enums import CompanyKind, InterestKind, InterestLevel
from companies.models import CompanyTraits, InterestAnswer, Workplace
from companies.place_filters import PlaceFilterSet, own_point
from companies.search import refresh_company_rows
from core.distance import Point, in_box_around, kilometres_from
from core.facets import ModelFacet, MultipleChoiceFacet
from occupations.models import Industry
from regions.models import Municipality
from regions.school_year import current_school_year

LEVELS_THAT_TAKE = [InterestLevel.YES, InterestLevel.MAYBE]


def current_interest() -> "QuerySet[InterestAnswer]":
    """What companies could take this school year: their yes and their maybe."""
    return InterestAnswer.objects.filter(school_year=current_school_year(), level__in=LEVELS_THAT_TAKE)


class CompanyFilter(PlaceFilterSet):
    """The public search over companies, among search rows."""

    takes = MultipleChoiceFacet(
        choices=InterestKind.choices,
        field_name="takes",
        lookup_expr="overlap",
        label=_("Takes this school year"),
        group="traits_id",
        columns=("takes",),
        value="unnest(takes)",
    )
    industry = ModelFacet(
        queryset=Industry.objects.all(),
        field_name="industry_id",
        label=_("Industry"),
        group="industry_id",
        value="industry_id",
    )
    kind = MultipleChoiceFacet(
        choices=CompanyKind.choices,
        field_name="kind",
        lookup_expr="in",
        label=_("Kind"),
        group="traits_id",
        value="kind",
    )
    sort = django_filters.ChoiceFilter(
        method="unchanged", choices=[("nearest", _("Nearest first")), ("name", _("By name"))], label=_("Order")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not settings.KEEP_SECONDS:
            refresh_company_rows()

    order_columns = ["id", "name", "rank", "km"]
    groups = {"municipality_id": Municipality, "traits_id": CompanyTraits, "industry_id": None}
    orders = {"": "rank DESC, name, id", "nearest": "km NULLS LAST, name, id", "name": "name, id"}

    def with_words(self, queryset: "QuerySet[Any]", name: str, value: str) -> "QuerySet[Any]":
        """Companies that have all the words; first those that have them in their name."""
        query = self.words_asked_for(value)
        in_name = ExpressionWrapper(Q(text__name_words=query), output_field=BooleanField())
        return queryset.filter(text__words=query).annotate(rank=in_name)

    def measured_from(self, start: Point, queryset: "QuerySet[Any]", max_km: int | None) -> "QuerySet[Any]":
        """A company is as near as its nearest workplace; without a trusted point it is at its municipality's seat."""
        workplaces = Workplace.objects.filter(own_point(), company=OuterRef("pk"), is_active=True)
        if max_km is not None:
            others = workplaces.filter(in_box_around(start, max_km, "lat", "lon"))
            queryset = queryset.filter(
                in_box_around(start, max_km, "lat", "lon") | Q(Q(has_more_points=True), Exists(others))
            )
        nearest = workplaces.annotate(km=kilometres_from(start, "lat", "lon")).order_by("km").values("km")[:1]
        queryset = queryset.annotate(
            km=Case(
                When(has_more_points=True, then=Subquery(nearest)),
                When(lat__isnull=False, then=kilometres_from(start, "lat", "lon")),
            )
        )
        return queryset.filter(km__lte=max_km) if max_km is not None else queryset

    def found_sql(self, columns: list[str]) -> tuple[str, tuple[Any, ...]]:
        """The listed companies that the parameters describe. They have no times to be booked."""
        rows = self.qs.annotate(id=F("company_id"))
        sql, params = rows.values(*columns, *self.fits_columns).order_by().query.sql_with_params()
        return f"SELECT companies.*, 0 AS free, NULL::timestamptz AS next_free_at FROM ({sql}) AS companies", params  # noqa: S608
