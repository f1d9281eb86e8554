from datetime import datetime, time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyContactFactory, CompanyFactory
from tests.factories.schools import SchoolFactory
from tests.factories.visits import VisitOfferFactory, VisitRuleFactory, VisitSlotFactory
from visits.models import VisitSlot
from visits.month import month_of
from visits.tasks import refresh_search

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_english(client):
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"


def at(day, hour=12):
    return timezone.make_aware(datetime.combine(day, time(hour)))


def months_ahead(number):
    """The tenth of a month to come."""
    first = timezone.localdate().replace(day=1)
    for _ in range(number):
        first = (first + timedelta(days=32)).replace(day=1)
    return first.replace(day=10)


def test_an_offer_that_is_not_public_is_for_its_own_people(client):
    owner, supervisor = UserFactory(), UserFactory()
    company = CompanyFactory(members=[owner], supervisors=[supervisor])
    for offer in (
        VisitOfferFactory(company=company, state="draft"),
        VisitOfferFactory(company=company, state="paused"),
        VisitOfferFactory(company__joined_at=None, company__members=[owner], company__supervisors=[supervisor]),
    ):
        url = offer.get_absolute_url()
        client.logout()
        assert client.get(url).status_code == 404
        client.force_login(supervisor)
        assert client.get(url).status_code == 404
        client.force_login(owner)
        slot = VisitSlotFactory(offer=offer)
        html = client.get(url).content.decode()
        assert "This visit is not public" in html
        assert reverse("visits:booking_create", args=[slot.public_id]) not in html


def test_the_page_shows_programme_rules_and_site(client):
    offer = VisitOfferFactory(programme_of_day="Coffee\n\nA walk", answer_mode="auto", cancel_days=5)
    VisitRuleFactory(offer=offer, kind="photo", text="No photographs in the hall.")
    html = client.get(offer.get_absolute_url()).content.decode()
    for words in ("<li>Coffee</li><li>A walk</li>", "No photographs in the hall.", "confirmed at once", "Until 5 days"):
        assert words in html
    assert "This visit is not public" not in html


def test_the_contact_person_is_shown_to_schools_only(client):
    company = CompanyFactory()
    contact = CompanyContactFactory(company=company, name="Kim Kanarie", email="kim@kanarie.example")
    offer = VisitOfferFactory(company=company, contact=contact)
    SchoolFactory(teachers=[teacher := UserFactory()])
    assert "Kanarie" not in client.get(offer.get_absolute_url()).content.decode()
    client.force_login(UserFactory())
    assert "Kanarie" not in client.get(offer.get_absolute_url()).content.decode()
    client.force_login(teacher)
    assert "kim@kanarie.example" in client.get(offer.get_absolute_url()).content.decode()


def test_each_time_says_whether_it_can_be_booked(client):
    offer, day, now = VisitOfferFactory(), months_ahead(2), timezone.now()
    free = VisitSlotFactory(offer=offer, starts_at=at(day), pupils_taken=10, groups_capacity=3, groups_taken=1)
    others = [
        VisitSlotFactory(offer=offer, starts_at=at(day, 14), pupils_taken=30),
        VisitSlotFactory(offer=offer, starts_at=at(day, 16), opens_at=now + timedelta(days=3)),
        VisitSlotFactory(offer=offer, starts_at=at(day, 18), closes_at=now - timedelta(hours=1)),
    ]
    withdrawn = VisitSlotFactory(offer=offer, starts_at=at(day, 21), cancelled_at=now)
    html = client.get(offer.get_absolute_url()).content.decode()
    assert "20 of 30 places left" in html
    assert "room for 2 more groups" in html
    for words in ("Fully booked", "Booking opens", "Booking has closed"):
        assert html.count(words) == 1
    assert reverse("visits:booking_create", args=[free.public_id]) in html
    for slot in [*others, withdrawn]:
        assert reverse("visits:booking_create", args=[slot.public_id]) not in html
    assert reverse("visits:waiting_create", args=[others[0].public_id]) in html  # full: one may stand in line
    for slot in [*others[1:], withdrawn]:
        assert slot.public_id not in html
    assert "21:00" not in html
    assert f'<a href="#day-{day}"' in html
    assert f'<li id="day-{day}">' in html


