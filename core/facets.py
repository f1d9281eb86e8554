"""Searches that are narrowed by facets: one statement finds the page, another the totals and every facet's counts.

A facet is counted with all other filters applied but its own, so that a reader sees what choosing another value
would give. For that the queryset keeps every row that passes the other filters and notes, in a `fits_…` column, which
facets the row passes.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any, ClassVar

import django_filters
from django.core.paginator import Page, Paginator
from django.db import connection
from django.db.models import BooleanField, ExpressionWrapper, Model, Q, QuerySet
from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.text import capfirst

from core.kept import kept
from core.text import fold

PAGE_SIZE = 12
MAX_PAGE = 10_000


class Facet:
    """A filter whose values are counted.

    Found rows are counted by `group`, one of their columns (`FacetedFilterSet.groups`); `value` is SQL, over the
    columns of the row that it names, of the value or the values that such a group has. `columns` are those that
    `value` needs, where it is not one itself: groups that are alike in them are added up first. `except_under` names
    finer facets that do not narrow this one: a county is counted whatever municipality is chosen.
    """

    def __init__(
        self,
        *args: Any,
        group: str,
        value: str,
        columns: tuple[str, ...] = (),
        except_under: tuple[str, ...] = (),
        **kwargs: Any,
    ) -> None:
        self.group, self.value, self.columns = group, value, list(columns or [value])
        self.except_under = except_under
        super().__init__(*args, **kwargs)

    def fits(self, value: Any) -> Q:
        """What a found row must be to pass the chosen value or values. They are looked for among the groups, if any."""
        groups = self.parent.groups[self.group]  # type: ignore[attr-defined]
        if groups is None:
            return self.has(value)
        return Q(**{f"{self.group}__in": groups._default_manager.filter(self.has(value)).order_by()})

    def has(self, value: Any) -> Q:
        """The same of a group, or of the row itself where there is none."""
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

    def has(self, value: Any) -> Q:
        return super().has(value.pk)

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
    # What `orders` and the page's rows need of a found row.
    order_columns: ClassVar[list[str]] = []
    # Columns of the found rows, and whose row each names by its `id`; None where the column is the value itself.
    groups: ClassVar[dict[str, type[Model] | None]] = {}

    # Where a label and its value make no phrase: what a chip says instead.
    chip_words: ClassVar[dict[str, Any]] = {}

    @property
    def facets(self) -> dict[str, Facet]:
        return {name: item for name, item in self.filters.items() if isinstance(item, Facet)}

    @property
    def fits_columns(self) -> list[str]:
        """Of the facets in use; one that is always true would mislead the planner."""
        return [f"fits_{name}" for name in self.facets if name in self.chosen]

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
        if name in self.chip_words:
            return self.chip_words[name] % {"value": raw}
        if value is True:
            return str(field.label)
        if isinstance(value, date):
            return f"{field.label}: {date_format(value)}"
        labels = {str(key): label for key, label in self.filters[name].extra.get("choices", [])}
        said = str(value if isinstance(value, Model) else labels.get(raw, raw))
        if fold(str(field.label)) in fold(said):
            return capfirst(said)  # "Grade 8", not "Grade: grade 8"
        return f"{field.label}: {said}"

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
            if value is None:
                continue
            if name in self.facets:
                fits = ExpressionWrapper(self.facets[name].fits(value), output_field=BooleanField())
                queryset = queryset.annotate(**{f"fits_{name}": fits})
            else:
                queryset = self.filters[name].filter(queryset, value)
        return queryset

    def found_sql(self, columns: list[str]) -> tuple[str, tuple[Any, ...]]:
        """SQL of the table of what passes all but the facets: `columns`, and `fits_…` for each facet in use."""
        raise NotImplementedError

    @property
    def order(self) -> str:
        return self.orders[self.chosen.get("sort", "")]

    def found(self) -> Found:
        """The page of results that the parameters ask for, in the order they ask for."""
        total, free, counts = self._totals()
        page = min(page_number(self.data.get("page")), max(1, -(-total // PAGE_SIZE)))  # beyond the end: the last one
        return Found(page=page, rows=self._page(page), total=total, free=free, counts=counts)

    def _page(self, page: int) -> list[Row]:
        """The rows of one page: never kept, so that somebody who has just changed something sees it."""
        sql, params = self.found_sql(self.order_columns)
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT id, free, next_free_at, km FROM ({sql}) AS found WHERE {self._fits_but()}"  # noqa: S608
                f" ORDER BY {self.order} LIMIT %s OFFSET %s",
                [*params, PAGE_SIZE, (page - 1) * PAGE_SIZE],
            )
            return [Row(*row) for row in cursor.fetchall()]

    def _totals(self) -> tuple[int, int, dict[str, dict[str, int]]]:
        """How many rows, how many free times, and each facet's counts: dear where much is found, and kept."""
        sql, params = self.found_sql(list(self.groups))
        sql = self._counting_sql(sql)
        (total, free), *counts = kept(partial(_one_row, sql, params), sql, params)
        return total, free, {name: count or {} for name, count in zip(self.facets, counts, strict=True)}

    def _counting_sql(self, found_sql: str) -> str:
        """One row of JSON: totals, and each facet's counts. Hundreds of small rows would take longer.

        Every found row is looked at once, and counted in each of its groups, for each choice of filters that some
        facet is counted under. The groups are few; what they have in them is read after, once for all facets of a kind.
        """
        under = {name: self._fits_but(name, *facet.except_under) for name, facet in self.facets.items()}
        numbers = {fits: f"number_{at}" for at, fits in enumerate(dict.fromkeys([self._fits_but(), *under.values()]))}
        sums = ", ".join(f"sum({number}) AS {number}" for number in numbers.values())
        columns = [[column] for column in self.groups]
        tables = {
            # OFFSET 0 keeps what a row passes from being worked out anew for each of the counts.
            "counted": f"SELECT {_by(columns)}"  # noqa: S608
            + "".join(f", count(*) FILTER (WHERE {fits})::int AS {number}" for fits, number in numbers.items())
            + f", coalesce(sum(free) FILTER (WHERE {self._fits_but()}), 0) AS free"
            + f" FROM ({found_sql} OFFSET 0) AS found WHERE ({') OR ('.join(numbers)}) {_grouping(columns, empty=True)}"
        }
        sources = {name: ("counted", _mask(columns, [facet.group])) for name, facet in self.facets.items()}
        for group, model in self.groups.items():
            facets = {name: facet for name, facet in self.facets.items() if facet.group == group}
            if model:
                # The join leaves out what was counted by other groups: it has no number of this one.
                lists = list({tuple(facet.columns): facet.columns for facet in facets.values()}.values())
                tables[f"by_{group}"] = (
                    f"SELECT {_by(lists)}, {sums} FROM counted"  # noqa: S608
                    f" JOIN {model._meta.db_table} AS named ON named.id = counted.{group} {_grouping(lists)}"
                )
                sources |= {name: (f"by_{group}", _mask(lists, facet.columns)) for name, facet in facets.items()}
        whole = _mask(columns, [])
        parts = [f"SELECT json_build_array(number_0, free) FROM counted WHERE grouped_by = {whole}"]  # noqa: S608
        for name, facet in self.facets.items():
            source, grouped_by = sources[name]
            number = numbers[under[name]]
            # Without a value, a company counts under none: it has no industry.
            parts.append(
                "SELECT json_object_agg(value, number) FILTER (WHERE value IS NOT NULL) FROM ("  # noqa: S608
                f"SELECT value::text, sum(number) AS number FROM (SELECT {facet.value} AS value, {number} AS number"
                f" FROM {source} WHERE grouped_by = {grouped_by} AND {number} > 0) AS single GROUP BY value) AS summed"
            )
        known = ", ".join(f"{table} AS MATERIALIZED ({sql})" for table, sql in tables.items())
        return f"WITH {known} SELECT " + ", ".join(f"({part})::text" for part in parts)

    def _fits_but(self, *names: str) -> str:
        """What a row must pass to be found, but for these facets."""
        return (
            " AND ".join(f"found.fits_{name}" for name in self.facets if name in self.chosen and name not in names)
            or "true"
        )


def _by(lists: list[list[str]]) -> str:
    """SQL: which of the lists of columns a row is grouped by, as GROUPING has it, and the columns."""
    columns = ", ".join(_each(lists))
    return f"GROUPING({columns}) AS grouped_by, {columns}"


def _grouping(lists: list[list[str]], *, empty: bool = False) -> str:
    sets = [*(["()"] if empty else []), *(f"({', '.join(columns)})" for columns in lists)]
    return f"GROUP BY GROUPING SETS ({', '.join(sets)})"


def _mask(lists: list[list[str]], columns: list[str]) -> int:
    """What GROUPING says of a row that is grouped by these: a bit for each column that it is not grouped by."""
    every = _each(lists)
    return sum(2 ** (len(every) - 1 - at) for at, column in enumerate(every) if column not in columns)


def _each(lists: list[list[str]]) -> list[str]:
    return list(dict.fromkeys(column for columns in lists for column in columns))


def _one_row(sql: str, params: tuple[Any, ...]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [json.loads(part) if part else None for part in cursor.fetchone()]


def page_number(text: str | None) -> int:
    """The page asked for; anything odd is page 1."""
    return min(int(text), MAX_PAGE) if text and text.isascii() and text.isdigit() and text != "0" else 1
