"""One month of an offer's times, as a table of days and a list."""

import calendar
import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from visits.enums import SlotStatus
from visits.models import VisitSlot


@dataclass
class Day:
    """A day of the table. Days of the neighbouring months fill the first and last week: they are `outside`."""

    date: date
    slots: list[VisitSlot]
    outside: bool

    @property
    def free(self) -> int:
        return 0 if self.outside else sum(slot.status == SlotStatus.FREE for slot in self.slots)


@dataclass
class Month:
    """The month shown, with the months before and after it when they have times."""

    first: date
    weeks: list[list[Day]]
    slots: list[VisitSlot]
    previous: date | None
    next: date | None


def month_of(slots: list[VisitSlot], asked_for: str) -> Month:
    """The month asked for ("2027-03"), else the first with free times, else the first with any, else this one."""
    by_day = defaultdict(list)
    for slot in slots:
        by_day[timezone.localtime(slot.starts_at).date()].append(slot)
    free_days = [day for day, its_slots in by_day.items() if any(slot.status == SlotStatus.FREE for slot in its_slots)]
    first = _month(asked_for) or min(free_days or by_day or [timezone.localdate()]).replace(day=1)
    months = {day.replace(day=1) for day in by_day}
    earlier, later = [month for month in months if month < first], [month for month in months if month > first]
    weeks = [
        [Day(day, by_day.get(day, []), outside=day.month != first.month) for day in week]
        for week in calendar.Calendar().monthdatescalendar(first.year, first.month)
    ]
    return Month(
        first=first,
        weeks=weeks,
        slots=[slot for day in sorted(by_day) if day.replace(day=1) == first for slot in by_day[day]],
        previous=max(earlier, default=None),
        next=min(later, default=None),
    )


def _month(text: str) -> date | None:
    asked = re.fullmatch(r"(20\d\d)-(0[1-9]|1[0-2])", text, re.ASCII)
    return date(int(asked[1]), int(asked[2]), 1) if asked else None
