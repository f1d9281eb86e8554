"""The coordinator's figures, the rows behind each of them, and what is stuck."""

from collections.abc import Iterator
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from accounts.permissions import SignedInRequest, region_staff
from coordination import figure_charts
from coordination.exports import csv_response
from coordination.figure_counts import figures_of
from coordination.figure_forms import RowsForm
from coordination.figure_rows import ROWS_KINDS, exported, rows_of, shown, sum_of
from coordination.figures import FIGURES, TABLES, Figure, Scope
from coordination.stuck import past_half_time, waiting_in
from core.access import GET_ONLY, access
from core.fragments import page_or_fragment
from regions.models import Region
from regions.school_year import current_school_year, label

PAGE_SIZE = 30
FIRST_YEAR = 2025


@access(region_staff, methods=GET_ONLY)
def figures_home(request: SignedInRequest) -> HttpResponse:
    """To the figures of my region; with several regions, to a choice of them."""
    regions = list(Region.objects.with_member(request.user))
    if len(regions) == 1:
        return redirect("coordination:figures", regions[0].public_id, current_school_year())
    context = {"regions": regions, "year": current_school_year()}
    return TemplateResponse(request, "coordination/figures/home.html", context)


@access(region_staff, methods=GET_ONLY)
def figures(request: SignedInRequest, region_id: str, year: int) -> HttpResponse:
    """Key figures, a chart, a map and a table: how each municipality is doing in a school year."""
    found = figures_of(_scope(request, region_id, year))
    table = request.GET.get("table", "")
    table = table if table in TABLES else next(iter(TABLES))
    keys = TABLES[table][1]
    context = _place(found.scope) | {
        "figures": [FIGURES[key] for key in keys],
        "rows": [(row.municipality, row.of(keys)) for row in found.rows],
        "totals": [found.totals[key] for key in keys],
        "table": table,
        "tables": [(key, label) for key, (label, _keys) in TABLES.items()],
        "found_schools": found.totals["schools"].value,
        "shares": figure_charts.shares_of_schools(found),
        "key_figures": figure_charts.key_figures(found),
        "chart": figure_charts.chart(found),
        "chart_rows": figure_charts.chart_rows(found),
        "map": figure_charts.choropleth(found),
    }
    return TemplateResponse(request, "coordination/figures/figures.html", context)


@access(region_staff, methods=GET_ONLY)
def figures_export(request: SignedInRequest, region_id: str, year: int) -> StreamingHttpResponse:
    """The table as a file."""
    found = figures_of(_scope(request, region_id, year))
    head = [_("Municipality"), *[figure.label for figure in FIGURES.values()]]
    rows = [[row.municipality.name, *[cell.shown for cell in row.cells]] for row in found.rows]
    total = [_("The whole region"), *[cell.shown for cell in found.totals.values()]]
    return csv_response(f"industriporten-{year}.csv", [head, *rows, total])


@access(region_staff, methods=GET_ONLY)
def figure_rows(request: SignedInRequest, region_id: str, year: int, key: str) -> HttpResponse:
    """The very rows a figure counts, of the region or of one municipality."""
    scope, figure = _scope(request, region_id, year), _figure(key)
    form, rows = _chosen_rows(request, scope, figure)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = _place(scope) | {
        "figure": figure,
        "form": form,
        "page": page,
        "columns": ROWS_KINDS[figure.rows_kind].columns,
        "rows": [shown(figure, row) for row in page],
        "sum": sum_of(figure, rows),
    }
    return page_or_fragment(request, "coordination/figures/rows.html", "coordination/figures/_rows_table.html", context)


@access(region_staff, methods=GET_ONLY)
def figure_rows_export(request: SignedInRequest, region_id: str, year: int, key: str) -> StreamingHttpResponse:
    """The same rows as a file."""
    scope, figure = _scope(request, region_id, year), _figure(key)
    _form, rows = _chosen_rows(request, scope, figure)

    def lines() -> Iterator[list[Any]]:
        yield [column.label for column in ROWS_KINDS[figure.rows_kind].columns]
        for row in rows.iterator(chunk_size=2000):
            yield exported(figure, row)

    return csv_response(f"industriporten-{year}-{key}.csv", lines())


@access(region_staff, methods=GET_ONLY)
def booking_stuck_list(request: SignedInRequest, region_id: str) -> HttpResponse:
    """Requests and proposals in the region that wait for an answer: with whom, since when, how long left."""
    region = _region(request, region_id)
    waiting = waiting_in(Region.objects.filter(pk=region.pk))
    late_only = request.GET.get("late") == "1"
    bookings = past_half_time(waiting) if late_only else waiting
    page = Paginator(bookings, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"region": region, "page": page, "late_only": late_only, "year": current_school_year()}
    return TemplateResponse(request, "coordination/booking_stuck_list.html", context)


def _region(request: SignedInRequest, region_id: str) -> Region:
    return get_object_or_404(Region.objects.with_member(request.user), public_id=region_id)


def _scope(request: SignedInRequest, region_id: str, year: int) -> Scope:
    region = _region(request, region_id)
    if year not in _years():
        raise Http404
    return Scope(region, year)


def _years() -> range:
    """From the first year of the house to the coming one."""
    return range(FIRST_YEAR, current_school_year() + 2)


def _place(scope: Scope) -> dict[str, Any]:
    """Where the reader is: the region, the year and the years to choose from."""
    return {
        "region": scope.region,
        "year": scope.year,
        "year_label": label(scope.year),
        "years": [(year, label(year)) for year in reversed(_years())],
    }


def _figure(key: str) -> Figure:
    if key not in FIGURES:
        raise Http404
    return FIGURES[key]


def _chosen_rows(request: SignedInRequest, scope: Scope, figure: Figure) -> tuple[RowsForm, Any]:
    """The form of the choice and its rows. An unknown municipality is nobody's: no rows."""
    form = RowsForm(request.GET, scope=scope)
    if not form.is_valid():
        return form, figure.rows_in(scope).none()
    return form, rows_of(figure, scope, form.cleaned_data["municipality"], form.cleaned_data["q"])
