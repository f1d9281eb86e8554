"""Times that a host is about to add, each with what speaks against it. Nothing is stored before the host has looked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.dates import days_of, full_day, span
from regions.days_off import public_holiday
from schools.closed_days import ClosedSchools, closed_schools
from visits.enums import MinimumOf, VisitKind
from visits.models import MOST_BUFFER, HostClosure, VisitOffer, VisitSlot
from visits.slot_times import NoSuchTime, SlotTimes, days_before, local_time

# At most so many at a time: a school year of daily visits, and still a page that a person can read.
AT_MOST = 200
_SATURDAY = 5


@dataclass
class ProposedTime:
    """One time of a rule, or last year's time a year later.

    `reasons` leave it out unless the host takes it all the same, `remarks` are worth knowing; `impossible` says why it
    can never be added. `is_there` already.
    """

    day: date
    start: time
    times: SlotTimes | None = None
    reasons: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    impossible: str = ""
    is_there: bool = False

    @property
    def key(self) -> str:
        """Names the time in the form of the preview."""
        return f"{self.day.isoformat()}T{self.start:%H:%M}"

    @property
    def in_words(self) -> str:
        """Wednesday 17 March 2027, 09:00–10:30."""
        if self.times:
            return span(self.times.starts_at, self.times.ends_at)
        return f"{full_day(self.day)}, {time_format(self.start)}"

    @property
    def words(self) -> str:
        """What the host should know of the time, in one line; nothing when all is well."""
        if self.is_there:
            return _("Is there already")
        return ". ".join(filter(None, [self.impossible, *self.reasons, *self.remarks]))

    @property
    def month(self) -> date:
        return self.day.replace(day=1)

    @property
    def can_be_added(self) -> bool:
        return not (self.impossible or self.is_there)

    @property
    def is_clear(self) -> bool:
        return self.can_be_added and not self.reasons


@dataclass(frozen=True)
class Terms:
    """What all times of one rule share."""

    duration: timedelta
    opens_at: datetime
    closes_days: int
    cancel_days: int
    pupils_capacity: int
    groups_capacity: int
    minimum: int = 0
    minimum_of: str = MinimumOf.PUPILS
    decide_days: int = 0  # before the visit; counts only with a minimum


def propose(day: date, start: time, terms: Terms) -> ProposedTime:
    """The time with its moments worked out, or with the reason why there is no such time."""
    proposed = ProposedTime(day, start)
    try:
        starts_at = local_time(day, start)
    except NoSuchTime:
        proposed.impossible = _("%(time)s does not exist on this day: the clocks go forward that night.") % {
            "time": time_format(start)
        }
        return proposed
    times = SlotTimes(
        starts_at=starts_at,
        ends_at=starts_at + terms.duration,
        opens_at=terms.opens_at,
        closes_at=days_before(starts_at, terms.closes_days),
        cancel_by=days_before(starts_at, terms.cancel_days),
        pupils_capacity=terms.pupils_capacity,
        groups_capacity=terms.groups_capacity,
        minimum=terms.minimum,
        minimum_of=terms.minimum_of,
        decide_at=days_before(starts_at, terms.decide_days) if terms.minimum else None,
    )
    now = timezone.now()
    if starts_at <= now:
        proposed.impossible = _("This time has passed.")
    elif times.closes_at <= now:
        proposed.impossible = _("Booking would already be closed.")
    elif times.opens_at >= times.closes_at:
        proposed.impossible = _("Booking would close before it opens.")
    elif times.decide_at and times.decide_at <= now:
        proposed.impossible = _("The day when it is decided has passed already.")
    else:
        proposed.times = times
    return proposed


def look_at(offer: VisitOffer, proposed: Sequence[ProposedTime]) -> None:
    """Write beside each time what speaks against it now. The number of queries does not depend on how many they are."""
    possible = [one for one in proposed if one.times]
    # Classes from the whole country meet on screen.
    nearby = None if offer.kind == VisitKind.ON_SCREEN else offer.workplace.municipality_id
    closed = closed_schools(nearby, {one.day for one in possible})
    for one in possible:
        one.reasons, one.remarks, one.is_there = [], [], False
        if holiday := public_holiday(one.day, offer.company.country):
            one.reasons.append(_("Public holiday: %(name)s") % {"name": holiday})
        elif one.day.weekday() >= _SATURDAY:
            one.remarks.append(date_format(one.day, "l"))
        elif one.day in closed:
            told = one.reasons if closed[one.day].is_most else one.remarks
            told.append(_schools_are_closed(closed[one.day]))
    _look_for_clashes(offer, possible)


def _schools_are_closed(schools: ClosedSchools) -> str:
    """2 of 3 schools here have no lessons (Autumn holiday)."""
    words = ngettext(
        "%(closed)d of %(known)d school in the municipality has no lessons",
        "%(closed)d of %(known)d schools in the municipality have no lessons",
        schools.known,
    ) % {"closed": schools.closed, "known": schools.known}
    return f"{words} ({schools.reason})" if schools.reason else words


def clashes(offer: VisitOffer, times: Iterable[SlotTimes], *, besides: VisitSlot | None = None) -> list[str]:
    """What speaks against times that a host names one by one, a line for each; `besides` is the slot that moves there.

    Without public holidays: who writes a single day knows it.
    """
    named = []
    for one in times:
        starts_at = timezone.localtime(one.starts_at)
        named.append(ProposedTime(starts_at.date(), starts_at.time(), one))
    _look_for_clashes(offer, named, besides)
    return [f"{one.in_words}: {reason}" for one in named for reason in one.reasons]


def _look_for_clashes(offer: VisitOffer, possible: list[ProposedTime], besides: VisitSlot | None = None) -> None:
    if possible:
        _look_for_closures(offer, possible)
        _look_for_other_times(offer, possible, besides)


def _look_for_closures(offer: VisitOffer, possible: list[ProposedTime]) -> None:
    days = [(one, *days_of(one.times.starts_at, one.times.ends_at)) for one in possible if one.times]
    first, last = min(first for __, first, __last in days), max(last for *__, last in days)
    for closure in HostClosure.objects.of_offer(offer).touching(first, last):
        why = _("Blocked: %(why)s") % {"why": closure.reason} if closure.reason else _("You have blocked this day")
        for one, first, last in days:
            if closure.covers(first, last) and why not in one.reasons:
                one.reasons.append(why)


def _look_for_other_times(offer: VisitOffer, possible: list[ProposedTime], besides: VisitSlot | None) -> None:
    nearby = [slot for slot in _times_of_host(offer, possible) if slot != besides]
    for one in possible:
        assert one.times  # possible ones have theirs
        for slot in nearby:
            between = timedelta(minutes=max(offer.buffer_minutes, slot.offer.buffer_minutes))
            if slot.offer_id == offer.pk and slot.starts_at == one.times.starts_at:
                one.is_there = True
            elif slot.starts_at < one.times.ends_at + between and one.times.starts_at < slot.ends_at + between:
                one.reasons.append(_beside(slot))


def _times_of_host(offer: VisitOffer, possible: Iterable[ProposedTime]) -> list[VisitSlot]:
    """Times that need the same people and rooms: of this offer, and of what else is held at its workplace."""
    moments = [one.times for one in possible if one.times]
    longest = timedelta(minutes=MOST_BUFFER)
    slots = VisitSlot.objects.filter(
        cancelled_at=None,
        offer__company=offer.company_id,
        starts_at__lt=max(times.ends_at for times in moments) + longest,
        ends_at__gt=min(times.starts_at for times in moments) - longest,
    ).select_related("offer")
    return [slot for slot in slots if slot.offer_id == offer.pk or _share_a_place(slot.offer, offer)]


def _share_a_place(one: VisitOffer, other: VisitOffer) -> bool:
    """A guest lesson is held at a school and a talk on screen anywhere: neither takes up the workplace."""
    return one.workplace_id == other.workplace_id and one.is_at_workplace and other.is_at_workplace


def _beside(slot: VisitSlot) -> str:
    return _("Too near to “%(title)s”, %(from)s–%(to)s") % {
        "title": slot.offer.title,
        "from": time_format(timezone.localtime(slot.starts_at).time()),
        "to": time_format(timezone.localtime(slot.ends_at).time()),
    }