def test_only_schools_and_strangers_see_the_way_to_book(client):
    slot = VisitSlotFactory()
    booking = reverse("visits:booking_create", args=[slot.public_id])
    SchoolFactory(teachers=[teacher := UserFactory()])
    CompanyFactory(members=[host := UserFactory()])

    def sees_it(user):
        client.force_login(user)
        return booking in client.get(slot.offer.get_absolute_url()).content.decode()

    assert booking in client.get(slot.offer.get_absolute_url()).content.decode()
    assert client.get(booking).url == f"{reverse('account_login')}?next={booking}"
    assert (sees_it(teacher), sees_it(host)) == (True, False)


def unsaved_slot(day, **fields):
    return VisitSlot(
        starts_at=at(day), closes_at=at(day), opens_at=at(timezone.localdate(), 0), pupils_capacity=30, **fields
    )


def test_the_first_month_shown_has_free_times():
    full = unsaved_slot(months_ahead(1), pupils_taken=30)
    free = unsaved_slot(months_ahead(3))
    later = unsaved_slot(months_ahead(6))
    month = month_of([full, free, later], "")
    assert month.slots == [free]
    assert (month.previous, month.next) == (months_ahead(1).replace(day=1), months_ahead(6).replace(day=1))
    assert [day.date for week in month.weeks for day in week if day.free] == [months_ahead(3)]
    assert all(len(week) == 7 and week[0].date.weekday() == 0 for week in month.weeks)
    assert month_of([full], "").slots == [full]
    assert month_of([], "").first == timezone.localdate().replace(day=1)


@pytest.mark.parametrize("text", ["2027-13", "20270-01", "march", "-1", "٢٠٢٧-٠٣", "2027-03\n"])
def test_an_odd_month_is_as_none(text):
    slot = unsaved_slot(months_ahead(2))
    assert month_of([slot], text).first == months_ahead(2).replace(day=1)


def test_a_month_is_named_in_the_address_and_comes_alone_for_htmx(client):
    offer = VisitOfferFactory()
    VisitSlotFactory(offer=offer, starts_at=at(months_ahead(2)))
    VisitSlotFactory(offer=offer, starts_at=at(months_ahead(4)))
    url = f"{offer.get_absolute_url()}?m={months_ahead(4):%Y-%m}"
    whole, part = client.get(url), client.get(url, headers={"HX-Request": "true"})
    for response in (whole, part):
        assert f"{months_ahead(4):%B %Y}" in response.content.decode()
        assert f'href="?m={months_ahead(2):%Y-%m}"' in response.content.decode()
        assert "HX-Request" in response["Vary"]
    assert [b"<html" in response.content for response in (whole, part)] == [True, False]
    restored = client.get(url, headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})
    assert b"<html" in restored.content


@pytest.mark.parametrize("item_count", [1, 5])
def test_the_page_needs_eight_queries(client, django_assert_num_queries, item_count):
    offer = VisitOfferFactory()
    VisitSlotFactory.create_batch(item_count, offer=offer)
    VisitRuleFactory.create_batch(item_count, offer=offer)
    with django_assert_num_queries(8):
        client.get(offer.get_absolute_url())


def test_a_company_that_changes_its_name_is_found_by_it_the_next_day(client):
    offer = VisitOfferFactory(title="Weld")
    refresh_search()
    offer.company.name = "Nynamnet AB"
    offer.company.save()
    assert client.get("/visits/?q=nynamnet").context["found"].total == 0
    refresh_search()
    assert client.get("/visits/?q=nynamnet").context["found"].total == 1
