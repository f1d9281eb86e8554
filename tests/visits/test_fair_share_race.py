"""Limits and first turns on every path that makes a booking, at random: nobody gets more than its share.

Booking, a yes to held places, the host's proposals and the school's wish for another time meet each other and what
frees places. A school that has been out cannot come at all in these days, and the others no oftener than the region
says.
"""

from collections import Counter
from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from regions.models import Region
from tests.concurrency import Meeting, at_the_same_time
from tests.factories.accounts import UserFactory
from tests.factories.regions import RegionFactory
from tests.factories.schools import SchoolClassFactory, SchoolFactory
from tests.factories.visits import VisitBookingFactory, VisitOfferFactory, VisitSlotFactory, WaitingGroupFactory
from tests.visits import paths
from tests.visits.test_move_race import booking_of
from tests.visits.test_paths_race import MOST_ROUNDS, run
from visits import fair_share, first_turn, waiting_actions
from visits.models import VisitBooking, VisitOffer

pytestmark = pytest.mark.django_db(transaction=True)

PATHS = [
    *[paths.book, paths.stand_in_line, paths.take_held_places, paths.let_an_offer_lapse] * 3,
    *[paths.propose, paths.accept_proposal, paths.decline_proposal, paths.say_yes, paths.say_no] * 2,
    *[paths.ask_for_another_time, paths.grant_another_time, paths.refuse_another_time],
    *[paths.cancel] * 4,
    *[paths.change_size, paths.sweep],
]
MAKES_BOOKINGS = {"book", "take_held_places", "accept_proposal", "grant_another_time"}


def make_shared_town():
    """Three times, more schools than they have room for that may each come once, and one school that has been out."""
    town = paths.make_town(hours=(0, 3, 6), classes=0)
    offer = town.slots[0].offer
    VisitOffer.objects.filter(pk=offer.pk).update(first_turn_days=10)
    RegionFactory(municipalities=[offer.workplace.municipality], visits_per_school=1)
    for _ in range(10):
        town.classes.extend(SchoolClassFactory.create_batch(2, school=SchoolFactory()))
    out = SchoolClassFactory.create_batch(2, school=SchoolFactory(name="Has been out"))
    begun = timezone.now() - timedelta(hours=1)  # nobody can cancel it any more
    slot = VisitSlotFactory(starts_at=begun, opens_at=begun - timedelta(days=9))
    VisitBookingFactory(slot=slot, school_class=out[0], state="confirmed")
    town.classes.extend(out)
    return town


def beyond_their_share():
    """Schools that have got more visits than their share, or one before their turn. There may be none."""
    region = Region.objects.latest("pk")
    live = VisitBooking.objects.live().filter(slot__offer__workplace__municipality__in=region.municipalities.all())
    schools = Counter(booking.school for booking in live.select_related("school"))
    too_often = [f"{school} comes {times} times" for school, times in schools.items() if times > 1]
    return too_often + [f"{school} comes before its turn" for school in schools if school.name == "Has been out"]


def race(seed):
    done, troubles = run(seed, make=make_shared_town, paths=PATHS)
    return done, troubles + beyond_their_share()


def test_nobody_gets_more_than_its_share_by_any_path():
    succeeded = Counter()
    for seed in range(MOST_ROUNDS):
        done, troubles = race(seed)
        assert troubles == []
        succeeded += done
        if set(succeeded) >= MAKES_BOOKINGS | {"refused"}:
            return
    assert MAKES_BOOKINGS - set(succeeded) == set()


def test_without_first_turns_who_has_been_out_is_found(monkeypatch):
    """The negative control."""
    monkeypatch.setattr(first_turn, "held_until", lambda rules, slot, school: None)
    assert any("before its turn" in trouble for seed in range(MOST_ROUNDS) for trouble in race(seed)[1])


def last_visit(*ways):
    """Classes of one school take its last visit, each in its way: `book`, or say yes to places held for it."""
    offer = VisitOfferFactory(visits_per_school=1)
    school, teacher, calls = SchoolFactory(), UserFactory(), []
    for number, way in enumerate(ways):
        slot = VisitSlotFactory(offer=offer, starts_at=timezone.now() + timedelta(days=20 + number))
        school_class = SchoolClassFactory(school=school)
        if way == "book":
            calls.append(booking_of(slot, school_class, teacher))
        else:
            group = WaitingGroupFactory(slot=slot, school_class=school_class, school=school, is_offered=True)
            calls.append(partial(waiting_actions.accept_offer, group))
    outcomes = at_the_same_time(*calls)
    return sorted(type(outcome).__name__ for outcome in outcomes)


WAYS = pytest.mark.parametrize("ways", [("book", "book"), ("book", "accept"), ("accept", "accept")])


def let_both_count(monkeypatch, *, seconds):
    monkeypatch.setattr(fair_share, "check", Meeting(2, seconds=seconds).after(fair_share.check))


@WAYS
def test_the_last_visit_is_taken_once_however_it_is_taken(monkeypatch, ways):
    let_both_count(monkeypatch, seconds=1)
    assert last_visit(*ways) == ["ActionRefused", "VisitBooking"]


@WAYS
def test_without_the_schools_lock_it_is_taken_twice(monkeypatch, ways):
    """The negative control."""
    let_both_count(monkeypatch, seconds=20)
    monkeypatch.setattr(fair_share, "_lock_school", lambda school: None)
    assert last_visit(*ways) == ["VisitBooking", "VisitBooking"]
