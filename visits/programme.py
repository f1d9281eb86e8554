"""The programme of a visit: what the host has written, line by line, and when each line begins if it says so.

The host types it as on a sheet of paper: "09:00–10:15 Safety gear and tour". A visit may begin at another hour than the
day that the host had in mind: then the whole programme moves along with its first time.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

_TIME = r"(\d{1,2})[.:](\d{2})"
_LINE = re.compile(rf"(?:kl\.?\s*)?{_TIME}(?:\s*[-–—]\s*{_TIME})?(?:\s*[:,–—-])?\s+(\S.*)", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True)
class Line:
    """One thing that happens. Times are counted from midnight."""

    text: str
    begins: timedelta | None = None
    ends: timedelta | None = None

    @property
    def when(self) -> str:
        """09:00, or 09:00–10:15; nothing without a time."""
        return "–".join(_clock(time) for time in (self.begins, self.ends) if time is not None)

    def __str__(self) -> str:
        return f"{self.when} {self.text}".strip()


def lines_of(written: str) -> list[Line]:
    """What is written, line by line. What looks like a time and is none is text."""
    return [_line_of(line.strip()) for line in written.splitlines() if line.strip()]


def check(written: str) -> None:
    """Raises ValidationError for a time that no clock shows, an end before its beginning and lines out of order."""
    last = timedelta()
    for written_line in written.splitlines():
        line = written_line.strip()
        if (found := _LINE.fullmatch(line)) is None:
            continue
        parsed = _line_of(line)
        if parsed.begins is None or (found[3] is not None and parsed.ends is None):
            raise ValidationError(_("“%(line)s”: no clock shows that time.") % {"line": line})
        if parsed.ends is not None and parsed.ends <= parsed.begins:
            raise ValidationError(_("“%(line)s”: the end must come after the beginning.") % {"line": line})
        if parsed.begins < last:
            raise ValidationError(
                _("“%(line)s” comes before the line above it. Put the lines in order.") % {"line": line}
            )
        last = parsed.begins


def has_times(lines: Iterable[Line]) -> bool:
    return any(line.begins is not None for line in lines)


def on(starts_at: datetime, lines: list[Line]) -> list[Line]:
    """The same programme for a visit that begins then: its first time is the visit's."""
    first = next((line.begins for line in lines if line.begins is not None), None)
    if first is None:
        return lines
    start = timezone.localtime(starts_at)
    later = timedelta(hours=start.hour, minutes=start.minute) - first
    return [
        line
        if line.begins is None
        else replace(line, begins=line.begins + later, ends=None if line.ends is None else line.ends + later)
        for line in lines
    ]


def _line_of(line: str) -> Line:
    if (found := _LINE.fullmatch(line)) is None:
        return Line(line)
    begins = _time(found[1], found[2])
    ends = _time(found[3], found[4]) if found[3] is not None else None
    if begins is None or (found[3] is not None and ends is None):
        return Line(line)
    return Line(found[5], begins, ends)


def _time(hours: str, minutes: str) -> timedelta | None:
    return timedelta(hours=int(hours), minutes=int(minutes)) if int(hours) < 24 and int(minutes) < 60 else None


def _clock(time: timedelta) -> str:
    minutes = int(time.total_seconds()) // 60 % (24 * 60)
    return f"{minutes // 60:02}:{minutes % 60:02}"
