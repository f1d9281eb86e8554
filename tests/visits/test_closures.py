"""Days that a host blocks and the time it wants between two visits: what is said, when, and what stays."""

from datetime import date, time, timedelta
from functools import partial

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from core.errors import ActionRefused
from tests.concurrency import Meeting, at_the_same_time
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory, WorkplaceFactory
from tests.factories.visits import HostClosureFactory, VisitBookingFactory, VisitOfferFactory, VisitSlotFactory
from tests.visits.test_times_by_rule import NOW, WEDNESDAY, data, on
from visits import closures, offer_actions
from visits.models import HostClosure, VisitSlot
from visits.proposed_times import look_at
from visits.rule_forms import TimesByRuleForm
from visits.slot_times import local_time

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _first_of_march():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def host(client):
    user = UserFactory()
    company = CompanyFactory(name="Nordverk")
    company.memberships.create(user=user, role="contact")
    WorkplaceFactory(company=company)
    user.company = company
    client.force_login(user)
    return user


def words_of(offer, *days, **changes):
    proposed = on(*days, **changes)
    look_at(offer, proposed)
    return [one.words for one in proposed]


# Blocked days


def test_times_on_blocked_days_say_why():
    offer = VisitOfferFactory()
    blocked = partial(HostClosureFactory, company=offer.company, first_day=WEDNESDAY)
    blocked(last_day=WEDNESDAY + timedelta(days=1), reason="Audit")
    blocked(last_day=WEDNESDAY, reason="")
    HostClosureFactory(first_day=WEDNESDAY)  # another host's
    days = [WEDNESDAY + timedelta(days=step) for step in (-1, 0, 1, 2)]
    assert words_of(offer, *days) == ["", "Blocked: Audit. You have blocked this day", "Blocked: Audit", ""]


def test_a_visit_past_midnight_is_on_both_days():
    offer = VisitOfferFactory()
    HostClosureFactory(company=offer.company, first_day=WEDNESDAY + timedelta(days=1), reason="Audit")
    night = partial(words_of, offer, WEDNESDAY, start=time(22))
    assert night(duration=timedelta(hours=3)) == ["Blocked: Audit"]
    assert night(duration=timedelta(hours=2)) == [""]  # until midnight


@pytest.mark.parametrize(
    ("kind", "words"), [("company_visit", "Blocked: Audit"), ("guest_lesson", ""), ("on_screen", "")]
)
def test_a_blocked_workplace_stops_what_is_held_there(kind, words):
    offer = VisitOfferFactory(kind=kind)
    HostClosureFactory(company=offer.company, workplace=offer.workplace, first_day=WEDNESDAY, reason="Audit")
    elsewhere = WorkplaceFactory(company=offer.company)
    HostClosureFactory(company=offer.company, workplace=elsewhere, first_day=WEDNESDAY, reason="Not here")
    assert words_of(offer, WEDNESDAY) == [words]


def test_blocked_days_cost_one_query(django_assert_num_queries):
    offer = VisitOfferFactory()
    days = [WEDNESDAY + timedelta(days=step) for step in range(20)]
    for count in (1, 5):
        for day in days[:count]:
            HostClosureFactory(company=offer.company, first_day=day, last_day=day + timedelta(days=count))
        with django_assert_num_queries(4):  # schools with a calendar, closed ones, blocked days, other times
            look_at(offer, on(*days))


@pytest.mark.parametrize("last", [WEDNESDAY - timedelta(days=1), WEDNESDAY + timedelta(days=367)])
def test_the_database_keeps_the_days_in_order(last):
    with pytest.raises(IntegrityError), transaction.atomic():
        HostClosureFactory(first_day=WEDNESDAY, last_day=last)


