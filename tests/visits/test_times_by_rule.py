from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from html.parser import HTMLParser

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from core.errors import ActionRefused
from tests.concurrency import Meeting, at_the_same_time
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory, WorkplaceFactory
from tests.factories.visits import VisitBookingFactory, VisitOfferFactory, VisitSlotFactory, WaitingGroupFactory
from visits import offer_actions, year_actions
from visits.models import SearchRow, VisitSlot
from visits.proposed_times import Terms, look_at, propose
from visits.rule_forms import TimesByRuleForm
from visits.slot_times import local_time
from visits.time_rules import TimeRule

pytestmark = pytest.mark.django_db

NOW = datetime(2027, 3, 1, 8, tzinfo=UTC)  # a Monday, 09:00 in Stockholm
WEDNESDAY = date(2027, 3, 17)


@pytest.fixture(autouse=True)
def _first_of_march():
    with time_machine.travel(NOW, tick=False):
        yield


def terms(**changes):
    known = {
        "duration": timedelta(minutes=90),
        "opens_at": NOW,
        "closes_days": 7,
        "cancel_days": 3,
        "pupils_capacity": 30,
        "groups_capacity": 1,
    }
    return Terms(**known | changes)


def on(*days, start=time(9), **changes):
    return [propose(day, start, terms(**changes)) for day in days]


def data(**changes):
    return {
        "weekdays": ["2"],
        "how_often": "week_1",
        "start": "09:00",
        "duration_minutes": "90",
        "first": "2027-03-15",
        "last": "2027-04-09",
        "pupils_capacity": "30",
        "groups_capacity": "1",
        "closes_days": "7",
        "cancel_days": "3",
    } | changes


# The rule


def test_a_rule_goes_by_the_week_not_by_its_first_day():
    rule = TimeRule(date(2027, 3, 17), (0, 2), "week_2", (time(9),), last=date(2027, 4, 2))
    assert [day.isoformat() for day, __ in rule] == ["2027-03-17", "2027-03-29", "2027-03-31"]


@pytest.mark.parametrize(
    ("how_often", "days"),
    [
        ("month_1", ["2027-04-02", "2027-04-07", "2027-05-05", "2027-05-07", "2027-06-02"]),
        ("month_4", ["2027-03-24", "2027-03-26", "2027-04-23", "2027-04-28", "2027-05-26", "2027-05-28"]),
        ("month_last", ["2027-03-26", "2027-03-31", "2027-04-28", "2027-04-30", "2027-05-26", "2027-05-28"]),
    ],
)
def test_a_rule_counts_each_weekday_of_a_month_by_itself(how_often, days):
    rule = TimeRule(date(2027, 3, 8), (2, 4), how_often, (time(9),), last=date(2027, 6, 2))
    assert [day.isoformat() for day, __ in rule] == days


def test_a_monthly_rule_ends_after_a_number_of_times():
    form = TimesByRuleForm(data(how_often="month_2", last="", count="3"), offer=VisitOfferFactory())
    assert form.is_valid()
    assert [one.key for one in form.proposals()] == ["2027-04-14T09:00", "2027-05-12T09:00", "2027-06-09T09:00"]


def test_a_rule_with_several_hours_ends_after_a_number_of_times():
    rule = TimeRule(WEDNESDAY, (2,), "week_1", (time(13), time(9)), count=3)
    assert [(day.day, start.hour) for day, start in rule] == [(17, 9), (17, 13), (24, 9)]


def test_nine_o_clock_stays_nine_o_clock_when_the_clocks_change():
    form = TimesByRuleForm(data(), offer=VisitOfferFactory())
    assert form.is_valid()
    starts = [one.times.starts_at for one in form.proposals()]
    assert [start.astimezone(UTC).hour for start in starts] == [8, 8, 7, 7]
    assert [timezone.localtime(start).hour for start in starts] == [9, 9, 9, 9]


