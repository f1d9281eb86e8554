"""A host cancels a time that classes have booked: who is told what, and what is left of it."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone
from icalendar import Calendar

from core.errors import ActionRefused
from notifications.delivery import deliver_due
from notifications.models import QueuedMail
from tests.factories.visits import VisitBookingFactory, VisitOfferFactory, VisitSlotFactory, WaitingGroupFactory
from visits import actions, lines, move_actions, tasks
from visits.enums import Side
from visits.models import VisitBooking, VisitSlot, WaitingGroup
from visits.sums import check_sums, stranded_groups

pytestmark = pytest.mark.django_db


def cancel(slot, **options):
    return move_actions.cancel_slot(slot, **{"reason": "staff", "reason_text": "Our guide is ill."} | options)


def kinds(name):
    return QueuedMail.objects.filter(kind=name, channel="mail")


def shared_slot(**facts):
    return VisitSlotFactory(pupils_capacity=60, groups_capacity=3, **facts)


def test_a_cancelled_time_ends_every_booking_with_the_reason_and_tells_both_sides():
    slot = shared_slot()
    bookings = [VisitBookingFactory(slot=slot, pupil_count=10, state=state) for state in ("pending", "confirmed")]
    VisitBookingFactory(slot=slot, state="declined")
    assert cancel(slot) == 2
    slot.refresh_from_db()
    assert (slot.status, slot.cancel_reason, slot.pupils_taken, slot.groups_taken) == ("withdrawn", "staff", 0, 0)
    for booking in bookings:
        booking.refresh_from_db()
        assert (booking.state, booking.ended_by, booking.reason) == ("cancelled", "host", "staff")
        assert (booking.reason_text, booking.late) == ("Our guide is ill.", False)
    assert kinds("booking_cancelled").filter(details__side="school").count() == 2
    assert check_sums() == []


def test_the_mail_says_why_takes_the_visit_out_of_the_calendar_and_leads_to_other_times():
    booking = VisitBookingFactory(state="confirmed")
    cancel(booking.slot)
    deliver_due()
    (to_school,) = [each for each in mail.outbox if each.to == [booking.requested_by.email]]
    assert "has cancelled this time for everyone" in to_school.body
    assert "No staff available" in to_school.body
    assert "Our guide is ill." in to_school.body
    assert f"Find another time: http://localhost:8000{booking.slot.offer.get_absolute_url()}" in to_school.body
    entry = Calendar.from_ical(to_school.attachments[0].get_payload(decode=True))
    assert entry["METHOD"] == "CANCEL"
    (event,) = entry.walk("VEVENT")
    assert (event["STATUS"], event["SEQUENCE"]) == ("CANCELLED", 2)


def test_the_line_is_closed_and_nobody_in_it_gets_the_freed_places():
    slot = shared_slot()
    VisitBookingFactory(slot=slot, pupil_count=55)
    waiting = WaitingGroupFactory(slot=slot, pupil_count=10)
    offered = WaitingGroupFactory(slot=slot, pupil_count=5, is_offered=True)
    assert cancel(slot) == 3
    for group in (waiting, offered):
        group.refresh_from_db()
        assert (group.state, group.ended_by, group.reason_text) == ("closed", "host", "Our guide is ill.")
    assert kinds("waiting_offered").count() == 0
    lines.move_lines()
    assert not WaitingGroup.objects.in_line().exists()
    slot.refresh_from_db()
    assert (slot.pupils_taken, slot.groups_taken) == (0, 0)
    deliver_due()
    (to_waiting,) = [each for each in mail.outbox if each.to == [waiting.requested_by.email]]
    assert "Reason: No staff available. Our guide is ill." in to_waiting.body


def test_another_time_that_was_proposed_outlives_the_first_one():
    offer = VisitOfferFactory()
    first, second = VisitSlotFactory(offer=offer), VisitSlotFactory(offer=offer)
    booking = VisitBookingFactory(slot=first)
    actions.propose_time(booking, slot=second)
    assert cancel(first) == 1
    booking.refresh_from_db()
    assert (booking.state, booking.proposed_slot) == ("proposed", second)
    assert booking.steps.last().in_words == "the first time was cancelled, the proposed one stands"
    assert kinds("time_proposed").count() == 2
    deliver_due()
    assert any("The other time you have been offered stands" in each.body for each in mail.outbox)
    actions.accept_proposal(booking)
    assert check_sums() == []
    assert set(VisitSlot.objects.values_list("pk", "groups_taken")) == {(first.pk, 0), (second.pk, 1)}


def test_a_class_that_was_offered_the_cancelled_time_is_a_request_again():
    offer = VisitOfferFactory()
    first, second = VisitSlotFactory(offer=offer), VisitSlotFactory(offer=offer)
    booking = VisitBookingFactory(slot=first)
    actions.propose_time(booking, slot=second)
    assert cancel(second) == 1
    booking.refresh_from_db()
    assert (booking.state, booking.slot, booking.proposed_slot) == ("pending", first, None)
    assert booking.answer_by > timezone.now()
    deliver_due()
    assert any("Your first request stands" in each.body for each in mail.outbox)
    assert check_sums() == []


def test_a_second_proposal_is_told_as_the_first_was():
    offer = VisitOfferFactory()
    first, second, third = VisitSlotFactory.create_batch(3, offer=offer)
    booking = VisitBookingFactory(slot=first)
    actions.propose_time(booking, slot=second)
    cancel(second)
    booking.refresh_from_db()
    actions.propose_time(booking, slot=third)
    assert kinds("time_proposed").count() == 2


def test_a_class_whose_both_times_are_cancelled_has_none_left():
    offer = VisitOfferFactory()
    first, second = VisitSlotFactory(offer=offer), VisitSlotFactory(offer=offer)
    booking = VisitBookingFactory(slot=first)
    actions.propose_time(booking, slot=second)
    cancel(first)
    cancel(second)
    booking.refresh_from_db()
    assert (booking.state, booking.ended_by, booking.reason) == ("cancelled", "host", "staff")
    assert check_sums() == []


def test_places_held_at_another_time_flow_to_the_line_there():
    offer = VisitOfferFactory()
    first, second = VisitSlotFactory(offer=offer), VisitSlotFactory(offer=offer)
    booking = VisitBookingFactory(slot=first)
    actions.propose_time(booking, slot=second)
    group = WaitingGroupFactory(slot=second, pupil_count=20)
    cancel(first)
    booking.refresh_from_db()
    actions.decline_proposal(booking)
    group.refresh_from_db()
    assert group.state == "offered"
    assert list(stranded_groups()) == []


@pytest.mark.parametrize(("state", "late"), [("confirmed", True), ("pending", False)])
def test_what_was_agreed_is_cancelled_late_after_the_last_free_day(state, late):
    now = timezone.now()
    slot = shared_slot(starts_at=now + timedelta(days=2), cancel_by=now - timedelta(days=1))
    booking = VisitBookingFactory(slot=slot, state=state)
    cancel(slot)
    booking.refresh_from_db()
    assert booking.late is late


def test_what_the_system_cancels_is_not_late():
    now = timezone.now()
    slot = shared_slot(starts_at=now + timedelta(days=2), cancel_by=now - timedelta(days=1))
    booking = VisitBookingFactory(slot=slot, state="confirmed")
    cancel(slot, side=Side.SYSTEM)
    booking.refresh_from_db()
    assert (booking.ended_by, booking.late) == ("system", False)


def test_a_time_is_cancelled_once_and_not_after_it_has_begun():
    booking = VisitBookingFactory(state="confirmed")
    cancel(booking.slot)
    with pytest.raises(ActionRefused, match="has been withdrawn"):
        cancel(booking.slot)
    assert booking.steps.count() == 2
    now = timezone.now()
    begun = VisitBookingFactory(
        slot__opens_at=now - timedelta(days=9), slot__starts_at=now - timedelta(hours=1), state="confirmed"
    )
    with pytest.raises(ActionRefused, match="has begun or is over"):
        cancel(begun.slot)


def test_a_cancelled_time_asks_for_no_answer_and_reminds_of_nothing():
    now = timezone.now()
    slot = shared_slot(starts_at=now + timedelta(days=2))
    VisitBookingFactory(slot=slot, answered_at=now - timedelta(days=9), state="confirmed")
    tasks.plan_reminders()
    cancel(slot)
    tasks.plan_reminders()
    deliver_due()
    assert not any("reminder" in row.kind and row.sent_at for row in QueuedMail.objects.all())


def test_cancelling_takes_back_what_a_broken_mail_would_leave_half_done(monkeypatch):
    """All or nothing: a failure at the last booking leaves the first one as it was."""
    slot = shared_slot()
    VisitBookingFactory.create_batch(2, slot=slot, pupil_count=10)
    sent = []

    def fail_at_the_second(booking):
        sent.append(booking)
        if len(sent) == 2:
            raise OSError("the disk is full")

    monkeypatch.setattr("visits.emails.booking_cancelled", fail_at_the_second)
    with pytest.raises(OSError, match="the disk is full"):
        cancel(slot)
    assert VisitBooking.objects.live().count() == 2
    slot.refresh_from_db()
    assert (slot.cancelled_at, slot.groups_taken) == (None, 2)
