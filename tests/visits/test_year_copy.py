"""Last year's times of an offer come again a year later: same weekday, same week, same hour, on their own terms."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory
from tests.factories.visits import VisitOfferFactory, VisitSlotFactory
from tests.visits.test_times_by_rule import Ticks
from visits import year_copy
from visits.models import VisitSlot
from visits.slot_times import days_before, local_time

pytestmark = pytest.mark.django_db

NOW = datetime(2027, 3, 1, 8, tzinfo=UTC)  # a Monday, 09:00 in Stockholm


@pytest.fixture(autouse=True)
def _first_of_march():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def offer(client):
    """An offer whose host is signed in."""
    user = UserFactory()
    client.force_login(user)
    return VisitOfferFactory(company=CompanyFactory(members=[user]), answer_days=5)


@pytest.fixture
def url(offer):
    return reverse("visits:host_times_copy", args=[offer.public_id])


def held(offer, day, start=time(9), *, closes=7, cancel=3, **changes):
    starts_at = local_time(day, start)
    facts = {
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=90),
        "opens_at": starts_at - timedelta(days=100),
        "closes_at": days_before(starts_at, closes),
        "cancel_by": days_before(starts_at, cancel),
    }
    return VisitSlotFactory(offer=offer, **facts | changes)


def proposals(offer, year=2025):
    [chosen] = [each for each in year_copy.years_of(offer) if each.year == year]
    return year_copy.proposals(offer, chosen, opens_at=NOW)[0]


@pytest.mark.parametrize(
    ("day", "years", "expected"),
    [
        (date(2026, 4, 15), 1, date(2027, 4, 21)),  # Wednesdays of week 16
        (date(2026, 4, 15), 2, date(2028, 4, 19)),
        (date(2026, 12, 30), 1, date(2027, 12, 29)),  # week 53: 2027 ends with week 52
        (date(2027, 1, 2), 1, date(2028, 1, 1)),  # a Saturday of 2026's week 53
        (date(2020, 12, 31), 6, date(2026, 12, 31)),  # both have it
        (date(2028, 2, 29), 1, date(2029, 2, 27)),
        (date(2024, 12, 30), 1, date(2025, 12, 29)),  # a Monday of the next year's first week
    ],
)
def test_a_day_comes_again_in_the_same_week(day, years, expected):
    assert year_copy.same_week(day, years) == expected
    assert day.weekday() == expected.weekday()


def test_a_time_keeps_its_hour_and_its_own_terms():
    offer = VisitOfferFactory()
    held(
        offer,
        date(2026, 3, 25),
        time(8, 30),
        closes=10,
        cancel=4,
        pupils_capacity=17,
        groups_capacity=2,
        minimum=8,
        minimum_of="pupils",
        decide_at=local_time(date(2026, 3, 20), time(8, 30)),
    )
    held(offer, date(2026, 4, 1), time(13))
    first, second = (one.times for one in proposals(offer))
    at = local_time(date(2027, 3, 31), time(8, 30))
    assert (first.starts_at, first.ends_at, first.opens_at) == (at, at + timedelta(minutes=90), NOW)
    assert first.closes_at == local_time(date(2027, 3, 21), time(8, 30))
    assert first.cancel_by == local_time(date(2027, 3, 27), time(8, 30))
    assert first.decide_at == local_time(date(2027, 3, 26), time(8, 30))
    assert (first.pupils_capacity, first.groups_capacity) == (17, 2)
    assert (first.minimum, first.minimum_of) == (8, "pupils")
    assert timezone.localtime(second.starts_at).isoformat() == "2027-04-07T13:00:00+02:00"
    assert (second.minimum, second.decide_at) == (0, None)


def test_one_o_clock_stays_one_o_clock_when_the_clocks_change_in_another_week():
    """Week 13 of 2026 lies before the change, week 13 of 2027 after it."""
    offer = VisitOfferFactory()
    held(offer, date(2026, 3, 28), time(13))
    [one] = proposals(offer)
    assert one.times.starts_at == datetime(2027, 4, 3, 11, tzinfo=UTC)
    assert timezone.localtime(one.times.starts_at).hour == 13


def test_an_hour_that_does_not_exist_cannot_be_added():
    offer = VisitOfferFactory()
    held(offer, date(2026, 3, 22), time(2, 30))
    [one] = proposals(offer)
    assert (one.day, one.can_be_added) == (date(2027, 3, 28), False)
    assert "clocks go forward" in one.words


def test_a_time_closed_by_hand_closes_as_the_offer_suggests():
    offer = VisitOfferFactory(answer_days=5)
    held(offer, date(2026, 4, 15), closes_at=local_time(date(2026, 2, 20), time(9, 41)))
    [one] = proposals(offer)
    assert one.times.closes_at == local_time(date(2027, 4, 16), time(9))


def test_a_time_too_small_for_the_offer_as_it_is_now_cannot_be_added():
    offer = VisitOfferFactory(group_min=10)
    held(offer, date(2026, 4, 15), pupils_capacity=8)
    [one] = proposals(offer)
    assert (one.can_be_added, one.words) == (
        False,
        "It has 8 places, and the smallest group you take now is 10.",
    )


def test_two_times_that_fall_together_after_a_week_53_are_one():
    offer = VisitOfferFactory()
    held(offer, date(2026, 12, 23))
    held(offer, date(2026, 12, 30))
    assert [one.key for one in proposals(offer, 2026)] == ["2027-12-29T09:00"]


def test_years_are_those_whose_times_are_still_to_come():
    """Earlier years come into this one, this year into the next; what was cancelled does not count."""
    offer = VisitOfferFactory()
    held(offer, date(2024, 10, 2))  # October has passed in 2026/27
    held(offer, date(2025, 5, 7))
    held(offer, date(2025, 10, 1))
    held(offer, date(2026, 4, 15), cancelled_at=NOW)
    held(offer, date(2026, 10, 7))
    held(offer, date(2027, 5, 5))
    held(offer, date(2027, 9, 1))  # of next year already
    held(VisitOfferFactory(company=offer.company), date(2026, 5, 6))
    years = year_copy.years_of(offer)
    assert [(each.year, each.into, len(each.to_come), each.passed) for each in years] == [
        (2026, 2027, 2, 0),
        (2024, 2026, 1, 1),
    ]
    assert year_copy.probably_meant(years).year == 2026
    assert [one.day for one in proposals(offer, 2024)] == [date(2027, 5, 12)]


@pytest.mark.parametrize(("now", "meant"), [("2026-08-20", 2025), ("2026-12-01", 2025), ("2027-01-10", 2026)])
def test_last_year_is_meant_in_autumn_and_this_year_in_spring(now, meant):
    offer = VisitOfferFactory()
    held(offer, date(2026, 5, 6))
    for week in range(3):
        held(offer, date(2027, 5, 5) + timedelta(weeks=week))
    with time_machine.travel(now):
        assert year_copy.probably_meant(year_copy.years_of(offer)).year == meant


def test_more_than_two_hundred_times_come_in_two_goes():
    offer = VisitOfferFactory()
    first = local_time(date(2026, 4, 13), time(8))
    facts = {"offer": offer, "pupils_capacity": 20, "opens_at": first - timedelta(days=90)}
    VisitSlot.objects.bulk_create(
        VisitSlot(
            starts_at=at,
            ends_at=at + timedelta(hours=1),
            closes_at=at - timedelta(days=7),
            cancel_by=at - timedelta(days=3),
            **facts,
        )
        for at in (first + timedelta(days=day, hours=hour) for day in range(105) for hour in (0, 2))
    )
    [year] = year_copy.years_of(offer)
    found, left = year_copy.proposals(offer, year, opens_at=NOW)
    assert (len(found), left) == (200, 10)
    VisitSlot.objects.bulk_create(
        VisitSlot(
            starts_at=one.times.starts_at,
            ends_at=one.times.ends_at,
            closes_at=one.times.closes_at,
            cancel_by=one.times.cancel_by,
            **facts,
        )
        for one in found
    )
    rest, left = year_copy.proposals(offer, year_copy.years_of(offer)[-1], opens_at=NOW)
    assert (len(rest), left) == (10, 0)
    assert not {one.key for one in rest} & {one.key for one in found}


# The pages


def test_a_host_looks_through_last_year_s_times_and_adds_them(client, offer, url):
    held(offer, date(2025, 10, 1))
    held(offer, date(2026, 2, 25))  # 3 March 2027: booking would be closed
    held(offer, date(2026, 3, 20))  # Good Friday a year later
    held(offer, date(2026, 4, 15), pupils_capacity=12)
    held(offer, date(2026, 4, 22))
    held(offer, date(2027, 4, 28))  # there already
    page = client.get(url).content.decode()
    assert "From 2025/26 into 2026/27: 4 times" in page
    sent = {"year": "2025", "opens_day": ""}
    page = client.post(url, sent).content.decode()
    assert Ticks(page).found == [
        ("take", "2027-03-03T09:00", False, True),
        ("anyway", "2027-03-26T09:00", False, False),
        ("take", "2027-04-21T09:00", True, False),
        ("take", "2027-04-28T09:00", False, True),
    ]
    assert "1 time would have passed already and is left out." in page
    assert "Booking would already be closed." in page
    assert "Is there already" in page
    chosen = sent | {"take": ["2027-04-21T09:00"], "add": "1"}
    done = client.post(url, chosen, follow=True).content.decode()
    assert "1 time is added." in done
    assert "Take back the times just added" in done
    added = offer.slots.get(pupils_capacity=12, starts_at__gt=NOW)
    assert added.day == date(2027, 4, 21)
    again = client.post(url, chosen, follow=True).content.decode()
    assert "These times are there already." in again
    assert "Take back the times just added" in again
    client.post(reverse("visits:host_times_take_back", args=[offer.public_id]))
    added.refresh_from_db()
    assert added.cancelled_at == NOW


def test_booking_opens_when_the_host_says(client, offer, url):
    held(offer, date(2026, 5, 6))
    sent = {"year": "2025", "opens_day": "2027-04-01"}
    client.post(url, sent | {"take": ["2027-05-12T09:00"], "add": "1"})
    assert offer.slots.upcoming().get().opens_at == local_time(date(2027, 4, 1), time())
    assert client.post(url, {"year": "2025", "opens_day": "1/4"}).context["form"].errors.keys() == {"opens_day"}


def test_back_keeps_what_was_chosen(client, offer, url):
    held(offer, date(2026, 5, 6))
    form = client.post(url, {"year": "2025", "opens_day": "2027-04-01", "back": "1"}).context["form"]
    assert (form["year"].value(), form["opens_day"].value(), form.errors) == ("2025", "2027-04-01", {})


@pytest.mark.parametrize("year", ["", "2026", "2024", "x", "9" * 500])
def test_another_year_is_refused_beside_the_choice(client, offer, url, year):
    held(offer, date(2026, 5, 6))
    assert client.post(url, {"year": year}).context["form"].errors.keys() == {"year"}


def test_without_times_the_page_says_what_to_do(client, offer, url):
    held(offer, date(2025, 10, 1))
    for answer in (client.get(url), client.post(url, {"year": "2025"})):
        page = answer.content.decode()
        assert "This offer has no times that could be held again a year later." in page
        assert reverse("visits:host_times_by_rule", args=[offer.public_id]) in page


@pytest.mark.parametrize("count", [1, 6])
def test_the_pages_need_a_fixed_number_of_queries(client, offer, url, count, django_assert_num_queries):
    for week in range(count):
        held(offer, date(2026, 4, 15) + timedelta(weeks=week))
    with django_assert_num_queries(5):  # session, user, roles, offer, times
        client.get(url)
    with django_assert_num_queries(9):  # and closed schools (2), blocked days and other times
        client.post(url, {"year": "2025"})
