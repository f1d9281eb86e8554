"""A school year's times of an offer, proposed anew a year later: the same weekday of the same week, the same hour."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time

from django.utils import timezone
from django.utils.translation import gettext as _

from core.dates import midnight
from regions.school_year import FIRST_MONTH, current_school_year, first_day, school_year_of
from visits.models import VisitOffer, VisitSlot
from visits.proposed_times import AT_MOST, ProposedTime, Terms, propose
from visits.slot_times import calendar_days_between


@dataclass
class YearOfTimes:
    """An offer's times of one school year, and into which they are moved. `to_come` moved are not over yet."""

    year: int
    into: int
    slots: list[VisitSlot] = field(default_factory=list)

    @property
    def years_later(self) -> int:
        return self.into - self.year

    @property
    def to_come(self) -> list[VisitSlot]:
        today = timezone.localdate()
        return [slot for slot in self.slots if same_week(slot.day, self.years_later) >= today]

    @property
    def passed(self) -> int:
        return len(self.slots) - len(self.to_come)


def years_of(offer: VisitOffer) -> list[YearOfTimes]:
    """School years whose times can be copied, the newest first: this one into the next, earlier ones into this one."""
    this_year = current_school_year()
    years: dict[int, YearOfTimes] = {}
    slots = offer.slots.filter(cancelled_at=None, starts_at__lt=midnight(first_day(this_year + 1)))
    for slot in slots.order_by("starts_at", "pk"):
        year = school_year_of(slot.day)
        into = this_year if year < this_year else this_year + 1
        years.setdefault(year, YearOfTimes(year, into)).slots.append(slot)
    return [year for year in reversed(years.values()) if year.to_come]


def probably_meant(years: Sequence[YearOfTimes]) -> YearOfTimes:
    """In autumn a host plans with last year's times, from January on the next year with this year's."""
    today = timezone.localdate()
    wanted = school_year_of(today) - (today.month >= FIRST_MONTH)
    return min(years, key=lambda year: abs(year.year - wanted))


def proposals(offer: VisitOffer, year: YearOfTimes, *, opens_at: datetime) -> tuple[list[ProposedTime], int]:
    """The year's times as they would be, in order, and how many are left for another go when they are too many.

    Two that fall on the same moment, after a week 53, are one.
    """
    moved: dict[str, ProposedTime] = {}
    for slot in year.to_come:
        one = _proposed(offer, slot, same_week(slot.day, year.years_later), opens_at)
        moved.setdefault(one.key, one)
    found = sorted(moved.values(), key=lambda one: (one.day, one.start))
    if len(found) > AT_MOST:
        coming = offer.slots.upcoming().values_list("starts_at", flat=True)
        there = {timezone.localtime(starts_at).replace(tzinfo=None) for starts_at in coming}
        found = [one for one in found if datetime.combine(one.day, one.start) not in there] or found[:AT_MOST]
    return found[:AT_MOST], len(found[AT_MOST:])


def same_week(day: date, years_later: int) -> date:
    """The same weekday of the same week in a later year; of its last week where it has no week 53."""
    year, week, weekday = day.isocalendar()
    year += years_later
    last_week = date(year, 12, 28).isocalendar().week
    return date.fromisocalendar(year, min(week, last_week), weekday)


def _proposed(offer: VisitOffer, slot: VisitSlot, day: date, opens_at: datetime) -> ProposedTime:
    one = propose(day, _clock(slot.starts_at), _terms_of(slot, offer, opens_at))
    if one.times and slot.pupils_capacity < offer.group_min:
        one.times = None
        one.impossible = _("It has %(places)d places, and the smallest group you take now is %(pupils)d.") % {
            "places": slot.pupils_capacity,
            "pupils": offer.group_min,
        }
    return one


def _terms_of(slot: VisitSlot, offer: VisitOffer, opens_at: datetime) -> Terms:
    """The time's own terms. A time that was closed by hand says nothing of when booking closes: then the offer does."""
    by_hand = _clock(slot.closes_at) != _clock(slot.starts_at)
    return Terms(
        duration=slot.ends_at - slot.starts_at,
        opens_at=opens_at,
        closes_days=offer.answer_days if by_hand else calendar_days_between(slot.closes_at, slot.starts_at),
        cancel_days=calendar_days_between(slot.cancel_by, slot.starts_at),
        pupils_capacity=slot.pupils_capacity,
        groups_capacity=slot.groups_capacity,
        minimum=slot.minimum,
        minimum_of=slot.minimum_of,
        decide_days=calendar_days_between(slot.decide_at, slot.starts_at) if slot.decide_at else 0,
    )


def _clock(moment: datetime) -> time:
    return timezone.localtime(moment).time()
