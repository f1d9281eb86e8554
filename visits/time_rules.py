"""A host's rule for many times: on these weekdays, every so many weeks, at these hours."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import islice

from dateutil.rrule import WEEKLY, rrule

# Reached only by a rule without an end, which is cut at a number of times.
_LAST_DAY = date(2199, 12, 31)


@dataclass(frozen=True)
class TimeRule:
    """Ends on a day, after a number of times, or whichever comes first. Weeks begin on Monday.

    Days and hours are what the clock on the wall says: the moment is worked out day by day (`slot_times.local_time`),
    so that nine o'clock stays nine o'clock when the clocks change.
    """

    first: date
    weekdays: tuple[int, ...]  # 0 is Monday
    every_weeks: int
    starts: tuple[time, ...]
    last: date | None = None
    count: int | None = None

    def __iter__(self) -> Iterator[tuple[date, time]]:
        days = rrule(
            WEEKLY,
            interval=self.every_weeks,
            byweekday=self.weekdays,
            dtstart=datetime.combine(self.first, time()),
            until=datetime.combine(self.last or _LAST_DAY, time()),
        )
        return islice(((moment.date(), start) for moment in days for start in sorted(self.starts)), self.count)
