"""A host's rule for many times: on these weekdays, every so many weeks or once a month, at these hours."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import islice
from typing import Any

from dateutil.rrule import MONTHLY, WEEKLY, rrule, weekday

from visits.enums import HowOften

# Reached only by a rule without an end, which is cut at a number of times.
_LAST_DAY = date(2199, 12, 31)
_WEEKS: dict[str, int] = {HowOften.WEEK_1: 1, HowOften.WEEK_2: 2, HowOften.WEEK_3: 3, HowOften.WEEK_4: 4}
_PLACE_IN_MONTH: dict[str, int] = {
    HowOften.MONTH_1: 1,
    HowOften.MONTH_2: 2,
    HowOften.MONTH_3: 3,
    HowOften.MONTH_4: 4,
    HowOften.MONTH_LAST: -1,
}


@dataclass(frozen=True)
class TimeRule:
    """Ends on a day, after a number of times, or whichever comes first. Weeks begin on Monday.

    Days and hours are what the clock on the wall says: the moment is worked out day by day (`slot_times.local_time`),
    so that nine o'clock stays nine o'clock when the clocks change.
    """

    first: date
    weekdays: tuple[int, ...]  # 0 is Monday
    how_often: str
    starts: tuple[time, ...]
    last: date | None = None
    count: int | None = None

    def __iter__(self) -> Iterator[tuple[date, time]]:
        days = rrule(
            **self._rhythm(),
            dtstart=datetime.combine(self.first, time()),
            until=datetime.combine(self.last or _LAST_DAY, time()),
        )
        return islice(((moment.date(), start) for moment in days for start in sorted(self.starts)), self.count)

    def _rhythm(self) -> dict[str, Any]:
        if place := _PLACE_IN_MONTH.get(self.how_often):
            return {"freq": MONTHLY, "byweekday": [weekday(number, place) for number in self.weekdays]}
        return {"freq": WEEKLY, "interval": _WEEKS[self.how_often], "byweekday": self.weekdays}