def test_an_hour_that_the_clocks_jump_over_cannot_be_added():
    [one] = on(date(2027, 3, 28), start=time(2, 30))
    assert not one.can_be_added
    assert "clocks go forward" in one.words


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"weekdays": []}, "weekdays", "required"),
        ({"weekdays": ["7"]}, "weekdays", "Select a valid choice"),
        ({"how_often": "week_0"}, "how_often", "Select a valid choice"),
        ({"last": ""}, "last", "until which day, or how many"),
        ({"last": "2027-03-14"}, "last", "cannot come before the first"),
        ({"last": "2027-03-16"}, "last", "None of these weekdays"),
        ({"last": "9999-12-31"}, "last", "within two years"),
        ({"first": "2027-02-28"}, "first", "has passed"),
        ({"count": "201"}, "count", "less than or equal to 200"),
        ({"last": "2028-06-30", "weekdays": list("01234")}, "last", "more than 200 times"),
        ({"start_2": "10:00"}, "start_2", "overlap"),
        ({"pupils_capacity": "4"}, "pupils_capacity", "The smallest group you take is 5"),
    ],
)
def test_the_form_says_beside_the_field_what_is_wrong(changes, field, words):
    form = TimesByRuleForm(data(**changes), offer=VisitOfferFactory())
    assert not form.is_valid()
    assert list(form.errors) == [field]
    assert words in form.errors[field][0]


def test_terms_are_what_the_offer_suggests():
    offer = VisitOfferFactory(group_max=24, duration_minutes=75, answer_days=5, cancel_days=2)
    form = TimesByRuleForm(offer=offer)
    names = ["duration_minutes", "pupils_capacity", "groups_capacity", "closes_days", "cancel_days"]
    assert [form[name].value() for name in names] == [75, 24, 1, 5, 2]


# What speaks against a time


@pytest.mark.parametrize(("country", "clear"), [("NO", False), ("SE", True)])
def test_public_holidays_of_the_company_s_country_are_left_out(country, clear):
    [one] = on(date(2027, 5, 17))
    look_at(VisitOfferFactory(company__country=country), [one])
    assert one.is_clear == clear
    assert one.words.startswith("Public holiday: Constitution Day") != clear


def test_a_weekend_that_was_asked_for_is_a_remark():
    [one] = on(date(2027, 3, 20))
    look_at(VisitOfferFactory(), [one])
    assert (one.is_clear, one.words) == (True, "Saturday")


def test_a_time_that_is_there_and_times_too_near_are_found():
    offer = VisitOfferFactory()
    at = partial(local_time, WEDNESDAY)
    VisitSlotFactory(offer=offer, starts_at=at(time(9)))
    there, near, free = (propose(WEDNESDAY, start, terms()) for start in (time(9), time(10), time(11)))
    look_at(offer, [there, near, free])
    assert [one.is_clear for one in (there, near, free)] == [False, False, True]
    assert there.words == "Is there already"
    assert near.words == f"Too near to “{offer.title}”, 09:00–11:00"


def test_another_offer_counts_when_it_needs_the_same_workplace():
    company = CompanyFactory()
    offer = VisitOfferFactory(company=company)
    starts_at = local_time(WEDNESDAY, time(9))
    VisitSlotFactory(
        offer=VisitOfferFactory(company=company, workplace=WorkplaceFactory(company=company)), starts_at=starts_at
    )
    VisitSlotFactory(offer=VisitOfferFactory(company=company, kind="guest_lesson"), starts_at=starts_at)
    VisitSlotFactory(offer=VisitOfferFactory(workplace=offer.workplace), starts_at=starts_at)
    VisitSlotFactory(offer=VisitOfferFactory(company=company), starts_at=starts_at, cancelled_at=NOW)
    [one] = on(WEDNESDAY)
    look_at(offer, [one])
    assert one.is_clear
    same = VisitOfferFactory(company=company, title="Same hall")
    VisitSlotFactory(offer=same, starts_at=starts_at)
    look_at(offer, [one])
    assert one.words == "Too near to “Same hall”, 09:00–11:00"


@pytest.mark.parametrize(
    ("day", "changes", "words"),
    [
        (date(2027, 3, 1), {"closes_days": 0}, "This time has passed."),
        (date(2027, 3, 5), {}, "Booking would already be closed."),
        (WEDNESDAY, {"opens_at": local_time(date(2027, 3, 12), time())}, "Booking would close before it opens."),
    ],
)
def test_a_time_that_nobody_could_book_cannot_be_added(day, changes, words):
    [one] = on(day, start=time(8), **changes)
    look_at(VisitOfferFactory(), [one])
    assert (one.can_be_added, one.words) == (False, words)


@pytest.mark.parametrize("count", [1, 5])
def test_looking_at_times_needs_a_fixed_number_of_queries(count, django_assert_num_queries):
    offer = VisitOfferFactory()
    days = [WEDNESDAY + timedelta(weeks=week) for week in range(count)]
    for day in days:
        VisitSlotFactory(offer=offer, starts_at=local_time(day, time(8)))
    proposed = on(*days)
    with django_assert_num_queries(4):
        look_at(offer, proposed)
    assert not any(one.is_clear for one in proposed)


