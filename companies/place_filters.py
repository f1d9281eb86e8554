"""What the searches over companies and over visits share: text, place, and how far away."""

from typing import Any, ClassVar

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import FloatField, Q, QuerySet, Value
from django.db.models.functions import Cast
from django.utils.functional import cached_property
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from accounts.starting_point import StartingPoint, starting_point
from core.distance import Point
from core.facets import FacetedFilterSet, ModelFacet
from core.search import ReaderQuery, words_of
from regions.fields import MunicipalityField
from regions.models import County, Municipality

MAX_KM = 2000


class PlaceForm(forms.Form):
    marks_optional = False

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        county, municipality = values.get("county"), values.get("municipality")
        if county and municipality and municipality.county_id != county.pk:
            words = {"municipality": municipality, "county": county}
            self.add_error("municipality", _("%(municipality)s is not in %(county)s.") % words)
        return values


def has_a_word(text: str) -> None:
    if not words_of(text):
        raise ValidationError(_("Write at least two letters."))


class MunicipalityNameFilter(django_filters.Filter):
    field_class = MunicipalityField


class WholeNumberFilter(django_filters.Filter):
    field_class = forms.IntegerField


class PlaceFilterSet(FacetedFilterSet):
    """A search by words and place over rows with a `municipality_id`. Subclasses add `sort` and their own filters."""

    q = django_filters.CharFilter(
        method="with_words", label=gettext_lazy("Search words"), max_length=200, validators=[has_a_word]
    )
    near = MunicipalityNameFilter(
        method="unchanged",
        label=gettext_lazy("Starting from"),
        max_length=80,
        help_text=gettext_lazy("A municipality or a postcode."),
    )
    chip_words: ClassVar = {"max_km": gettext_lazy("At most %(value)s km")}

    max_km = WholeNumberFilter(
        method="unchanged",
        label=gettext_lazy("At most this many kilometres"),
        min_value=1,
        max_value=MAX_KM,
    )

    county = ModelFacet(
        queryset=County.objects.all(),
        field_name="county",
        label=gettext_lazy("County"),
        group="municipality_id",
        value="county_id",
        except_under=("municipality",),
    )
    municipality = ModelFacet(
        queryset=Municipality.objects.select_related("county"),
        field_name="pk",
        label=gettext_lazy("Municipality"),
        group="municipality_id",
        value="id",
    )

    class Meta:
        form = PlaceForm

    @cached_property
    def start(self) -> StartingPoint | None:
        """Where distances are measured from, if we know."""
        return starting_point(self.request.user, self.chosen.get("near"))

    @property
    def ignored(self) -> list[tuple[str, str]]:
        ignored = super().ignored
        if self.start is None and ("max_km" in self.chosen or self.chosen.get("sort") == "nearest"):
            ignored.append((str(self.form.fields["near"].label), _("Say where you start from, then we can measure.")))
        return ignored

    def with_words(self, queryset: "QuerySet[Any]", name: str, value: str) -> "QuerySet[Any]":
        """The rows that have all the words, with `rank`."""
        raise NotImplementedError

    def words_asked_for(self, text: str) -> ReaderQuery:
        return ReaderQuery(text, language=get_language() or "sv")

    def unchanged(self, queryset: "QuerySet[Any]", name: str, value: Any) -> "QuerySet[Any]":
        """For parameters that say how to search, not what."""
        return queryset

    def filter_queryset(self, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        queryset = queryset.annotate(rank=Value(0.0)) if "q" not in self.chosen else queryset
        if self.start is None:
            queryset = queryset.annotate(km=Cast(Value(None), FloatField()))
        else:
            queryset = self.measured_from(self.start.point, queryset, self.chosen.get("max_km"))
        return super().filter_queryset(queryset)

    def measured_from(self, start: Point, queryset: "QuerySet[Any]", max_km: int | None) -> "QuerySet[Any]":
        """The rows with `km` from the start, and none farther away than `max_km`."""
        raise NotImplementedError

    @property
    def order(self) -> str:
        return self.orders[self.sort]

    @property
    def sort_choices(self) -> list[tuple[str, str]]:
        """The orders beside the usual one; nearest only when we know from where."""
        return [pair for pair in self.filters["sort"].extra["choices"] if pair[0] != "nearest" or self.start]

    @property
    def sort(self) -> str:
        """The order in use: nearest makes no sense without a starting point."""
        sort = self.chosen.get("sort", "")
        return "" if sort == "nearest" and self.start is None else sort


def own_point(prefix: str = "") -> Q:
    """A workplace that has a point of its own which can be trusted."""
    return Q(**{f"{prefix}lat__isnull": False, f"{prefix}lon__isnull": False, f"{prefix}point_is_doubtful": False})
