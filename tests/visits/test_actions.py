import uuid
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone
from icalendar import Calendar

from core.errors import ActionRefused
from notifications.delivery import deliver_due
from notifications.models import QueuedMail
from tests.factories.accounts import UserFactory
from tests.factories.schools import SchoolClassFactory
from tests.factories.visits import VisitBookingFactory, VisitOfferFactory, VisitRuleFactory, VisitSlotFactory
from visits import actions
from visits.enums import BookingState, Side
from visits.models import VisitBooking

pytestmark = pytest.mark.django_db


def book(slot, *, by=None, **changes):
    arguments = {
        "school_class": changes.pop("school_class", None) or SchoolClassFactory(),
        "pupil_count": 20,
        "adult_count": 2,
        "phone": "0701234567",
        "note": "",
        "request_key": uuid.uuid4(),
    }
    return actions.request_booking(slot=slot, by=by or UserFactory(), **(arguments | changes))


def sent_subjects():
    deliver_due()
    return sorted((message.to[0].split("@")[0].rstrip("0123456789"), message.subject) for message in mail.outbox)


def test_a_request_takes_places_and_asks_the_host():
    slot = VisitSlotFactory(pupils_capacity=50, groups_capacity=2)
    rule = VisitRuleFactory(offer=slot.offer)
    booking = book(slot)
    slot.refresh_from_db()
    assert (slot.pupils_left, slot.groups_left) == (30, 1)
    assert booking.state == BookingState.PENDING
    assert booking.accepted_rules == [{"kind": "safety", "text": rule.text}]
    assert abs(booking.answer_by - booking.requested_at - timedelta(days=7)) < timedelta(seconds=5)
    assert [(step.from_state, step.to_state, step.side) for step in booking.steps.all()] == [("", "pending", "school")]
    assert [who for who, _ in sent_subjects()] == ["kontakt", "person"]


def test_an_offer_that_confirms_at_once_sends_the_calendar_to_both():
    slot = VisitSlotFactory(offer__answer_mode="auto")
    booking = book(slot)
    assert booking.state == BookingState.CONFIRMED
    deliver_due()
    assert len(mail.outbox) == 2
    for message in mail.outbox:
        (part,) = message.attachments
        assert part.get_content_type() == "text/calendar"
        event = Calendar.from_ical(part.get_payload(decode=True)).walk("VEVENT")[0]
        assert event["UID"] == f"{booking.public_id}@industriporten"
        assert event.decoded("DTSTART") == slot.starts_at
        assert part.get_param("method") == "PUBLISH"


def test_the_same_form_books_once():
    slot, school_class = VisitSlotFactory(groups_capacity=5), SchoolClassFactory()
    key = uuid.uuid4()
    first = book(slot, school_class=school_class, request_key=key)
    assert book(slot, school_class=school_class, request_key=key) == first
    slot.refresh_from_db()
    assert slot.groups_taken == 1


@pytest.mark.parametrize(
    ("changes", "pupils", "words"),
    [
        ({"opens_at": timezone.now() + timedelta(days=1)}, 20, "Booking opens on"),
        ({"closes_at": timezone.now() - timedelta(hours=1)}, 20, "Booking closed on"),
        ({"cancelled_at": timezone.now()}, 20, "withdrawn"),
        (
            {"pupils_taken": 15, "groups_taken": 1, "groups_capacity": 2},
            20,
            "Only 15 places are left, and you asked for 20",
        ),
        ({"groups_taken": 1}, 20, "fully booked"),
        ({"offer__state": "paused"}, 20, "no bookings for this visit at the moment"),
        ({"offer__lowest_grade": 11}, 20, "upper secondary, year 1 to upper secondary, year 3"),
        ({"offer__group_min": 21}, 20, "groups from 21 pupils"),
        ({"offer__group_max": 19}, 20, "at most 19 pupils"),
    ],
)
def test_every_refusal_says_why(changes, pupils, words):
    slot = VisitSlotFactory(**changes)
    taken = slot.pupils_taken
    with pytest.raises(ActionRefused, match=words):
        book(slot, pupil_count=pupils)
    slot.refresh_from_db()
    assert slot.pupils_taken == taken
    assert not VisitBooking.objects.exists()


def test_a_class_cannot_be_in_two_places():
    slot = VisitSlotFactory(offer__title="Welding")
    other = VisitSlotFactory(starts_at=slot.starts_at + timedelta(hours=1))
    school_class = SchoolClassFactory(name="9B")
    book(slot, school_class=school_class)
    with pytest.raises(ActionRefused, match="9B already has a visit then: Welding"):
        book(other, school_class=school_class)


def test_yes_confirms_and_tells_both():
    booking = VisitBookingFactory()
    host = UserFactory()
    booking = actions.confirm_booking(booking, by=host)
    assert booking.state == BookingState.CONFIRMED
    assert booking.steps.last().by == host
    subjects = sent_subjects()
    assert [who for who, _ in subjects] == ["kontakt", "person"]
    assert all(subject.startswith("Agreed:") for _, subject in subjects)


