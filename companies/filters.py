from typing import Any

import django_filters
from django.db.models import Case, Exists, F, FilteredRelation, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from companies.enums import CompanyKind, InterestKind, InterestLevel
from companies.models import InterestAnswer, Workplace
from companies.place_filters import PlaceFilterSet, own_point
from core.distance import Point, in_box_around, kilometres_from
from core.facets import ModelFacet, MultipleChoiceFacet
from occupations.models import Industry
from regions.models import County, Municipality
from regions.school_year import current_school_year

LEVELS_THAT_TAKE = [InterestLevel.YES, InterestLevel.MAYBE]


def current_interest() -> "QuerySet[InterestAnswer]":
    """What companies could take this school year: their yes and their maybe."""
    return InterestAnswer.objects.filter(school_year=current_school_year(), level__in=LEVELS_THAT_TAKE)


class CompanyFilter(PlaceFilterSet):
    """The public search over companies."""

    county = ModelFacet(
        queryset=County.objects.all(),
        field_name="municipality__county",
        label=_("County"),
        group="municipality_id",
        value="county_id",
        except_under=("municipality",),
    )
    municipality = ModelFacet(
        queryset=Municipality.objects.select_related("county"),
        field_name="municipality",
        label=_("Municipality"),
        group="municipality_id",
        value="id",
    )
    takes = MultipleChoiceFacet(
        choices=InterestKind.choices,
        field_name="takes",
        lookup_expr="overlap",
        label=_("Takes this school year"),
        group="takes",
        columns="takes",
        value="unnest(takes)",
    )
    industry = ModelFacet(
        queryset=Industry.objects.all(),
        field_name="industry",
        label=_("Industry"),
        group="industry_id",
        value="industry_id",
    )
    kind = MultipleChoiceFacet(
        choices=CompanyKind.choices, field_name="kind", lookup_expr="in", label=_("Kind"), group="kind", value="kind"
    )
    sort = django_filters.ChoiceFilter(
        method="unchanged", choices=[("nearest", _("Nearest first")), ("name", _("By name"))], label=_("Order")
    )

    order_columns = ["id", "name", "rank", "km"]
    groups = {"municipality_id": "regions_municipality", "kind": None, "industry_id": None, "takes": None}
    orders = {"": "rank DESC, name, id", "nearest": "km NULLS LAST, name, id", "name": "name, id"}

    def filter_queryset(self, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        current = FilteredRelation(
            "interest_answers",
            condition=Q(
                interest_answers__school_year=current_school_year(), interest_answers__level__in=LEVELS_THAT_TAKE
            ),
        )
        return super().filter_queryset(queryset.annotate(current=current, takes=F("current__kinds")))

    def measured_from(self, start: Point, queryset: "QuerySet[Any]", max_km: int | None) -> "QuerySet[Any]":
        """A company is as near as its nearest workplace; without a trusted point it is at its municipality's seat."""
        workplaces = Workplace.objects.filter(own_point(), company=OuterRef("pk"), is_active=True)
        if max_km is not None:
            in_reach = in_box_around(start, max_km, "municipality__lat", "municipality__lon")
            queryset = queryset.filter(in_reach | Exists(workplaces.filter(in_box_around(start, max_km, "lat", "lon"))))
        nearest = workplaces.annotate(km=kilometres_from(start, "lat", "lon")).order_by("km").values("km")[:1]
        from_seat = kilometres_from(start, "municipality__lat", "municipality__lon")
        queryset = queryset.annotate(
            km=Coalesce(Subquery(nearest), Case(When(municipality__isnull=False, then=from_seat)))
        )
        return queryset.filter(km__lte=max_km) if max_km is not None else queryset

    def found_sql(self, columns: list[str]) -> tuple[str, tuple[Any, ...]]:
        """The listed companies that the parameters describe. They have no times to be booked."""
        sql, params = self.qs.values(*columns, *self.fits_columns).order_by().query.sql_with_params()
        return f"SELECT companies.*, 0 AS free, NULL::timestamptz AS next_free_at FROM ({sql}) AS companies", params  # noqa: S608
