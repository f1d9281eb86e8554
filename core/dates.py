"""Days with their weekday, as the reader's language writes them. Templates have them as filters: {% load ui %}.

Without a weekday, Django's own filters do: date:"DATE_FORMAT", date:"MONTH_DAY_FORMAT", time.
"""

from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.formats import date_format, get_format, time_format


def day(when: date) -> str:
    """Thursday 12 March."""
    return _weekday_and(when, "MONTH_DAY_FORMAT")


def full_day(when: date) -> str:
    """Thursday 12 March 2027."""
    return _weekday_and(when, "DATE_FORMAT")


def moment(when: datetime) -> str:
    """Thursday 12 March 09:30."""
    return f"{day(when)} {_clock(when)}"


def span(start: datetime, end: datetime) -> str:
    """Thursday 12 March 2027, 09:30–11:00."""
    return f"{full_day(start)}, {_clock(start)}–{_clock(end)}"


def days_of(start: datetime, end: datetime) -> tuple[date, date]:
    """The first and the last day, here: one and the same, but for what goes on past midnight."""
    return timezone.localdate(start), timezone.localdate(end - timedelta.resolution)


def midnight(when: date) -> datetime:
    """The first moment of a day, here."""
    return timezone.make_aware(datetime.combine(when, time.min))


def _weekday_and(when: date, date_format_name: str) -> str:
    return date_format(_local(when), f"l {get_format(date_format_name)}")


def _clock(when: datetime) -> str:
    return time_format(timezone.localtime(when).time())


def _local(when: date) -> date:
    return timezone.localtime(when) if isinstance(when, datetime) else when
