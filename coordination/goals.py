"""Goals of a region: what is reached, what was to be expected by now, and what is left.

What is reached is a figure (coordination/figures.py) over the goal's period, counted when somebody looks: a goal never
says anything else than the figures. What was to be expected is the share of the period that has passed, nothing
cleverer: a region that plans its visits for May knows why it is behind in March.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil

from django.db import transaction
from django.db.models import Count, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coordination.enums import GoalFigure
from coordination.figures import FIGURES, Cell, Figure, Period
from coordination.models import Goal
from core.errors import ActionRefused
from regions.models import Region
from regions.school_year import school_year_of

MOST_GOALS = 20
# These stand at their full height from the first day: what has joined before counts too.
CUMULATIVE = {GoalFigure.COMPANIES_JOINED}
FORECAST_FROM = 0.1  # of the period: before that a forecast is a guess


@dataclass(frozen=True)
class Progress:
    """How a goal stands today."""

    goal: Goal
    reached: Cell
    today: date

    @property
    def figure(self) -> Figure:
        return FIGURES[self.goal.figure]

    @property
    def per_cent(self) -> int:
        return min(100, 100 * self.reached.value // self.goal.target)

    @property
    def share_passed(self) -> float:
        """Of the period, 0 to 1, with today as a whole day."""
        days = (self.goal.ends_on - self.goal.begins_on).days + 1
        return min(1.0, max(0.0, ((self.today - self.goal.begins_on).days + 1) / days))

    @property
    def expected(self) -> int:
        """What was to be expected by now."""
        return round(self.goal.target * self.share_passed)

    @property
    def left(self) -> int:
        return max(0, self.goal.target - self.reached.value)

    @property
    def has_begun(self) -> bool:
        return self.today >= self.goal.begins_on

    @property
    def has_ended(self) -> bool:
        return self.today > self.goal.ends_on

    @property
    def is_behind(self) -> bool:
        return self.has_begun and bool(self.left) and (self.has_ended or self.reached.value < self.expected)

    @property
    def forecast(self) -> int | None:
        """What it comes to at the end if it goes on like this; None where that would be a guess."""
        if self.has_ended or self.share_passed < FORECAST_FROM or self.goal.figure in CUMULATIVE:
            return None
        return round(self.reached.value / self.share_passed)

    @property
    def words(self) -> list[str]:
        """How it stands and what is left, in sentences."""
        if not self.left:
            return [_("The goal is reached.")]
        if not self.has_begun:
            return [_("The period has not begun.")]
        if self.has_ended:
            return [_("The period is over: %(left)d short.") % {"left": self.left}]
        behind, on_course = (
            _("Behind: %(number)d were to be expected by now."),
            _("On course: %(number)d were to be expected by now."),
        )
        sentences = [(behind if self.is_behind else on_course) % {"number": self.expected}]
        weeks = ceil(((self.goal.ends_on - self.today).days + 1) / 7)
        sentences.append(
            ngettext(
                "%(left)d to go in %(weeks)d week: about %(each)d a week.",
                "%(left)d to go in %(weeks)d weeks: about %(each)d a week.",
                weeks,
            )
            % {"left": self.left, "weeks": weeks, "each": ceil(self.left / weeks)}
        )
        if self.forecast is not None:
            sentences.append(_("At this pace it comes to %(number)d.") % {"number": self.forecast})
        return sentences


def progress_of(region: Region, goals: Iterable[Goal]) -> list[Progress]:
    """How each goal of the region stands, in their order: one query for those over the same rows in the same period."""
    goals, today = list(goals), timezone.localdate()
    groups: defaultdict[tuple[object, str, date, date], list[Goal]] = defaultdict(list)
    for goal in goals:
        figure = FIGURES[goal.figure]
        groups[(figure.base, figure.place, goal.begins_on, goal.ends_on)].append(goal)
    cells: dict[int, Cell] = {}
    for (_base, place, begins_on, ends_on), alike in groups.items():
        scope = Period(region, school_year_of(begins_on), begins_on, ends_on)
        figures = [FIGURES[goal.figure] for goal in alike]
        rows = figures[0].base(scope).filter(**{f"{place}__in": scope.municipalities}).order_by()
        amounts: dict[str, Count | Sum] = {}
        for number, (goal, figure) in enumerate(zip(alike, figures, strict=True)):
            which = figure.which(scope)
            if goal.municipality_id:
                which &= Q(**{place: goal.municipality_id})
            amounts |= {f"total_{number}": figure.total(which), f"hidden_{number}": figure.hidden(which)}
        found = rows.aggregate(**amounts)
        for number, (goal, figure) in enumerate(zip(alike, figures, strict=True)):
            cells[goal.pk] = Cell(figure, found[f"total_{number}"] or 0, found[f"hidden_{number}"])
    return [Progress(goal, cells[goal.pk], today) for goal in goals]


@transaction.atomic
def add_goal(goal: Goal) -> Goal:
    """Store a new goal. A page with more than twenty says nothing any more: refused."""
    Region.objects.select_for_update(no_key=True).get(pk=goal.region_id)
    if Goal.objects.filter(region=goal.region_id).count() >= MOST_GOALS:
        raise ActionRefused(_("The region has %(number)d goals already. Remove one first.") % {"number": MOST_GOALS})
    goal.save()
    return goal


def a_year_later(goal: Goal) -> Goal:
    """The same goal for the year after, not stored yet."""
    return Goal(
        region=goal.region,
        name=goal.name,
        figure=goal.figure,
        municipality=goal.municipality,
        target=goal.target,
        begins_on=_next_year(goal.begins_on),
        ends_on=_next_year(goal.ends_on + timedelta(days=1)) - timedelta(days=1),
        source=goal.source,
    )


def _next_year(day: date) -> date:
    """The same day a year later; 29 February becomes the 28th."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return date(day.year + 1, 2, 28)