# Adding


def test_chosen_times_are_added_once_however_often_they_are_sent():
    offer = VisitOfferFactory()
    days = [WEDNESDAY, WEDNESDAY + timedelta(weeks=1), WEDNESDAY + timedelta(weeks=2)]
    take = [one.key for one in on(*days)][:2]
    assert len(year_actions.add_proposed_times(offer, on(*days), take=take)) == 2
    assert year_actions.add_proposed_times(offer, on(*days), take=take) == []
    slots = list(offer.slots.all())
    assert [slot.day for slot in slots] == days[:2]
    assert [slot.closes_at for slot in slots] == [local_time(day - timedelta(days=7), time(9)) for day in days[:2]]


def test_a_time_is_added_in_spite_of_a_reason_only_when_the_host_has_seen_the_reason():
    offer = VisitOfferFactory()
    VisitSlotFactory(offer=offer, starts_at=local_time(WEDNESDAY, time(8)))
    [key] = [one.key for one in on(WEDNESDAY)]
    with pytest.raises(ActionRefused, match="look through the times again"):
        year_actions.add_proposed_times(offer, on(WEDNESDAY), take=[key])
    assert offer.slots.count() == 1
    year_actions.add_proposed_times(offer, on(WEDNESDAY), take=[], anyway=[key])
    assert offer.slots.count() == 2


# At the same time


def let_both_look(monkeypatch, *, seconds):
    """Nobody writes before both have looked, unless a lock makes them wait for each other."""
    monkeypatch.setattr(year_actions, "look_at", Meeting(2, seconds=seconds).after(year_actions.look_at))


def two_near_times():
    """Two people add the same hour to two offers of one workplace, each by a rule."""
    company = CompanyFactory()
    offers = VisitOfferFactory.create_batch(2, company=company, workplace=WorkplaceFactory(company=company))
    [key] = [one.key for one in on(WEDNESDAY)]
    add = year_actions.add_proposed_times
    return at_the_same_time(*[partial(add, offer, on(WEDNESDAY), take=[key]) for offer in offers])


@pytest.mark.django_db(transaction=True)
def test_of_two_rules_at_once_the_second_must_look_again(monkeypatch):
    let_both_look(monkeypatch, seconds=1)
    kinds = [type(outcome).__name__ for outcome in two_near_times()]
    assert sorted(kinds) == ["ActionRefused", "list"]
    assert VisitSlot.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_company_s_lock_both_rules_are_added(monkeypatch):
    """The negative control: the lock is the offer's alone, and the two offers never meet."""
    let_both_look(monkeypatch, seconds=20)
    monkeypatch.setattr(year_actions, "lock_for_times", offer_actions.locked_offer)
    assert [type(outcome) for outcome in two_near_times()] == [list, list]


@pytest.mark.django_db(transaction=True)
def test_the_same_form_sent_twice_at_once_adds_nothing_twice():
    offer = VisitOfferFactory()
    days = [WEDNESDAY + timedelta(weeks=week) for week in range(5)]
    keys = [one.key for one in on(*days)]
    add = year_actions.add_proposed_times
    outcomes = at_the_same_time(*[partial(add, offer, on(*days), take=keys) for _person in range(4)])
    assert sorted(len(outcome) for outcome in outcomes) == [0, 0, 0, 5]
    assert offer.slots.count() == 5


# The pages


