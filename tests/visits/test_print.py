from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory
from tests.factories.schools import SchoolClassFactory, SchoolFactory
from tests.factories.visits import VisitBookingFactory, VisitOfferFactory, VisitSlotFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def teacher(client):
    user = UserFactory()
    SchoolFactory(teachers=[user])
    return user


def class_of(teacher, **changes):
    return SchoolClassFactory(school=teacher.memberships.get().school, **changes)


def test_a_booking_on_paper_has_what_the_day_needs(client, teacher):
    booking = VisitBookingFactory(
        school_class=class_of(teacher), slot__offer__programme_of_day="Safety gear on\nWeld", note="By bus"
    )
    client.force_login(teacher)
    page = client.get(reverse("visits:booking_print", args=[booking.public_id])).text
    for words in ("Safety gear on", "By bus", booking.phone, booking.slot.offer.workplace.name):
        assert words in page
    assert "<nav" not in page
    assert reverse("visits:booking_print", args=[booking.public_id]) in client.get(booking.get_absolute_url()).text


@pytest.mark.parametrize("role", ["owner", "supervisor"])
def test_the_hosts_day_shows_who_comes_then_and_nobody_else(client, role):
    user, company = UserFactory(), CompanyFactory()
    company.memberships.create(user=user, role=role)
    offer = VisitOfferFactory(company=company)
    coming = VisitBookingFactory(
        slot=VisitSlotFactory(offer=offer, groups_capacity=2, pupils_capacity=60), state="confirmed"
    )
    VisitBookingFactory(slot=coming.slot)
    day = timezone.localdate(coming.slot.starts_at)
    VisitBookingFactory(slot__offer=offer, slot__starts_at=coming.slot.starts_at + timedelta(days=1), state="confirmed")
    VisitBookingFactory(slot__starts_at=coming.slot.starts_at, state="confirmed")
    client.force_login(user)
    url = reverse("visits:host_day_print")
    assert client.get(url, {"day": day.isoformat()}).context["bookings"] == [coming]
    for odd in ("", "nonsense", "0001-01-01", "9999-12-31"):
        page = client.get(url, {"day": odd})
        assert (page.context["day"], page.context["bookings"]) == (timezone.localdate(), [])


def test_the_schools_list_goes_by_period(client, teacher):
    near = VisitBookingFactory(school_class=class_of(teacher))
    VisitBookingFactory(school_class=class_of(teacher), state="cancelled")
    VisitBookingFactory()
    client.force_login(teacher)
    url = reverse("visits:school_print")
    assert client.get(url).context["bookings"] == [near]
    before = (timezone.localdate() + timedelta(days=2)).isoformat()
    assert client.get(url, {"last_day": before}).context["bookings"] == []
    assert client.get(url, {"first_day": "9999-12-31", "last_day": "x"}).status_code == 200


@pytest.mark.parametrize("item_count", [1, 5])
def test_the_lists_need_a_fixed_number_of_queries(client, teacher, django_assert_num_queries, item_count):
    for _ in range(item_count):
        VisitBookingFactory(school_class=class_of(teacher))
    client.force_login(teacher)
    with django_assert_num_queries(4):
        page = client.get(reverse("visits:school_print"))
    assert len(page.context["bookings"]) == item_count


def test_teachers_who_come_without_a_class_are_not_counted_as_pupils(client):
    company = CompanyFactory(members=[user := UserFactory()])
    class_slot = VisitSlotFactory(offer__company=company)
    VisitBookingFactory(slot=class_slot, pupil_count=20, adult_count=2, state="confirmed")
    shadowing = VisitSlotFactory(
        offer__company=company, offer__kind="teacher_shadowing", starts_at=class_slot.starts_at
    )
    VisitBookingFactory(slot=shadowing, pupil_count=3, adult_count=0, state="confirmed")
    client.force_login(user)
    day = timezone.localdate(class_slot.starts_at)
    page = client.get(reverse("visits:host_day_print"), {"day": day.isoformat()})
    assert '<p role="status">3 teachers, 20 pupils, 2 adults</p>' in page.text
    page = client.get(reverse("visits:host_slot_print", args=[shadowing.public_id]))
    assert '<p role="status">3 teachers</p>' in page.text
