"""Days and clock times as the host means them: on the local calendar, also on the nights when the clocks change."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.utils import timezone

from visits.enums import MinimumOf


class NoSuchTime(ValueError):
    """The clocks jump over this local time."""


@dataclass(frozen=True)
class SlotTimes:
    """All a host decides about one time of a visit."""

    starts_at: datetime
    ends_at: datetime
    opens_at: datetime
    closes_at: datetime
    cancel_by: datetime
    pupils_capacity: int
    groups_capacity: int
    minimum: int = 0
    minimum_of: str = MinimumOf.PUPILS
    decide_at: datetime | None = None


def local_time(day: date, clock: time) -> datetime:
    """The moment when local clocks show this. Of two such moments (an autumn night) the first."""
    moment = datetime.combine(day, clock, tzinfo=timezone.get_default_timezone())
    exact = moment.astimezone(UTC)
    if exact.astimezone(moment.tzinfo).replace(tzinfo=None) != datetime.combine(day, clock):
        raise NoSuchTime
    return exact


def days_before(moment: datetime, days: int) -> datetime:
    """The same time on the clock so many calendar days earlier."""
    local = timezone.localtime(moment, timezone.get_default_timezone())
    earlier = datetime.combine(local.date() - timedelta(days=days), local.time(), tzinfo=local.tzinfo)
    return earlier.astimezone(UTC)


def calendar_days_between(earlier: datetime, later: datetime) -> int:
    zone = timezone.get_default_timezone()
    return (timezone.localtime(later, zone).date() - timezone.localtime(earlier, zone).date()).days
