from datetime import date, time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory
from tests.factories.visits import VisitBookingFactory, VisitOfferFactory, VisitRuleFactory, VisitSlotFactory
from visits.models import VisitSlot
from visits.slot_times import local_time

pytestmark = pytest.mark.django_db


@pytest.fixture
def offer(client):
    """An offer whose host is signed in."""
    user = UserFactory()
    client.force_login(user)
    return VisitOfferFactory(company=CompanyFactory(members=[user]), answer_days=2)


def a_weekday(weekday=2):
    """The given weekday (0 is Monday), between three and four weeks from now."""
    day = timezone.localdate() + timedelta(days=21)
    return day + timedelta(days=(weekday - day.weekday()) % 7)


def slot_data(**changes):
    return {
        "day": a_weekday().isoformat(),
        "start": "09:00",
        "duration_minutes": "60",
        "pupils_capacity": "30",
        "groups_capacity": "2",
        "closes_days": "2",
        "cancel_days": "1",
    } | changes


def test_a_time_is_added_once(client, offer):
    url = reverse("visits:host_slot_create", args=[offer.public_id])
    assert reverse("visits:host_times_by_rule", args=[offer.public_id]) in client.get(url).content.decode()
    page = client.post(url, slot_data(), follow=True)
    assert "1 time is added." in page.content.decode()
    assert [timezone.localtime(slot.starts_at).hour for slot in offer.slots.all()] == [9]
    again = client.post(url, slot_data())
    assert "already has a time" in str(again.context["form"].non_field_errors())


def test_a_time_on_a_weekend_is_added_with_a_warning(client, offer):
    saturday = a_weekday(5)
    page = client.post(
        reverse("visits:host_slot_create", args=[offer.public_id]), slot_data(day=saturday.isoformat()), follow=True
    ).content.decode()
    assert "1 time is added." in page
    assert "Schools are closed on" in page
    assert "(Saturday)" in page


def test_a_time_is_changed_while_nobody_has_booked(client, offer):
    slot = VisitSlotFactory(offer=offer)
    url = reverse("visits:host_slot_edit", args=[slot.public_id])
    assert client.post(url, slot_data(start="13:15")).status_code == 302
    slot.refresh_from_db()
    assert slot.starts_at == local_time(a_weekday(), time(13, 15))


def test_a_booked_time_offers_places_and_closing_only(client, offer):
    slot = VisitBookingFactory(slot__offer=offer, pupil_count=25).slot
    url = reverse("visits:host_slot_edit", args=[slot.public_id])
    assert list(client.get(url).context["form"].fields) == ["pupils_capacity", "groups_capacity", "closes_days"]
    before = slot.starts_at
    refused = client.post(url, slot_data(pupils_capacity="24"))
    assert "25 pupils are booked in 1 group" in str(refused.context["form"].non_field_errors())
    assert client.post(url, slot_data(pupils_capacity="50")).status_code == 302
    slot.refresh_from_db()
    assert (slot.pupils_capacity, slot.starts_at) == (50, before)


@pytest.mark.parametrize(
    "facts", [{"cancelled_at": timezone.now()}, {"starts_at": timezone.now() - timedelta(hours=3)}]
)
def test_a_time_that_is_over_or_withdrawn_is_not_edited(client, offer, facts):
    slot = VisitSlotFactory(offer=offer, opens_at=timezone.now() - timedelta(days=99), **facts)
    response = client.get(reverse("visits:host_slot_edit", args=[slot.public_id]), follow=True)
    assert "cannot be changed" in response.content.decode()


def test_a_time_is_closed_and_withdrawn(client, offer):
    slot = VisitSlotFactory(offer=offer)
    closed = client.post(reverse("visits:host_slot_close", args=[slot.public_id]), follow=True)
    assert "closed for more bookings" in closed.content.decode()
    withdrawn = client.post(reverse("visits:host_slot_withdraw", args=[slot.public_id]), follow=True)
    assert "The time is withdrawn." in withdrawn.content.decode()
    assert not VisitSlot.objects.upcoming().exists()
    again = client.post(reverse("visits:host_slot_withdraw", args=[slot.public_id]), follow=True)
    assert "has been withdrawn" in again.content.decode()


@pytest.mark.parametrize("name", ["host_slot_detail", "host_slot_print"])
def test_who_is_coming_names_class_school_grade_and_teacher(client, offer, name):
    booking = VisitBookingFactory(
        slot__offer=offer, pupil_count=21, adult_count=2, requested_by__name="Tove Teacher", phone="0709998877"
    )
    VisitBookingFactory(slot=booking.slot, state="cancelled", group_name="Gone")
    page = client.get(reverse(f"visits:{name}", args=[booking.slot.public_id])).content.decode()
    for words in [
        booking.group_name,
        booking.school.name,
        "Grade 9",
        "Tove Teacher",
        "0709998877",
        "21 pupils",
        "2 adults",
    ]:
        assert words in page
    assert "Gone" not in page


@pytest.mark.parametrize("count", [1, 5])
@pytest.mark.parametrize(("name", "queries"), [("host_slot_detail", 6), ("host_slot_print", 6)])
def test_who_is_coming_needs_a_fixed_number_of_queries(client, offer, count, name, queries, django_assert_num_queries):
    slot = VisitSlotFactory(offer=offer, pupils_capacity=200, groups_capacity=10)
    VisitBookingFactory.create_batch(count, slot=slot)
    VisitRuleFactory.create_batch(count, offer=offer)
    with django_assert_num_queries(queries):  # session, user, roles, slot, bookings (and rules on paper)
        response = client.get(reverse(f"visits:{name}", args=[slot.public_id]))
    assert (len(response.context["bookings"]), response.context["pupils"]) == (count, 25 * count)


def test_earlier_times_are_listed_apart(client, offer):
    coming = VisitSlotFactory(offer=offer)
    past = VisitSlotFactory(
        offer=offer, starts_at=timezone.now() - timedelta(days=9), opens_at=timezone.now() - timedelta(days=99)
    )
    url = reverse("visits:host_offer_detail", args=[offer.public_id])
    assert list(client.get(url).context["page"]) == [coming]
    assert list(client.get(url + "?past").context["page"]) == [past]


def test_holidays_are_named_in_the_list(client, offer):
    day = date(timezone.localdate().year + 1, 1, 1)
    starts_at = local_time(day, time(9))
    VisitSlotFactory(offer=offer, starts_at=starts_at, opens_at=timezone.now())
    [slot] = client.get(reverse("visits:host_offer_detail", args=[offer.public_id])).context["page"]
    assert slot.day_off == "New Year's Day"
