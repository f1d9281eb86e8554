"""The figures as pictures: key figures, a bar chart and a map with five steps."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coordination.figure_counts import MunicipalityFigures, RegionFigures
from coordination.trends import Trend, trend_of
from core.charts import grouped_bars
from core.geo import AreaMap, region_paths

BARS = 5  # more do not fit a phone; the table has them all
LETTERS = 11  # of a name under its bars
MAP_WIDTH = 360
STEPS = 5


@dataclass(frozen=True)
class KeyFigure:
    key: str
    label: str | Promise
    value: int | str
    words: str
    trend: Trend | None


@dataclass(frozen=True)
class MapArea:
    d: str
    step: int


@dataclass(frozen=True)
class Choropleth:
    """Outlines with their step from 0 to 4, the limits of the steps, and the highest values for the list beside."""

    picture: AreaMap
    areas: list[MapArea]
    legend: list[tuple[int, str]]
    top: list[tuple[str, int]]


def key_figures(found: RegionFigures) -> list[KeyFigure]:
    """Four figures of the region, each with a sentence that says what to make of it."""
    totals = found.totals
    offered, booked = totals["places-offered"].value, totals["places-booked"].value
    schools, reached = totals["schools"].value, totals["schools-with-visit"].value
    coming, waiting = totals["visits-coming"].value, totals["requests-waiting"].value
    interested = totals["companies-interested"].value
    words = {
        "companies-joined": ngettext(
            "%(count)d company has said yes or maybe this year.",
            "%(count)d companies have said yes or maybe this year.",
            interested,
        )
        % {"count": interested},
        "visits-held": ngettext("%(count)d more is booked.", "%(count)d more are booked.", coming) % {"count": coming}
        + " "
        + ngettext("%(count)d request waits.", "%(count)d requests wait.", waiting) % {"count": waiting},
        "places-booked": _("%(share)d %% of the places offered.") % {"share": _share(booked, offered)},
        "schools-with-visit": _("%(share)d %% of all schools.") % {"share": _share(reached, schools)}
        + " "
        + ngettext(
            "%(count)d has two visits or more.",
            "%(count)d have two visits or more.",
            totals["schools-with-several"].value,
        )
        % {"count": totals["schools-with-several"].value},
    }
    return [
        KeyFigure(key, totals[key].figure.label, totals[key].shown, text, trend_of(key, found))
        for key, text in words.items()
    ]


@dataclass(frozen=True)
class Share:
    """So many of all schools."""

    key: str
    label: str | Promise
    value: int
    per_cent: int


def shares_of_schools(found: RegionFigures) -> list[Share]:
    """How evenly visits are spread: how many schools have had one, two or three, and how many have not been out."""
    schools = found.totals["schools"].value
    keys = ["schools-with-visit", "schools-with-several", "schools-with-three", "schools-not-out"]
    cells = [found.totals[key] for key in keys]
    return [Share(cell.figure.key, cell.figure.label, cell.value, _share(cell.value, schools)) for cell in cells]


def _share(part: int, whole: int) -> int:
    return round(100 * part / whole) if whole else 0


def chart_rows(found: RegionFigures) -> list[tuple[MunicipalityFigures, int, int]]:
    """The municipalities with the most visits: held and coming."""
    rows = zip(found.rows, found.column("visits-held"), found.column("visits-coming"), strict=True)
    most = sorted(rows, key=lambda row: (-(row[1] + row[2]), row[0].municipality.name))
    return [row for row in most[:BARS] if row[1] + row[2]]


def chart(found: RegionFigures) -> SafeString | None:
    rows = chart_rows(found)
    if not rows:
        return None
    return grouped_bars(
        [[held for _row, held, _coming in rows], [coming for _row, _held, coming in rows]],
        [_short(row.municipality.name) for row, _held, _coming in rows],
        title=_("Visits held and coming, per municipality"),
        desc=_("Two bars per municipality. The same figures are in the table below the chart."),
    )


def _short(name: str) -> str:
    return name if len(name) <= LETTERS else f"{name[: LETTERS - 1]}…"


def choropleth(found: RegionFigures) -> Choropleth:
    """Pupils reached per municipality in five equal steps up to the highest."""
    values = {row.municipality.pk: value for row, value in zip(found.rows, found.column("pupils-reached"), strict=True)}
    names = {row.municipality.pk: row.municipality.name for row in found.rows}
    width = max(1, -(-max(values.values(), default=0) // (STEPS - 1)))  # ceiling: the highest falls in the last step
    picture = region_paths(frozenset(values), MAP_WIDTH)
    legend = [(0, _("none"))]
    for step in range(1, STEPS):
        legend.append((step, f"{(step - 1) * width + 1}–{step * width}"))
    top = sorted(((names[pk], value) for pk, value in values.items() if value), key=lambda pair: (-pair[1], pair[0]))
    return Choropleth(
        picture,
        [MapArea(area.d, -(-values[area.id] // width)) for area in picture.areas],
        legend,
        top[:5],
    )
