"""How many come, and who looks after it: changed while the booking lives."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from core.errors import ActionRefused
from notifications.delivery import deliver_due
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyContactFactory
from tests.factories.visits import VisitBookingFactory, VisitSlotFactory, WaitingGroupFactory
from visits import change_actions
from visits.enums import Side, StepKind

pytestmark = pytest.mark.django_db


@pytest.fixture
def booking():
    """20 of 30 pupils' places are taken by a confirmed group; the offer takes groups of 10 to 28."""
    slot = VisitSlotFactory(pupils_capacity=30, groups_capacity=2, offer__group_min=10, offer__group_max=28)
    return VisitBookingFactory(slot=slot, state="confirmed", pupil_count=20, adult_count=2)


def taken(booking):
    booking.slot.refresh_from_db()
    return booking.slot.pupils_taken, booking.slot.groups_taken


def sent_to():
    deliver_due()
    return [message.to[0] for message in mail.outbox]


def resize(booking, pupils, adults=2, side=Side.SCHOOL):
    return change_actions.change_size(booking, pupil_count=pupils, adult_count=adults, side=side)


@pytest.mark.parametrize("state", ["pending", "confirmed"])
def test_more_or_fewer_come_and_the_host_is_told_once(booking, state):
    booking = VisitBookingFactory(slot=booking.slot, state=state, pupil_count=10, adult_count=1)
    resize(booking, 10, adults=2)
    assert taken(booking) == (30, 2)
    assert [step.in_words for step in booking.steps.all()][-1] == "number of adults changed from 1 to 2"
    with pytest.raises(ActionRefused, match="Only 0 more places are free"):
        resize(booking, 11)
    booking.refresh_from_db()
    assert (booking.pupil_count, booking.adult_count) == (10, 2)
    assert sent_to() == [booking.slot.offer.contact.email]


def test_fewer_pupils_free_places_for_the_line(booking):
    group = WaitingGroupFactory(slot=booking.slot, pupil_count=12)
    resize(booking, 18)
    group.refresh_from_db()
    assert group.state == "offered"
    assert taken(booking) == (30, 2)


@pytest.mark.parametrize(("pupils", "words"), [(9, "from 10 pupils"), (29, "at most 28 pupils")])
def test_a_school_keeps_to_the_size_of_groups_and_the_host_decides(booking, pupils, words):
    with pytest.raises(ActionRefused, match=words):
        resize(booking, pupils)
    assert resize(booking, pupils, side=Side.HOST).pupil_count == pupils
    assert taken(booking) == (pupils, 1)
    assert sent_to() == [booking.requested_by.email]


def test_a_group_that_is_too_large_already_may_become_smaller(booking):
    booking = resize(booking, 30, side=Side.HOST)
    assert resize(booking, 29).pupil_count == 29


def test_a_proposed_time_grows_and_shrinks_with_the_booking(booking):
    other = VisitSlotFactory(offer=booking.slot.offer, pupils_capacity=21, groups_capacity=1)
    moving = VisitBookingFactory(slot=booking.slot, state="proposed", proposed_slot=other, pupil_count=10)
    resize(moving, 10, adults=3)
    with pytest.raises(ActionRefused, match="more places are free"):
        resize(moving, 22, side=Side.HOST)
    assert taken(moving) == (30, 2)


def test_after_booking_has_closed_only_the_host_makes_a_group_larger(booking):
    booking.slot.closes_at = timezone.now() - timedelta(hours=1)
    booking.slot.save(update_fields=["closes_at"])
    with pytest.raises(ActionRefused, match="Booking closed"):
        resize(booking, 21)
    assert resize(booking, 19).pupil_count == 19
    assert resize(booking, 21, side=Side.HOST).pupil_count == 21


@pytest.mark.parametrize("state", ["cancelled", "declined", "expired"])
def test_what_has_ended_is_not_changed(state):
    booking = VisitBookingFactory(state=state)
    with pytest.raises(ActionRefused):
        resize(booking, booking.pupil_count + 1)


def test_the_same_numbers_are_no_change(booking):
    with pytest.raises(ActionRefused, match="These are the numbers"):
        resize(booking, 20)
    assert sent_to() == []


def test_a_colleague_takes_over_and_three_are_told(booking):
    old, colleague = booking.requested_by, UserFactory()
    booking.school.memberships.create(user=colleague, role="teacher")
    change_actions.hand_over(booking, to=colleague, phone="0709999999", by=old)
    booking.refresh_from_db()
    assert (booking.requested_by, booking.phone) == (colleague, "0709999999")
    assert booking.steps.last().kind == StepKind.HANDED_OVER
    assert sorted(sent_to()) == sorted([old.email, colleague.email, booking.slot.offer.contact.email])
    with pytest.raises(ActionRefused, match="already"):
        change_actions.hand_over(booking, to=colleague, phone="0709999999", by=old)


def test_nobody_from_elsewhere_takes_over(booking):
    with pytest.raises(ActionRefused, match="works at the school"):
        change_actions.hand_over(booking, to=UserFactory(), phone="0709999999", by=booking.requested_by)


def test_another_contact_person_looks_after_this_booking_alone(booking):
    offer = booking.slot.offer
    contact = CompanyContactFactory(company=offer.company, name="Ny Kontakt")
    change_actions.choose_contact(booking, contact=contact, by=UserFactory())
    booking.refresh_from_db()
    assert booking.host_contact == contact
    assert VisitBookingFactory(slot=VisitSlotFactory(offer=offer)).host_contact == offer.contact
    assert sorted(sent_to()) == sorted([contact.email, offer.contact.email, booking.requested_by.email])
    told = {message.to[0]: message.body for message in mail.outbox}
    assert "Ny Kontakt" in told[booking.requested_by.email]
    contact.delete()
    booking.refresh_from_db()
    assert booking.host_contact == offer.contact


def test_a_contact_person_of_another_company_is_refused(booking):
    with pytest.raises(ActionRefused, match="contact persons"):
        change_actions.choose_contact(booking, contact=CompanyContactFactory(), by=UserFactory())