class Ticks(HTMLParser):
    """Every box of the preview: its name and value, and whether it is ticked and can be."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        facts = dict(attrs)
        if tag == "input" and facts.get("type") == "checkbox":
            self.found.append((facts["name"], facts["value"], "checked" in facts, "disabled" in facts))


@pytest.fixture
def offer(client):
    """An offer whose host is signed in."""
    user = UserFactory()
    client.force_login(user)
    return VisitOfferFactory(company=CompanyFactory(members=[user]))


@pytest.fixture
def url(offer):
    return reverse("visits:host_times_by_rule", args=[offer.public_id])


def test_a_host_looks_through_the_times_and_adds_the_ticked_ones(client, offer, url):
    # Wednesdays and Fridays: Good Friday 2027 is 26 March, and one time is there already.
    sent = data(weekdays=["2", "4"], last="2027-03-31")
    VisitSlotFactory(offer=offer, starts_at=local_time(WEDNESDAY, time(9)))
    page = client.post(url, sent).content.decode()
    assert Ticks(page).found == [
        ("take", "2027-03-17T09:00", False, True),
        ("take", "2027-03-19T09:00", True, False),
        ("take", "2027-03-24T09:00", True, False),
        ("anyway", "2027-03-26T09:00", False, False),
        ("take", "2027-03-31T09:00", True, False),
    ]
    assert "3 of 5 times are ticked." in page
    assert "Public holiday: Good Friday" in page
    assert "Is there already" in page
    assert VisitSlot.objects.count() == 1
    chosen = sent | {"take": ["2027-03-19T09:00", "2027-03-24T09:00"], "anyway": ["2027-03-26T09:00"], "add": "1"}
    done = client.post(url, chosen, follow=True).content.decode()
    assert "3 times are added." in done
    assert [slot.day.day for slot in offer.slots.all()] == [17, 19, 24, 26]
    assert "These times are there already." in client.post(url, chosen, follow=True).content.decode()
    assert offer.slots.count() == 4


def test_back_to_the_rule_keeps_what_was_typed(client, offer, url):
    form = client.post(url, data(count="3", back="1")).context["form"]
    assert (form["first"].value(), form["count"].value(), form.errors) == ("2027-03-15", "3", {})


def test_without_a_tick_nothing_is_added_and_nothing_lost(client, offer, url):
    page = client.post(url, data(add="1")).content.decode()
    assert "Tick at least one time." in page
    assert not VisitSlot.objects.exists()


def test_times_that_were_never_proposed_are_not_added(client, offer, url):
    client.post(url, data(take=["2027-03-18T09:00", "2027-03-24T09:00"], add="1"))
    assert [slot.day.day for slot in offer.slots.all()] == [24]


def test_a_year_is_added_with_few_queries(client, offer, url, django_assert_max_num_queries):
    sent = data(weekdays=list("01234"), last="2027-06-18")
    keys = [key for __, key, ticked, ___ in Ticks(client.post(url, sent).content.decode()).found if ticked]
    with django_assert_max_num_queries(18):
        client.post(url, sent | {"take": keys, "add": "1"})
    assert offer.slots.count() == len(keys) > 60


def test_a_minimum_holds_for_every_time_of_the_rule(client, offer, url):
    sent = data(minimum="10", minimum_of="pupils", decide_days="8")
    chosen = sent | {"take": ["2027-03-17T09:00", "2027-03-24T09:00"], "add": "1"}
    client.post(url, chosen)
    decided = [(slot.minimum, timezone.localdate(slot.decide_at).day) for slot in offer.slots.all()]
    assert decided == [(10, 9), (10, 16)]
    assert "minimum" in client.post(url, sent | {"minimum": "31"}).context["form"].errors


def test_a_decision_that_would_come_too_late_keeps_the_time_out():
    [one] = on(WEDNESDAY, minimum=10, decide_days=20)
    assert (one.can_be_added, one.words) == (False, "The day when it is decided has passed already.")


def test_added_times_are_found_and_can_be_taken_back_while_nobody_has_booked(client, offer, url):
    sent = data(take=["2027-03-17T09:00", "2027-03-24T09:00", "2027-03-31T09:00"], add="1")
    page = client.post(url, sent, follow=True).content.decode()
    assert "Take back the times just added" in page
    assert SearchRow.objects.get(offer=offer).next_free_at == offer.slots.all()[0].starts_at
    booked, waited_for, __ = offer.slots.all()
    VisitBookingFactory(slot=booked)
    WaitingGroupFactory(slot=waited_for)
    back = client.post(reverse("visits:host_times_take_back", args=[offer.public_id]), follow=True).content.decode()
    assert "1 time is taken back." in back
    assert "2 times stay: somebody has booked them." in back
    assert list(offer.slots.filter(cancelled_at=None)) == [booked, waited_for]
    again = client.post(reverse("visits:host_times_take_back", args=[offer.public_id]), follow=True).content.decode()
    assert "0 times are taken back." in again


def test_what_was_added_to_one_offer_is_not_taken_back_from_another(client, offer, url):
    client.post(url, data(take=["2027-03-17T09:00"], add="1"))
    other = VisitOfferFactory(company=offer.company)
    client.post(reverse("visits:host_times_take_back", args=[other.public_id]))
    assert offer.slots.get().cancelled_at is None
