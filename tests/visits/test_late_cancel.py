"""Stepping back after the last free day: possible, told plainly beforehand, and marked."""

from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from notifications.delivery import deliver_due
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory
from tests.factories.schools import SchoolClassFactory, SchoolFactory
from tests.factories.visits import VisitBookingFactory, VisitSlotFactory
from visits import actions, links
from visits.enums import BookingState, Side

pytestmark = pytest.mark.django_db

NOTE = "We charge 500 kr for the material."


def visit(state="confirmed", *, passed=True, **changes):
    """A visit whose last free day has passed, or lies ahead."""
    now = timezone.now()
    slot = VisitSlotFactory(
        cancel_by=now + (timedelta(hours=-1) if passed else timedelta(hours=1)), offer__late_note=NOTE
    )
    return VisitBookingFactory(slot=slot, state=state, **changes)


@pytest.mark.parametrize(
    ("state", "passed", "side", "free_for", "late"),
    [
        ("confirmed", True, Side.SCHOOL, None, True),
        ("confirmed", True, Side.HOST, None, True),
        ("confirmed", True, Side.SYSTEM, None, False),
        ("confirmed", False, Side.SCHOOL, None, False),
        ("pending", True, Side.SCHOOL, None, False),  # nothing was agreed
        ("confirmed", True, Side.SCHOOL, timedelta(hours=2), False),  # the visit was changed: it may leave
        ("confirmed", True, Side.SCHOOL, timedelta(hours=-2), True),
        ("confirmed", True, Side.HOST, timedelta(hours=2), True),  # who changed it is not excused
    ],
)
def test_late_is_who_leaves_what_was_agreed_after_the_last_free_day(state, passed, side, free_for, late):
    booking = visit(state, passed=passed, free_to_leave_until=timezone.now() + free_for if free_for else None)
    booking = actions.cancel_booking(booking, side=side, reason="illness")
    assert (booking.state, booking.late) == (BookingState.CANCELLED, late)
    assert booking.steps.last().in_words == ("cancelled late" if late else "cancelled")
    booking.slot.refresh_from_db()
    assert booking.slot.groups_taken == 0


def test_the_host_is_told_at_once_that_it_came_late():
    booking = visit()
    actions.cancel_booking(booking, side=Side.SCHOOL, reason="illness")
    deliver_due()
    assert len(mail.outbox) == 2
    for message in mail.outbox:
        assert "This came late" in message.body
        assert NOTE in message.body


def test_a_cancellation_in_good_time_says_nothing_of_being_late():
    actions.cancel_booking(visit(passed=False), side=Side.SCHOOL, reason="illness")
    deliver_due()
    assert not any("late" in message.body for message in mail.outbox)


@pytest.fixture
def counsellor():
    return UserFactory()


@pytest.fixture
def school_class(counsellor):
    return SchoolClassFactory(school=SchoolFactory(members=[counsellor]))


def test_the_school_reads_what_applies_before_it_cancels_late(client, counsellor, school_class):
    booking = visit(school_class=school_class)
    client.force_login(counsellor)
    url = reverse("visits:booking_cancel", args=[booking.public_id])
    page = client.get(url).content.decode()
    assert "You may still cancel" in page
    assert NOTE in page
    # A form opened in good time and sent late does not slip through.
    response = client.post(url, {"reason": "illness"})
    assert response.context["form"].errors.keys() == {"knows_late"}
    booking.refresh_from_db()
    assert booking.state == BookingState.CONFIRMED
    client.post(url, {"reason": "illness", "knows_late": "on"})
    booking.refresh_from_db()
    assert (booking.state, booking.late) == (BookingState.CANCELLED, True)


def test_in_good_time_nothing_of_it_is_asked(client, counsellor, school_class):
    booking = visit(passed=False, school_class=school_class)
    client.force_login(counsellor)
    response = client.get(reverse("visits:booking_cancel", args=[booking.public_id]))
    assert "You are in good time" in response.content.decode()
    assert "knows_late" not in response.context["form"].fields


def test_the_host_cancels_late_by_link_knowing_it(client):
    booking = visit()
    url = reverse("visits:host_link_cancel", args=[links.HOST.token(booking.public_id)])
    assert client.post(url, {"reason": "staff"}).context["form"].errors.keys() == {"knows_late"}
    client.post(url, {"reason": "staff", "knows_late": "on"})
    booking.refresh_from_db()
    assert (booking.ended_by, booking.late) == ("host", True)


def test_what_applies_stands_where_the_school_chooses(client, counsellor, school_class):
    slot = VisitSlotFactory(offer__late_note=NOTE, offer__company=CompanyFactory(name="Smedjan"))
    client.force_login(counsellor)
    for url in (slot.offer.get_absolute_url(), reverse("visits:booking_create", args=[slot.public_id])):
        assert NOTE in client.get(url).content.decode()