def test_a_host_blocks_days_and_opens_them_again(client, host):
    url = reverse("visits:closure_list", args=[host.company.public_id])
    assert "No days are blocked" in client.get(url).content.decode()
    sent = {"first_day": "2027-07-05", "last_day": "2027-07-30", "reason": "Summer stop"}
    page = client.post(url, sent, follow=True).content.decode()
    assert "The days are blocked." in page
    assert "Summer stop" in page
    closure = HostClosure.objects.get()
    assert (closure.first_day, closure.last_day) == (date(2027, 7, 5), date(2027, 7, 30))
    client.post(url, sent)  # sent twice
    assert HostClosure.objects.count() == 1
    page = client.post(reverse("visits:closure_remove", args=[closure.public_id]), follow=True).content.decode()
    assert "no longer blocked" in page
    assert 'name="last_day" value="2027-07-30"' in page  # the way back
    client.post(url, {"first_day": "2027-07-05", "last_day": "2027-07-30", "workplace": "", "reason": "Summer stop"})
    assert str(HostClosure.objects.get()) == "Summer stop"
    assert "Block the days again" not in client.get(url).content.decode()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"first_day": ""}, "This field is required"),
        ({"first_day": "2027-02-28"}, "has passed"),
        ({"last_day": "2027-07-04"}, "cannot come before the first"),
        ({"last_day": "2028-07-30"}, "within a year"),
    ],
)
def test_the_form_says_what_is_wrong_and_keeps_what_was_typed(client, host, changes, words):
    url = reverse("visits:closure_list", args=[host.company.public_id])
    sent = {"first_day": "2027-07-05", "last_day": "2027-07-30", "reason": "Summer stop"} | changes
    page = client.post(url, sent).content.decode()
    assert words in page
    assert "Summer stop" in page
    assert not HostClosure.objects.exists()


def test_a_single_day_needs_no_last_one(client, host):
    client.post(reverse("visits:closure_list", args=[host.company.public_id]), {"first_day": "2027-07-05"})
    closure = HostClosure.objects.get()
    assert closure.first_day == closure.last_day


def test_one_of_several_workplaces_can_be_blocked(client, host):
    other = WorkplaceFactory(company=host.company, name="The harbour")
    url = reverse("visits:closure_list", args=[host.company.public_id])
    assert "The harbour" in client.get(url).content.decode()
    client.post(url, {"first_day": "2027-07-05", "workplace": other.public_id})
    assert HostClosure.objects.get().workplace == other
    client.post(url, {"first_day": "2027-07-06", "workplace": WorkplaceFactory().public_id})  # not theirs
    assert HostClosure.objects.count() == 1


def test_there_are_no_more_periods_than_a_person_reads(host, monkeypatch):
    monkeypatch.setattr(closures, "MOST", 1)
    HostClosureFactory(company=host.company)
    with pytest.raises(ActionRefused, match="Write longer periods"):
        closures.block_days(HostClosureFactory.build(company=host.company, first_day=WEDNESDAY))


def test_times_that_are_there_already_are_shown_with_the_way_to_them(client, host):
    offer = VisitOfferFactory(company=host.company, title="See the gears")
    slot = VisitSlotFactory(
        offer=offer, starts_at=local_time(WEDNESDAY, time(9)), ends_at=local_time(WEDNESDAY, time(11))
    )
    VisitBookingFactory(slot=slot)
    url = reverse("visits:closure_list", args=[host.company.public_id])
    page = client.post(url, {"first_day": WEDNESDAY.isoformat()}, follow=True).content.decode()
    assert "Times that lie on them stay" in page
    assert "1 time lies on these days:" in page
    assert reverse("visits:host_slot_detail", args=[slot.public_id]) in page
    assert "(1 group)" in page
    slot.refresh_from_db()
    assert (slot.cancelled_at, slot.groups_taken) == (None, 1)


def test_the_list_costs_the_same_for_one_and_for_five(client, host, django_assert_max_num_queries):
    url = reverse("visits:closure_list", args=[host.company.public_id])
    counts = []
    for number in range(5):
        HostClosureFactory(company=host.company, first_day=WEDNESDAY + timedelta(days=number))
        VisitSlotFactory(offer__company=host.company, starts_at=local_time(WEDNESDAY, time(9 + number)))
        with django_assert_max_num_queries(30) as asked:
            client.get(url)
        counts.append(len(asked))
    assert counts[0] == counts[4]


# Time between two visits


@pytest.mark.parametrize(("minutes", "too_near"), [(0, False), (30, False), (31, True)])
@pytest.mark.parametrize("whose", ["mine", "theirs"])
def test_visits_at_one_workplace_keep_the_time_between(minutes, too_near, whose):
    offer = VisitOfferFactory(buffer_minutes=minutes if whose == "mine" else 0)
    other = VisitOfferFactory(company=offer.company, buffer_minutes=minutes if whose == "theirs" else 0)
    VisitSlotFactory(
        offer=other, starts_at=local_time(WEDNESDAY, time(11)), ends_at=local_time(WEDNESDAY, time(12, 30))
    )
    before, after = on(WEDNESDAY, start=time(9)), on(WEDNESDAY, start=time(13))  # 90 minutes each
    look_at(offer, before + after)
    assert [bool(one.reasons) for one in before + after] == [too_near, too_near]


