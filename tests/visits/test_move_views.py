"""The host's pages for a booked time, and what the school reads of it."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories.accounts import UserFactory
from tests.factories.schools import SchoolClassFactory, SchoolFactory
from tests.factories.visits import VisitBookingFactory, VisitOfferFactory, VisitSlotFactory, WaitingGroupFactory
from visits import move_actions

pytestmark = pytest.mark.django_db


@pytest.fixture
def teacher():
    user = UserFactory()
    user.school_class = SchoolClassFactory(school=SchoolFactory(members=[user]))
    return user


def host_slot(host, **facts):
    return VisitSlotFactory(
        offer=VisitOfferFactory(company=host.company), pupils_capacity=60, groups_capacity=3, **facts
    )


def cancel_url(slot):
    return reverse("visits:host_slot_cancel", args=[slot.public_id])


def test_the_host_sees_whom_it_concerns_before_a_time_is_cancelled(client, host):
    slot = host_slot(host)
    booking = VisitBookingFactory(slot=slot, pupil_count=10)
    group = WaitingGroupFactory(slot=slot, pupil_count=60)
    page = client.get(reverse("visits:host_slot_detail", args=[slot.public_id]))
    assert cancel_url(slot) in page.text
    assert "Withdraw the time" not in page.text
    page = client.get(cancel_url(slot)).text
    for words in ("1 group has booked", booking.school.name, "1 group stands in line", group.school.name):
        assert words in page
    answer = client.post(cancel_url(slot), {"reason": "staff", "reason_text": "Our guide is ill."}, follow=True)
    assert "The time is cancelled, and 2 groups have been told." in answer.text
    booking.refresh_from_db()
    assert booking.steps.last().by == host
    page = client.get(reverse("visits:host_slot_detail", args=[slot.public_id])).text
    assert "Reason: No staff available" in page


def move_url(slot):
    return reverse("visits:host_slot_move", args=[slot.public_id])


def move_data(slot, days, **more):
    there = timezone.localtime(slot.starts_at) + timedelta(days=days)
    when = {"day": there.date().isoformat(), "start": f"{there:%H:%M}", "duration_minutes": "120"}
    return when | {"reason": "production", "reason_text": "The line stands still."} | more


def test_the_host_moves_a_booked_time_and_sees_whom_it_concerns(client, host):
    slot = host_slot(host)
    booking = VisitBookingFactory(slot=slot, pupil_count=10)
    group = WaitingGroupFactory(slot=slot, pupil_count=60)
    for page in ("host_slot_detail", "host_slot_edit"):
        assert move_url(slot) in client.get(reverse(f"visits:{page}", args=[slot.public_id])).text
    page = client.get(move_url(slot)).text
    for words in ("They keep their places", booking.school.name, "These stand in line", group.school.name):
        assert words in page
    old = slot.starts_at
    answer = client.post(move_url(slot), move_data(slot, 7), follow=True)
    assert "The time is moved, and 2 groups have been told." in answer.text
    slot.refresh_from_db()
    assert timezone.localtime(slot.starts_at).date() == timezone.localtime(old).date() + timedelta(days=7)
    assert booking.steps.last().by == host


def test_a_refused_move_keeps_what_was_typed(client, host):
    slot = host_slot(host)
    booking = VisitBookingFactory(slot=slot, pupil_count=10)
    other = timezone.localtime(slot.starts_at) + timedelta(days=7)
    VisitBookingFactory(slot__starts_at=other, school_class=booking.school_class)
    answer = client.post(move_url(slot), move_data(slot, 7)).text
    assert f"{booking.group_name}, {booking.school.name} cannot come then." in answer
    assert "The line stands still." in answer
    assert other.date().isoformat() in answer
    answer = client.post(move_url(slot), move_data(slot, 7, reason="", start="")).text
    assert answer.count("This field is required.") >= 2


def test_a_time_nobody_has_booked_is_changed_on_its_own_page(client, host):
    slot = host_slot(host)
    answer = client.get(move_url(slot))
    assert answer.url == reverse("visits:host_slot_edit", args=[slot.public_id])
    assert move_url(slot) not in client.get(reverse("visits:host_slot_detail", args=[slot.public_id])).text
    move_actions.cancel_slot(slot, reason="staff")
    assert client.get(move_url(slot)).url == reverse("visits:host_slot_detail", args=[slot.public_id])


def test_a_late_move_asks_the_host_to_ring(client, host):
    now = timezone.now()
    slot = host_slot(host, starts_at=now + timedelta(days=2), cancel_by=now - timedelta(days=1))
    booking = VisitBookingFactory(slot=slot, state="confirmed")
    page = client.get(move_url(slot)).text
    assert "This is late: the classes have planned for this day." in page
    assert booking.phone in page


def test_the_school_reads_the_move_and_may_step_back(client, teacher):
    booking = VisitBookingFactory(school_class=teacher.school_class, state="confirmed")
    slot = booking.slot
    move_actions.move_slot(
        slot,
        starts_at=slot.starts_at + timedelta(days=7),
        ends_at=slot.ends_at + timedelta(days=7),
        reason="production",
        reason_text="The line stands still.",
    )
    client.force_login(teacher)
    page = client.get(booking.get_absolute_url()).text
    step = booking.steps.last()
    assert f"<s>{step.before}</s><br>{step.after}" in page
    assert "Changes in production. The line stands still." in page
    assert "you may step back until" in page
    assert f"the time was moved from {step.before} to {step.after}" in page


@pytest.mark.parametrize("count", [1, 5])
def test_the_page_before_moving_needs_six_queries(client, host, django_assert_num_queries, count):
    slot = VisitSlotFactory(offer=VisitOfferFactory(company=host.company), pupils_capacity=500, groups_capacity=9)
    VisitBookingFactory.create_batch(count, slot=slot)
    WaitingGroupFactory.create_batch(count, slot=slot)
    with django_assert_num_queries(6):
        client.get(move_url(slot))


def test_a_time_is_not_cancelled_without_a_reason_nor_by_looking(client, host):
    slot = VisitBookingFactory(slot=host_slot(host)).slot
    client.get(cancel_url(slot))
    answer = client.post(cancel_url(slot), {"reason": "", "reason_text": "Our guide is ill."})
    assert "Our guide is ill." in answer.text
    slot.refresh_from_db()
    assert (slot.cancelled_at, slot.groups_taken) == (None, 1)


def test_late_cancelling_is_said_with_telephones_and_must_be_known(client, host):
    now = timezone.now()
    slot = host_slot(host, starts_at=now + timedelta(days=2), cancel_by=now - timedelta(days=1))
    booking = VisitBookingFactory(slot=slot, state="confirmed")
    page = client.get(cancel_url(slot)).text
    assert "This is late" in page
    assert booking.phone in page
    data = {"reason": "staff", "reason_text": ""}
    client.post(cancel_url(slot), data)
    booking.refresh_from_db()
    assert booking.state == "confirmed"
    client.post(cancel_url(slot), data | {"knows_late": "on"})
    booking.refresh_from_db()
    assert (booking.state, booking.late) == ("cancelled", True)


def test_a_time_cancelled_meanwhile_leads_back_to_it(client, host):
    slot = host_slot(host)
    move_actions.cancel_slot(slot, reason="staff")
    answer = client.post(cancel_url(slot), {"reason": "staff"}, follow=True)
    assert "This time is over or withdrawn" in answer.text


def test_the_school_reads_why_and_finds_another_time(client, teacher):
    offer = VisitOfferFactory()
    booking = VisitBookingFactory(slot__offer=offer, school_class=teacher.school_class, pupil_count=25)
    fits = VisitSlotFactory(offer=offer)
    too_small = VisitSlotFactory(offer=offer, pupils_capacity=24)
    client.force_login(teacher)
    assert "Find another time" not in client.get(booking.get_absolute_url()).text
    move_actions.cancel_slot(booking.slot, reason="production", reason_text="The oven is rebuilt.")
    page = client.get(booking.get_absolute_url()).text
    assert "has cancelled this time for everyone" in page
    assert "Changes in production: The oven is rebuilt." in page
    assert reverse("visits:booking_create", args=[fits.public_id]) in page
    assert reverse("visits:booking_create", args=[too_small.public_id]) not in page
    assert reverse("visits:booking_create", args=[booking.slot.public_id]) not in page


def test_without_another_time_the_school_is_led_to_the_search(client, teacher):
    booking = VisitBookingFactory(school_class=teacher.school_class)
    move_actions.cancel_slot(booking.slot, reason="staff")
    client.force_login(teacher)
    page = client.get(booking.get_absolute_url()).text
    assert "The host has no other time with room for" in page


def test_the_group_in_line_reads_why(client, teacher):
    group = WaitingGroupFactory(school_class=teacher.school_class)
    move_actions.cancel_slot(group.slot, reason="staff", reason_text="Our guide is ill.")
    client.force_login(teacher)
    page = client.get(reverse("visits:waiting_detail", args=[group.public_id])).text
    assert "No staff available. Our guide is ill." in page


@pytest.mark.parametrize("count", [1, 5])
def test_the_page_before_cancelling_needs_six_queries(client, host, django_assert_num_queries, count):
    slot = VisitSlotFactory(offer=VisitOfferFactory(company=host.company), pupils_capacity=500, groups_capacity=9)
    VisitBookingFactory.create_batch(count, slot=slot)
    WaitingGroupFactory.create_batch(count, slot=slot)
    with django_assert_num_queries(6):
        client.get(cancel_url(slot))
