"""Counts the figures of a region: those over the same rows in the same place by one query."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Case, DateTimeField, F, Q, QuerySet, When
from django.db.models.functions import TruncMonth
from django.utils import timezone

from coordination.figures import FIGURES, Cell, Figure, Scope
from regions.models import Municipality

LATELY = timedelta(days=30)


@dataclass(frozen=True)
class MunicipalityFigures:
    municipality: Municipality
    cells: list[Cell]

    def of(self, keys: Collection[str]) -> list[Cell]:
        """Some of the figures, in the order asked for."""
        by_key = {cell.figure.key: cell for cell in self.cells}
        return [by_key[key] for key in keys]


@dataclass(frozen=True)
class Month:
    """What began to count in a month, and how much of it in the last 30 days."""

    begins: date
    amount: int
    lately: int


@dataclass(frozen=True)
class RegionFigures:
    """All figures of a region: a row per municipality, the totals by key, and month by month those shown as a line."""

    scope: Scope
    rows: list[MunicipalityFigures]
    totals: dict[str, Cell]
    months: dict[str, list[Month]]

    def column(self, key: str) -> list[int]:
        """One figure down the municipalities; what is hidden counts as nothing, so that no bar gives it away."""
        place = list(FIGURES).index(key)
        return [row.cells[place].value for row in self.rows]


def figures_of(scope: Scope) -> RegionFigures:
    """Every figure of the region."""
    groups: dict[tuple[Callable[[Scope], QuerySet[Any]], str], list[Figure]] = {}
    for figure in FIGURES.values():
        groups.setdefault((figure.base, figure.place), []).append(figure)
    counted: dict[str, dict[str, Cell]] = {}
    months: dict[str, list[Month]] = {}
    for figures in groups.values():
        _count(scope, figures, counted, months)
    rows = [
        MunicipalityFigures(m, [counted[key].get(m.pk) or Cell(figure, 0) for key, figure in FIGURES.items()])
        for m in scope.municipalities
    ]
    totals = {key: _sum(figure, counted[key].values()) for key, figure in FIGURES.items()}
    return RegionFigures(scope, rows, totals, months)


def _count(
    scope: Scope, figures: list[Figure], counted: dict[str, dict[str, Cell]], months: dict[str, list[Month]]
) -> None:
    """Count figures over the same rows in the same place, by municipality and by month."""
    place = figures[0].place
    rows = figures[0].base(scope).filter(**{f"{place}__in": scope.municipalities}).order_by()
    by: list[str] = [place]
    amounts: dict[str, Any] = {}
    for number, figure in enumerate(figures):
        which = figure.which(scope)
        amounts |= {f"total_{number}": figure.total(which), f"hidden_{number}": figure.hidden(which)}
        if figure.counted_at:
            at = f"counted_at_{number}"
            moment = F(figure.counted_at) if isinstance(figure.counted_at, str) else figure.counted_at(scope)
            # Only of what the figure counts: the rest has no month, and makes no groups of its own.
            of_counted = Case(When(which, then=moment), output_field=DateTimeField()) if which else moment
            rows = rows.annotate(**{at: of_counted})
            rows = rows.annotate(**{f"month_{number}": TruncMonth(at)})
            by.append(f"month_{number}")
            amounts[f"lately_{number}"] = figure.total(which & Q(**{f"{at}__gt": timezone.now() - LATELY}))
    found = list(rows.values(*by).annotate(**amounts))
    for number, figure in enumerate(figures):
        cells = counted[figure.key] = {}
        for row in found:
            cell = Cell(figure, row[f"total_{number}"] or 0, row[f"hidden_{number}"])
            cells[row[place]] = _sum(figure, [cells.get(row[place], Cell(figure, 0)), cell])
        if figure.counted_at:
            months[figure.key] = [
                Month(_day(row[f"month_{number}"]), row[f"total_{number}"] or 0, row[f"lately_{number}"] or 0)
                for row in found
                if row[f"month_{number}"]
            ]


def _sum(figure: Figure, cells: Collection[Cell]) -> Cell:
    return Cell(figure, sum(cell.value for cell in cells), sum(cell.hidden_rows for cell in cells))


def _day(moment: datetime) -> date:
    return timezone.localdate(moment)