def test_no_frees_the_places_and_gives_the_reason():
    booking = VisitBookingFactory()
    actions.decline_booking(booking, reason="staff", reason_text="Half of us are ill.", by_link=True)
    booking.slot.refresh_from_db()
    assert (booking.slot.pupils_taken, booking.slot.groups_taken) == (0, 0)
    deliver_due()
    (message,) = mail.outbox
    assert "No staff available" in message.body
    assert "Half of us are ill." in message.body


def test_an_answered_request_takes_no_second_answer():
    booking = VisitBookingFactory()
    actions.confirm_booking(booking)
    with pytest.raises(ActionRefused, match="the booking is confirmed"):
        actions.decline_booking(booking, reason="staff")


def test_another_time_is_held_until_the_school_takes_it():
    booking = VisitBookingFactory()
    first, second = booking.slot, VisitSlotFactory(offer=booking.slot.offer)
    booking = actions.propose_time(booking, slot=second, by_link=True)
    assert booking.state == BookingState.PROPOSED
    for slot in (first, second):
        slot.refresh_from_db()
        assert slot.groups_left == 0
    booking = actions.accept_proposal(booking, by=booking.requested_by)
    for slot in (first, second):
        slot.refresh_from_db()
    assert (first.groups_left, second.groups_left) == (1, 0)
    assert (booking.slot, booking.proposed_slot, booking.state) == (second, None, BookingState.CONFIRMED)
    assert booking.during.lower == second.starts_at


def test_a_proposed_time_without_room_is_refused():
    booking = VisitBookingFactory()
    full = VisitSlotFactory(offer=booking.slot.offer, groups_taken=1)
    with pytest.raises(ActionRefused, match="fully booked"):
        actions.propose_time(booking, slot=full)
    booking.refresh_from_db()
    assert booking.state == BookingState.PENDING


def test_a_time_of_another_visit_cannot_be_proposed():
    with pytest.raises(ActionRefused, match="same visit"):
        actions.propose_time(VisitBookingFactory(), slot=VisitSlotFactory(offer=VisitOfferFactory()))


def test_stepping_back_from_a_proposal_frees_both_times():
    booking = VisitBookingFactory()
    first, second = booking.slot, VisitSlotFactory(offer=booking.slot.offer)
    booking = actions.propose_time(booking, slot=second)
    actions.cancel_booking(booking, side=Side.SCHOOL, reason="timetable", by=booking.requested_by)
    for slot in (first, second):
        slot.refresh_from_db()
        assert (slot.pupils_taken, slot.groups_taken) == (0, 0)


@pytest.mark.parametrize("side", [Side.SCHOOL, Side.HOST])
def test_a_cancelled_visit_is_taken_out_of_both_calendars(side):
    booking = actions.confirm_booking(VisitBookingFactory())
    actions.cancel_booking(booking, side=side, reason="illness")
    QueuedMail.objects.exclude(kind="booking_cancelled").delete()
    deliver_due()
    assert len(mail.outbox) == 2
    for message in mail.outbox:
        event = Calendar.from_ical(message.attachments[0].get_payload(decode=True))
        assert event["METHOD"] == "CANCEL"
        assert event.walk("VEVENT")[0]["STATUS"] == "CANCELLED"


def test_a_visit_that_has_begun_cannot_be_cancelled():
    slot = VisitSlotFactory()
    booking = VisitBookingFactory(slot=slot, state="confirmed")
    type(slot).objects.update(
        starts_at=timezone.now() - timedelta(minutes=1),
        opens_at=timezone.now() - timedelta(days=9),
        closes_at=timezone.now() - timedelta(days=1),
        cancel_by=timezone.now() - timedelta(days=1),
    )
    with pytest.raises(ActionRefused, match="has begun"):
        actions.cancel_booking(booking, side=Side.SCHOOL, reason="illness")


def test_an_unanswered_request_expires_and_both_are_told():
    booking = VisitBookingFactory(answer_by=timezone.now() - timedelta(minutes=1))
    actions.expire_booking(booking)
    booking.refresh_from_db()
    booking.slot.refresh_from_db()
    assert (booking.state, booking.slot.groups_taken) == (BookingState.EXPIRED, 0)
    assert [who for who, _ in sent_subjects()] == ["kontakt", "person"]


def test_a_request_in_time_does_not_expire():
    assert actions.expire_booking(VisitBookingFactory()) is None


def test_a_stale_mail_is_not_sent():
    booking = VisitBookingFactory()
    actions.confirm_booking(booking)
    booking.refresh_from_db()
    actions.cancel_booking(booking, side=Side.SCHOOL, reason="illness")
    subjects = [subject for _, subject in sent_subjects()]
    assert len(subjects) == 2
    assert all(subject.startswith("Cancelled:") for subject in subjects)


def test_a_step_that_is_no_new_status_says_what_changed():
    booking = VisitBookingFactory()
    step = booking.steps.create(
        from_state="pending", to_state="pending", kind="size", details={"before": 20, "after": 24}, side="school"
    )
    assert step.in_words == "number of pupils changed from 20 to 24"
    assert booking.steps.first().in_words == "waiting for an answer"


def test_the_host_cannot_say_yes_while_the_school_answers_a_proposal():
    booking = VisitBookingFactory()
    proposed = actions.propose_time(booking, slot=VisitSlotFactory(offer=booking.slot.offer))
    with pytest.raises(ActionRefused, match="another time proposed"):
        actions.confirm_booking(proposed)