def test_the_hours_of_a_rule_keep_the_time_between():
    offer = VisitOfferFactory(buffer_minutes=30)
    form = TimesByRuleForm(data(start_2="10:45"), offer=offer)
    assert form.errors["start_2"] == ["You want 30 minutes between two visits. Choose hours further apart."]
    assert TimesByRuleForm(data(start_2="11:00"), offer=offer).is_valid()


# Single times


def single(**changes):
    return {
        "day": WEDNESDAY.isoformat(),
        "start": "09:00",
        "duration_minutes": "90",
        "pupils_capacity": "30",
        "groups_capacity": "1",
        "closes_days": "7",
        "cancel_days": "3",
    } | changes


def test_a_single_time_on_a_blocked_day_is_added_when_the_host_has_seen_it(client, host):
    offer = VisitOfferFactory(company=host.company)
    HostClosureFactory(company=host.company, first_day=WEDNESDAY, reason="Audit")
    url = reverse("visits:host_slot_create", args=[offer.public_id])
    response = client.post(url, single())
    page = response.content.decode()
    assert "Wednesday 17 March 2027, 09:00–10:30: Blocked: Audit" in page
    assert 'value="09:00"' in page
    assert not VisitSlot.objects.exists()
    mark = response.context["against"].mark
    HostClosureFactory(company=host.company, first_day=WEDNESDAY, last_day=WEDNESDAY, reason="And the boss is ill")
    assert "the boss is ill" in client.post(url, single(seen=mark)).content.decode()  # something else than was seen
    assert not VisitSlot.objects.exists()
    mark = client.post(url, single()).context["against"].mark
    assert client.post(url, single(seen=mark)).status_code == 302
    assert VisitSlot.objects.get().offer == offer


def test_a_time_that_moves_too_near_to_another_is_looked_at_first(client, host):
    offer = VisitOfferFactory(company=host.company, buffer_minutes=60)
    nine, noon = local_time(WEDNESDAY, time(9)), local_time(WEDNESDAY, time(12))
    VisitSlotFactory(offer=offer, starts_at=nine, ends_at=nine + timedelta(minutes=90))
    slot = VisitSlotFactory(offer=offer, starts_at=noon, ends_at=noon + timedelta(minutes=90))
    url = reverse("visits:host_slot_edit", args=[slot.public_id])
    assert client.post(url, single(start="12:15")).status_code == 302  # its own old hour is not in the way
    response = client.post(url, single(start="11:00"))
    assert "Too near to" in response.content.decode()
    assert "Save all the same" in response.content.decode()
    assert client.post(url, single(start="11:00", seen=response.context["against"].mark)).status_code == 302
    slot.refresh_from_db()
    assert timezone.localtime(slot.starts_at).hour == 11


def let_both_look(monkeypatch, *, seconds):
    """Nobody writes before both have looked, unless a lock makes them wait for each other."""
    monkeypatch.setattr(
        offer_actions, "_refuse_unless_seen", Meeting(2, seconds=seconds).after(offer_actions._refuse_unless_seen)
    )


def two_near_times():
    company = CompanyFactory()
    place = WorkplaceFactory(company=company)
    offers = VisitOfferFactory.create_batch(2, company=company, workplace=place)
    times = on(WEDNESDAY)[0].times
    return at_the_same_time(*[partial(offer_actions.add_slots, offer, [times]) for offer in offers])


@pytest.mark.django_db(transaction=True)
def test_two_people_who_add_near_times_at_once_see_each_others(monkeypatch):
    let_both_look(monkeypatch, seconds=1)
    kinds = [type(outcome) for outcome in two_near_times()]
    assert sorted(kind.__name__ for kind in kinds) == ["SpokenAgainst", "list"]


@pytest.mark.django_db(transaction=True)
def test_without_the_companys_lock_both_are_added(monkeypatch):
    """The negative control: the lock is the offer's alone, and the two offers never meet."""
    let_both_look(monkeypatch, seconds=20)
    monkeypatch.setattr(offer_actions, "lock_for_times", offer_actions.locked_offer)
    assert [type(outcome) for outcome in two_near_times()] == [list, list]
