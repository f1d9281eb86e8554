from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.coordination.test_figures import slot_at
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.schools import SchoolClassFactory, SchoolFactory, SchoolOwnerFactory
from tests.factories.visits import VisitBookingFactory, VisitOfferFactory

pytestmark = pytest.mark.django_db
NAMES = ["owner_schools", "owner_bookings", "owner_people"]


@pytest.fixture
def coordinator(client):
    user = UserFactory(second_factor=True)
    client.force_login(user)
    return user


@pytest.fixture
def owner(client, coordinator):
    owner = SchoolOwnerFactory()
    MembershipFactory(user=coordinator, company=None, school_owner=owner, role="coordinator")
    client.get(reverse("coordination:owner_home"))  # the first page of a session costs extra queries
    return owner


def url(name, owner):
    return reverse(f"coordination:{name}", args=[owner.public_id])


def fill(owner, count):
    """Schools with a visit held, one coming, one waiting, and a member each."""
    for _number in range(count):
        school = SchoolFactory(owner=owner)
        MembershipFactory(company=None, school=school, role="teacher")
        for state, days in [("confirmed", -2), ("confirmed", 2), ("pending", 3), ("cancelled", 4)]:
            school_class = SchoolClassFactory(school=school)
            VisitBookingFactory(slot=slot_at(days, VisitOfferFactory()), school_class=school_class, state=state)


@pytest.mark.parametrize("name", NAMES)
def test_lists_cost_the_same_for_one_school_and_for_five(client, owner, django_assert_num_queries, name):
    counted = []
    for count in (1, 4):
        fill(owner, count)
        with django_assert_num_queries({"owner_schools": 7, "owner_bookings": 8, "owner_people": 7}[name]):
            counted.append(client.get(url(name, owner)).context["page"].paginator.count)
    assert counted[0] < counted[1]


def test_the_schools_that_get_out_least_come_first(client, owner):
    fill(owner, 1)
    stays = SchoolFactory(owner=owner, name="Ödeskolan")
    SchoolFactory(owner=owner, is_active=False)
    SchoolFactory(owner=SchoolOwnerFactory())
    first, second = client.get(url("owner_schools", owner)).context["page"]
    assert first == stays
    assert (second.held, second.coming, second.waiting) == (1, 1, 1)
    found = client.get(url("owner_schools", owner), {"q": "odeskolan"}, headers={"HX-Request": "true"})
    assert list(found.context["page"]) == [stays]
    assert b"<html" not in found.content


def test_bookings_are_shown_without_telephone_and_message(client, owner):
    school = SchoolFactory(owner=owner)
    school_class = SchoolClassFactory(school=school)
    booking = VisitBookingFactory(
        slot=slot_at(2, VisitOfferFactory()), school_class=school_class, phone="070-1234567", note="Ring Kim"
    )
    past = VisitBookingFactory(slot=slot_at(-2, VisitOfferFactory()), school_class=school_class, state="confirmed")
    VisitBookingFactory()
    page = client.get(url("owner_bookings", owner))
    assert list(page.context["page"]) == [booking]
    content = page.content.decode()
    assert booking.group_name in content
    assert "1234567" not in content
    assert "Kim" not in content
    chosen = client.get(url("owner_bookings", owner), {"school": school.public_id, "when": "all"})
    assert set(chosen.context["page"]) == {booking, past}


def test_a_school_of_somebody_else_is_no_choice(client, owner):
    stranger = SchoolFactory(owner=SchoolOwnerFactory())
    VisitBookingFactory(slot=slot_at(2, VisitOfferFactory()), school_class=SchoolClassFactory(school=stranger))
    page = client.get(url("owner_bookings", owner), {"school": stranger.public_id, "when": "all"})
    assert list(page.context["page"]) == []
    assert stranger.name not in page.content.decode()


def test_people_are_shown_without_telephone(client, owner):
    school = SchoolFactory(owner=owner)
    there = MembershipFactory(company=None, school=school, role="counsellor", user__phone="070-7654321")
    MembershipFactory(company=None, school=school, role="teacher", user__is_active=False)
    MembershipFactory(company=None, school=SchoolFactory(), role="teacher")
    page = client.get(url("owner_people", owner))
    assert list(page.context["page"]) == [there]
    assert "7654321" not in page.content.decode()


@pytest.mark.parametrize("name", NAMES)
def test_another_owner_is_not_found(client, owner, name):
    assert client.get(url(name, owner)).status_code == 200
    assert client.get(url(name, SchoolOwnerFactory())).status_code == 404


def test_the_home_leads_on(client, owner, coordinator):
    home = reverse("coordination:owner_home")
    assert client.get(home).url == url("owner_schools", owner)
    second = SchoolOwnerFactory()
    MembershipFactory(user=coordinator, company=None, school_owner=second, role="coordinator")
    assert url("owner_schools", second) in client.get(home).content.decode()


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_list_says_how_to_go_on(client, owner, name):
    assert b'class="empty-title"' in client.get(url(name, owner)).content


def test_a_page_far_off_is_the_last_one(client, owner):
    fill(owner, 1)
    assert client.get(url("owner_schools", owner), {"page": "99", "q": "x" * 90}).status_code == 200


def test_visits_of_last_year_do_not_count(client, owner):
    school = SchoolFactory(owner=owner)
    long_ago = slot_at(-400, VisitOfferFactory())
    assert long_ago.starts_at < timezone.now() - timedelta(days=365)
    VisitBookingFactory(slot=long_ago, school_class=SchoolClassFactory(school=school), state="confirmed")
    (only,) = client.get(url("owner_schools", owner)).context["page"]
    assert (only.held, only.coming) == (0, 0)
