"""Times of the offers: on school days, in the daytime, never two on a day at one company."""

from datetime import date, datetime, time, timedelta

from django.utils import timezone

from coordination.demo.calendar import is_school_day, school_days
from coordination.demo.people import PARTNERS
from coordination.demo.world import World
from regions.enums import Country
from regions.school_year import school_year_of
from visits.enums import OfferState
from visits.models import HostClosure, VisitOffer, VisitSlot

_BEGINNINGS = [time(8, 30), time(9, 0), time(9, 30), time(10, 0), time(12, 30)]
_PER_OFFER, _PER_PAUSED_OFFER = 6, 2
_MORE_BEHIND = 11  # times of a main company's first offer: enough for schools' averages to show
_NEAR, _FAR = timedelta(weeks=9), timedelta(weeks=26)
_OPENS_BEFORE = timedelta(days=100)
_LAST_AUTUMN, _LAST_SPRING = (36, 39, 46, 49), (10, 12, 16, 18, 20, 22)  # weeks, on Wednesdays
_WEDNESDAY = 3


def make_slots(world: World) -> None:
    """Plan the times in memory: they are stored once the bookings have filled their counters."""
    today = timezone.localdate(world.now)
    days = {country: school_days(country, today) for country in ("SE", "NO")}
    busy: set[tuple[int, date]] = set()
    for offer in world.offers:
        if offer.state == OfferState.DRAFT or offer.public_id in world.without_times:
            continue
        wanted = _PER_OFFER if offer.state == OfferState.PUBLISHED else _PER_PAUSED_OFFER
        chosen = _some_days(world, offer, days[offer.company.country], today, wanted, busy)
        busy |= {(offer.company_id, day) for day in chosen}
        world.slots += [_slot(world, offer, day) for day in chosen]


def make_last_year(world: World) -> None:
    """What the first offer of each main company did last school year, for its host to copy."""
    year = school_year_of(timezone.localdate(world.now)) - 1
    days = [date.fromisocalendar(year, week, _WEDNESDAY) for week in _LAST_AUTUMN]
    days += [date.fromisocalendar(year + 1, week, _WEDNESDAY) for week in _LAST_SPRING]
    slots = []
    for name in PARTNERS:
        offer = next(slot.offer for slot in world.slots if slot.offer.company.name == name)
        slots += [_slot(world, offer, day) for day in days if is_school_day(offer.company.country, day)]
    world.store(slots)


def make_closures(world: World) -> None:
    """The summer stop of the main companies, in the weeks when their industry rests."""
    today = timezone.localdate(world.now)
    closures = []
    for name in PARTNERS:
        company = world.companies[name]
        is_swedish = company.country == Country.SE
        week = 29 if is_swedish else 28
        year = today.year if today < date.fromisocalendar(today.year, week, 1) else today.year + 1
        closures.append(
            HostClosure(
                public_id=world.public_id(),
                company=company,
                first_day=date.fromisocalendar(year, week, 1),
                last_day=date.fromisocalendar(year, week + 2, 7),
                reason="Industrisemester" if is_swedish else "Fellesferie",
            )
        )
    world.store(closures)


def _some_days(
    world: World, offer: VisitOffer, days: list[date], today: date, wanted: int, busy: set[tuple[int, date]]
) -> list[date]:
    """Two behind us, three in the coming weeks, the rest later; a main company's first offer is on this very week."""
    free = [day for day in days if (offer.company_id, day) not in busy]
    past = [day for day in free if day < today]
    near = [day for day in free if today < day <= today + _NEAR]
    far = [day for day in free if today + _NEAR < day <= today + _FAR]
    soon: list[date] = []
    more = 0
    if offer.company.name in PARTNERS:
        soon = near[:2]
        wanted += 3
        is_first = all(company != offer.company_id for company, _day in busy)
        more = _MORE_BEHIND if is_first else 0
    taken = soon + world.dice.sample(past, min(len(past), wanted // 3 + more))
    rest = [day for day in near if day not in soon]
    taken += world.dice.sample(rest, min(len(rest), wanted // 2))
    taken += world.dice.sample(far, min(len(far), max(0, wanted + more - len(taken))))
    return sorted(taken)


def _slot(world: World, offer: VisitOffer, day: date) -> VisitSlot:
    starts_at = datetime.combine(day, world.pick(_BEGINNINGS), tzinfo=timezone.get_current_timezone())
    groups = 2 if offer.group_max <= 24 and world.chance(0.2) else 1
    return VisitSlot(
        public_id=world.public_id(),
        offer=offer,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=offer.duration_minutes),
        pupils_capacity=min(offer.group_max, 60) * groups,
        groups_capacity=groups,
        opens_at=starts_at - _OPENS_BEFORE,
        closes_at=starts_at - timedelta(days=world.pick([1, 2, 3])),
        cancel_by=starts_at - timedelta(days=offer.cancel_days),
    )
