"""Searches that are narrowed by facets: one statement finds the page, the total and every facet's counts.

A facet is counted with all other filters applied but its own, so that a reader sees what choosing another value
would give. For that the queryset keeps every row that passes the other filters and notes, in a `fits_…` column, which
facets the row passes.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

import django_filters
from django.core.paginator import Page, Paginator
from django.db import connection
from django.db.models import BooleanField, ExpressionWrapper, Model, Q, QuerySet, Value
from django.http import QueryDict

from core.text import fold

PAGE_SIZE = 12
MAX_PAGE = 10_000


class Facet:
    """A filter whose values are counted: by `count_by`, a column of the found rows, or several.

    A row with many values is counted by `value`, SQL over `grouped`, after `join`. Rows alike are grouped before the
    join, which spares most of them the function call. `except_under` names finer facets that do not narrow this one:
    a county is counted whatever municipality is chosen.
    """

    def __init__(
        self,
        *args: Any,
        count_by: str,
        value: str = "",
        join: str = "",
        except_under: tuple[str, ...] = (),
        **kwargs: Any,
    ) -> None:
        self.count_by, self.value = count_by, value or f"grouped.{count_by}"
        self.join, self.except_under = join, except_under
        super().__init__(*args, **kwargs)

    def fits(self, value: Any) -> Q:
        """What a row must be to pass the chosen value or values."""
        return Q(**{f"{self.field_name}__{self.lookup_expr}": value})  # type: ignore[attr-defined]

    def labels(self, values: set[str], chosen: list[str]) -> list[tuple[str, str]]:
        """What a reader may choose: values and names, in order. `values` are those that occur or are chosen."""
        return [(str(value), str(label)) for value, label in self.extra["choices"]]  # type: ignore[attr-defined]


class ChoiceFacet(Facet, django_filters.TypedChoiceFilter):
    """One of a few fixed values."""


class MultipleChoiceFacet(Facet, django_filters.MultipleChoiceFilter):
    """Any of a few fixed values. The lookup is `in`, or `overlap` for arrays."""


class ModelFacet(Facet, django_filters.ModelChoiceFilter):
    """One row of a code list; offered are those that occur, when a person can still read them through."""

    most_options = 100

    def labels(self, values: set[str], chosen: list[str]) -> list[tuple[str, str]]:
        values = values if len(values) <= self.most_options else set(chosen)
        named = self.extra["queryset"].in_bulk(values) if values else {}
        return sorted(((str(pk), str(row)) for pk, row in named.items()), key=lambda pair: fold(pair[1]))


@dataclass
class Row:
    """One found row on the page, with what the search worked out about it."""

    pk: int
    free: int
    next_free_at: datetime | None
    km: float | None


@dataclass
class Option:
    """One value of a facet, as the reader chooses it."""

    value: str
    label: str
    number: int
    chosen: bool


@dataclass
class Chip:
    """One chosen condition in words, and the query string without it."""

    text: str
    without: str


@dataclass
class Found:
    """What a search found: one page of rows, the totals, and counts by facet and value."""

    page: int
    rows: list[Row]
    total: int
    free: int
    counts: dict[str, dict[str, int]]

    @property
    def page_of_results(self) -> Page:
        """For the page links: which page this is, and of how many."""
        return Paginator(range(self.total), PAGE_SIZE).page(self.page)


class FacetedFilterSet(django_filters.FilterSet):
    """A filter set over GET parameters that never fails: what it does not understand is ignored and named."""

    orders: ClassVar[dict[str, str]] = {}

    @property
    def facets(self) -> dict[str, Facet]:
        return {name: item for name, item in self.filters.items() if isinstance(item, Facet)}

    @property
    def fits_columns(self) -> list[str]:
        return [f"fits_{name}" for name in self.facets]

    @property
    def chosen(self) -> dict[str, Any]:
        """The parameters that were understood, as Python values."""
        self.form.errors  # noqa: B018 - reading it cleans the form
        return {name: value for name, value in self.form.cleaned_data.items() if value not in (None, "", [], False)}

    @property
    def ignored(self) -> list[tuple[str, str]]:
        """The parameters that were not understood: label and what is wrong with them."""
        return [(str(self.form.fields[name].label), errors[0]) for name, errors in self.form.errors.items()]

    @property
    def state(self) -> QueryDict:
        """The search as a query string without what is empty or ignored."""
        state = QueryDict(mutable=True)
        for name in self.chosen:
            state.setlist(name, [value for value in self.data.getlist(name) if value])
        return state

    @property
    def chips(self) -> list[Chip]:
        """What the reader has chosen, each with the way to take it back."""
        chips = []
        for name, value in self.chosen.items():
            for raw in self.state.getlist(name):
                state = self.state.copy()
                state.setlist(name, [other for other in state.getlist(name) if other != raw])
                chips.append(Chip(self._in_words(name, raw, value), state.urlencode()))
        return chips

    def _in_words(self, name: str, raw: str, value: Any) -> str:
        field = self.form.fields[name]
        if value is True:
            return str(field.label)
        labels = {str(key): label for key, label in self.filters[name].extra.get("choices", [])}
        return f"{field.label}: {value if isinstance(value, Model) else labels.get(raw, raw)}"

    def options(self, found: Found) -> dict[str, list[Option]]:
        """Every facet's values with their counts: all of a fixed choice; of a code list those that occur."""
        return {name: list(self._options_of(name, found.counts[name])) for name in self.facets}

    def _options_of(self, name: str, counts: dict[str, int]) -> Iterator[Option]:
        chosen = self.state.getlist(name)
        for value, label in self.facets[name].labels({*counts, *chosen}, chosen):
            yield Option(value, label, counts.get(value, 0), value in chosen)

    def filter_queryset(self, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        for name in self.form.fields:
            value = self.chosen.get(name)
            if name in self.facets:
                fits = Value(True) if value is None else self.facets[name].fits(value)
                queryset = queryset.annotate(**{f"fits_{name}": ExpressionWrapper(fits, output_field=BooleanField())})
            elif value is not None:
                queryset = self.filters[name].filter(queryset, value)
        return queryset

    def search(self, found_sql: str, params: list[Any], *, order: str, page: int) -> Found:
        """Run the search over `found_sql`: a `WITH` clause that ends in a table `found` with the columns of `Row`."""
        found = self._run(found_sql, params, order=order, page=page)
        if not found.rows and page > 1:  # beyond the end: the last page instead
            found = self._run(found_sql, params, order=order, page=max(1, -(-found.total // PAGE_SIZE)))
        return found

    def _run(self, found_sql: str, params: list[Any], *, order: str, page: int) -> Found:
        with connection.cursor() as cursor:
            cursor.execute(f"{found_sql} {self._outcome_sql(order)}", [*params, PAGE_SIZE, (page - 1) * PAGE_SIZE])
            (total, free), rows, *counts = (json.loads(part) if part else [] for part in cursor.fetchone())
        return Found(
            page=page,
            rows=[Row(pk, number, day and datetime.fromisoformat(day), km) for pk, number, day, km in rows],
            total=total,
            free=free,
            counts={name: count or {} for name, count in zip(self.facets, counts, strict=True)},
        )

    def _outcome_sql(self, order: str) -> str:
        """One row of JSON texts: totals, page, and each facet's counts. Hundreds of small rows would take longer."""
        fits = self._fits_all_but()
        parts = [
            f"SELECT json_build_array(count(*), coalesce(sum(free), 0)) FROM found WHERE {fits}",  # noqa: S608
            "SELECT json_agg(json_build_array(id, free, next_free_at, km)) FROM ("  # noqa: S608
            f"SELECT * FROM found WHERE {fits} ORDER BY {order} LIMIT %s OFFSET %s) AS page",
        ]
        for name, facet in self.facets.items():
            # Without a value, a company counts under none: it has no industry.
            parts.append(
                "SELECT json_object_agg(value, number) FILTER (WHERE value IS NOT NULL) FROM ("  # noqa: S608
                f"SELECT ({facet.value})::text AS value, sum(grouped.number) AS number"
                f" FROM ({self._grouped_sql(name, facet)}) AS grouped {facet.join} GROUP BY 1) AS counted"
            )
        return "SELECT " + ", ".join(f"({part})::text" for part in parts)

    def _grouped_sql(self, name: str, facet: Facet) -> str:
        fits = self._fits_all_but(name, *facet.except_under)
        if facet.count_by == "id":  # nothing to group
            return f"SELECT id, 1 AS number FROM found WHERE {fits}"  # noqa: S608
        return f"SELECT {facet.count_by}, count(*) AS number FROM found WHERE {fits} GROUP BY {facet.count_by}"  # noqa: S608

    def _fits_all_but(self, *names: str) -> str:
        return " AND ".join(f"found.fits_{name}" for name in self.facets if name not in names) or "true"


def page_number(text: str | None) -> int:
    """The page asked for; anything odd is page 1."""
    return min(int(text), MAX_PAGE) if text and text.isascii() and text.isdigit() and text != "0" else 1
