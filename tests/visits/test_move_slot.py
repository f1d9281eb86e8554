"""A host moves a time that classes have booked: who comes along, who is told what, and what cannot be moved."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.utils import timezone, translation
from icalendar import Calendar

from core.errors import ActionRefused
from notifications.delivery import deliver_due
from notifications.models import QueuedMail
from tests.factories.schools import SchoolClassFactory, SchoolFactory
from tests.factories.visits import VisitBookingFactory, VisitOfferFactory, VisitSlotFactory, WaitingGroupFactory
from visits import actions, lines, move_actions, offer_actions, tasks
from visits.emails import MOVED
from visits.models import SearchRow, VisitBooking
from visits.sums import check_sums

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_a_quiet_day")]

WEEK = timedelta(days=7)


def move(slot, by=WEEK, **options):
    starts_at = slot.starts_at + by
    return move_actions.move_slot(
        slot,
        **{
            "starts_at": starts_at,
            "ends_at": starts_at + timedelta(hours=2),
            "reason": "production",
            "reason_text": "The line stands still that day.",
        }
        | options,
    )


def shared_slot(**facts):
    return VisitSlotFactory(pupils_capacity=60, groups_capacity=3, **facts)


def told():
    return QueuedMail.objects.filter(kind="time_moved", channel="mail")


def mails_to(person):
    return [each for each in mail.outbox if each.to == [person.email]]


def test_everyone_who_has_booked_comes_at_the_new_time_and_is_told_once():
    slot = shared_slot()
    bookings = [VisitBookingFactory(slot=slot, pupil_count=10, state=state) for state in ("pending", "confirmed")]
    gone = VisitBookingFactory(slot=slot, state="cancelled")
    old = slot.starts_at
    assert move(slot) == 2
    slot.refresh_from_db()
    assert (slot.starts_at, slot.pupils_taken, slot.groups_taken) == (old + WEEK, 20, 2)
    for booking in bookings:
        before = booking.state
        booking.refresh_from_db()
        assert (booking.state, booking.during.lower, booking.during.upper) == (before, slot.starts_at, slot.ends_at)
        step = booking.steps.last()
        assert (step.kind, step.side, step.reason_text) == ("moved", "host", "The line stands still that day.")
        assert told().filter(about_id=booking.pk, details__side="school").count() == 1
        assert told().filter(about_id=booking.pk, details__side="host").count() == 1
    gone.refresh_from_db()
    assert (gone.during.lower, gone.steps.count()) == (old, 1)
    assert told().filter(about_id=gone.pk).count() == 0
    assert check_sums() == []


def test_the_mail_says_from_when_to_when_and_why_and_the_calendar_follows():
    booking = VisitBookingFactory(state="confirmed")
    slot = booking.slot
    with translation.override("en"):
        move(slot)
    deliver_due()
    (to_school,) = mails_to(booking.requested_by)
    for words in ("has moved the visit of", "Reason: Changes in production. The line stands still that day."):
        assert words in to_school.body
    assert "you may step back until" in to_school.body
    (event,) = Calendar.from_ical(to_school.attachments[0].get_payload(decode=True)).walk("VEVENT")
    slot.refresh_from_db()
    assert (event["DTSTART"].dt, event["SEQUENCE"], event["STATUS"]) == (slot.starts_at, 2, "CONFIRMED")
    step = booking.steps.last()
    assert step.before in to_school.body
    assert step.after in to_school.body
    assert step.in_words == f"the time was moved from {step.before} to {step.after}"


def test_the_class_may_step_back_for_a_week_without_being_late():
    now = timezone.now()
    slot = shared_slot(starts_at=now + timedelta(days=2), cancel_by=now - timedelta(days=1))
    booking = VisitBookingFactory(slot=slot, state="confirmed")
    assert booking.would_be_late("school")
    move(slot, timedelta(days=1))
    booking.refresh_from_db()
    assert booking.free_to_leave_until == booking.slot.starts_at
    assert (booking.would_be_late("school"), booking.may_step_back) == (False, True)
    move(booking.slot, timedelta(days=60))
    booking.refresh_from_db()
    assert abs(booking.free_to_leave_until - now - WEEK) < timedelta(minutes=1)


def test_what_was_promised_before_is_kept_but_not_past_the_visit():
    now = timezone.now()
    booking = VisitBookingFactory(state="confirmed", slot__starts_at=now + timedelta(days=30))
    VisitBooking.objects.filter(pk=booking.pk).update(free_to_leave_until=now + timedelta(days=20))
    move(booking.slot, -timedelta(days=5))
    booking.refresh_from_db()
    assert booking.free_to_leave_until == now + timedelta(days=20)
    move(booking.slot, -timedelta(days=10))
    booking.refresh_from_db()
    assert booking.free_to_leave_until == booking.slot.starts_at


def test_closing_and_cancelling_days_move_along():
    slot = VisitBookingFactory().slot
    days = [slot.starts_at - each for each in (slot.closes_at, slot.cancel_by)]
    move(slot)
    slot.refresh_from_db()
    assert [(slot.starts_at - each).days for each in (slot.closes_at, slot.cancel_by)] == [each.days for each in days]


def test_a_time_moved_near_closes_now_and_one_that_is_closed_stays_closed():
    now = timezone.now()
    near = VisitBookingFactory(slot__starts_at=now + timedelta(days=30), slot__closes_at=now + timedelta(days=20)).slot
    move(near, -timedelta(days=25))
    near.refresh_from_db()
    assert near.status == "closed"
    assert near.closes_at >= now
    private = VisitBookingFactory(state="confirmed").slot
    offer_actions.close_slot(private)
    move(private)
    private.refresh_from_db()
    assert private.status == "closed"


def test_a_time_that_has_not_opened_yet_can_be_moved_before_its_opening():
    now = timezone.now()
    booking = VisitBookingFactory(
        slot__opens_at=now + timedelta(days=15),
        slot__starts_at=now + timedelta(days=30),
        slot__closes_at=now + timedelta(days=20),
    )
    move(booking.slot, -timedelta(days=20))
    booking.slot.refresh_from_db()
    assert booking.slot.status == "closed"


def test_a_request_is_still_answered_a_day_before_the_visit():
    booking = VisitBookingFactory(answer_by=timezone.now() + timedelta(days=7))
    kept = booking.answer_by
    move(booking.slot)
    booking.refresh_from_db()
    assert booking.answer_by == kept
    near = timezone.now() + timedelta(days=3) - booking.slot.starts_at
    move(booking.slot, near)
    booking.refresh_from_db()
    assert booking.answer_by == booking.slot.starts_at - timedelta(days=1)


def test_who_stands_in_line_keeps_the_place_and_hears_why():
    slot = shared_slot()
    VisitBookingFactory(slot=slot, pupil_count=50)
    waiting = WaitingGroupFactory(slot=slot, pupil_count=10)
    offered = WaitingGroupFactory(slot=slot, pupil_count=5, is_offered=True)
    assert move(slot) == 3
    move(slot, -WEEK)
    move(slot)
    for group in (waiting, offered):
        state = group.state
        group.refresh_from_db()
        assert group.state == state
        assert QueuedMail.objects.filter(kind="waiting_moved", about_id=group.pk, channel="mail").count() == 3
    deliver_due()
    assert "Reason: Changes in production. The line stands still that day." in mails_to(waiting.requested_by)[0].body
    assert check_sums() == []


def test_who_would_be_too_young_on_an_earlier_day_leaves_the_line_and_hears_why():
    """A Swedish class in grade 6 counts as 13 from new year on, and not in December."""
    starts_at = timezone.now().replace(month=9, day=20) + timedelta(days=120)  # January of the year after
    slot = shared_slot(
        starts_at=starts_at, offer__hands_on_from=13, offer__younger_may_watch=False, offer__lowest_grade=1
    )
    VisitBookingFactory(slot=slot, pupil_count=50)
    with time_machine.travel(starts_at - timedelta(days=100)):
        young = WaitingGroupFactory(slot=slot, pupil_count=10, school_class=SchoolClassFactory(grade=6))
        old = WaitingGroupFactory(slot=slot, pupil_count=10)
        assert move(slot, -timedelta(days=40)) == 3
    for group in (young, old):
        group.refresh_from_db()
    assert (young.state, young.misfit, old.state) == ("no_fit", "age", "waiting")
    kinds = QueuedMail.objects.filter(about_id=young.pk, kind__startswith="waiting").values_list("kind", flat=True)
    assert list(kinds) == ["waiting_no_fit"]


def test_places_are_not_held_past_the_beginning_of_the_moved_visit():
    slot = shared_slot()
    VisitBookingFactory(slot=slot, pupil_count=50)
    group = WaitingGroupFactory(slot=slot, pupil_count=5, is_offered=True)
    near = timezone.now() + timedelta(hours=30) - slot.starts_at
    move(slot, near)
    group.refresh_from_db()
    slot.refresh_from_db()
    assert group.offer_ends_at == slot.starts_at
    lines.move_lines()
    group.refresh_from_db()
    assert group.state == "offered"


def proposed():
    offer = VisitOfferFactory()
    start = timezone.now() + timedelta(days=30)
    first, second = (VisitSlotFactory(offer=offer, starts_at=start + timedelta(days=3 * n)) for n in (0, 1))
    booking = VisitBookingFactory(slot=first)
    return actions.propose_time(booking, slot=second)


def test_a_proposed_time_that_moves_is_a_new_proposal():
    booking = proposed()
    VisitBooking.objects.filter(pk=booking.pk).update(answer_by=timezone.now() + timedelta(hours=1))
    first, second = booking.slot, booking.proposed_slot
    assert move(second) == 1
    booking.refresh_from_db()
    assert (booking.state, booking.slot, booking.proposed_slot) == ("proposed", first, second)
    assert (booking.during.lower, booking.free_to_leave_until) == (first.starts_at, None)
    assert booking.answer_by > timezone.now() + timedelta(days=4)
    assert booking.steps.last().kind == "proposal_moved"
    deliver_due()
    assert any("has moved the time it proposed to" in each.body for each in mails_to(booking.requested_by))
    actions.accept_proposal(booking)
    booking.refresh_from_db()
    second.refresh_from_db()
    assert (booking.during.lower, booking.state) == (second.starts_at, "confirmed")
    assert check_sums() == []


def test_the_first_time_of_a_proposal_moves_and_the_proposal_stands():
    booking = proposed()
    first, second = booking.slot, booking.proposed_slot
    move(first)
    booking.refresh_from_db()
    first.refresh_from_db()
    assert (booking.state, booking.proposed_slot, booking.during.lower) == ("proposed", second, first.starts_at)
    assert booking.steps.last().kind == "moved"
    actions.accept_proposal(booking)
    assert check_sums() == []


def test_reminders_follow_the_new_time():
    slot = shared_slot(starts_at=timezone.now() + timedelta(days=3, hours=6))
    answered = timezone.now() - timedelta(days=9)
    booking = VisitBookingFactory(slot=slot, answered_at=answered, state="confirmed")
    tasks.plan_reminders()
    reminders = QueuedMail.objects.filter(kind="booking_reminder", details__side="school", channel="mail")
    old = reminders.count()
    assert old
    move(slot, timedelta(days=30))
    with time_machine.travel(timezone.now() + timedelta(days=3, hours=7)):
        tasks.plan_reminders()
        deliver_due()
        assert not any("reminder" in row.kind and row.sent_at for row in QueuedMail.objects.all())
    with time_machine.travel(timezone.now() + timedelta(days=32, hours=7)):
        tasks.plan_reminders()
        deliver_due()
    booking.refresh_from_db()
    sent = [row for row in reminders if row.sent_at]
    assert {row.details["starts_at"] for row in sent} == {booking.slot.starts_at.isoformat()}


def test_the_search_follows_at_once():
    slot = shared_slot()
    VisitBookingFactory(slot=slot, pupil_count=10)
    move(slot)
    slot.refresh_from_db()
    assert SearchRow.objects.get(offer=slot.offer).next_free_at == slot.starts_at


def test_a_class_that_is_elsewhere_then_holds_the_time_where_it_is():
    slot = shared_slot()
    school = SchoolFactory(name="Norra skolan")
    busy = VisitBookingFactory(
        slot=slot, school_class=SchoolClassFactory(school=school, name="9B"), pupil_count=10, state="confirmed"
    )
    free = VisitBookingFactory(slot=slot, pupil_count=10, state="confirmed")
    elsewhere = VisitBookingFactory(
        slot__starts_at=slot.starts_at + WEEK, school_class=busy.school_class, state="pending"
    )
    with pytest.raises(ActionRefused) as refusal:
        move(slot)
    assert str(refusal.value) == (
        "9B, Norra skolan cannot come then. Choose another time, or cancel that booking first."
    )
    assert elsewhere.slot.offer.title not in str(refusal.value)
    for booking in (busy, free):
        booking.refresh_from_db()
        assert (booking.during.lower, booking.steps.count()) == (slot.starts_at, 1)
    assert told().count() == 0
    move(slot, timedelta(minutes=30))  # overlaps itself only


def test_a_class_that_would_only_watch_holds_the_time_where_it_is():
    offer = VisitOfferFactory(hands_on_from=15, younger_may_watch=False, lowest_grade=7)
    with time_machine.travel("2026-11-02 10:00 +0100"):
        start = timezone.now() + timedelta(days=75)  # in January, when the class turns 15
        slot = VisitSlotFactory(offer=offer, starts_at=start)
        VisitBookingFactory(slot=slot, school_class=SchoolClassFactory(grade=8, school_year=2026), grade=8)
        with pytest.raises(ActionRefused, match="would be too young then"):
            move(slot, -timedelta(days=30))
        offer.younger_may_watch = True
        offer.save()
        move(slot, -timedelta(days=30))


@pytest.mark.parametrize(
    ("by", "words"),
    [
        (timedelta(0), "at this time already"),
        (-timedelta(days=60), "has passed"),
        (timedelta(days=700), "In another school year"),
    ],
)
def test_where_a_time_cannot_go(by, words):
    with time_machine.travel("2026-11-02 10:00 +0100"):
        slot = VisitBookingFactory().slot
        with pytest.raises(ActionRefused, match=words):
            move(slot, by)
    assert told().count() == 0


def test_no_second_time_at_the_same_start():
    slot = VisitBookingFactory().slot
    VisitSlotFactory(offer=slot.offer, starts_at=slot.starts_at + WEEK)
    with pytest.raises(ActionRefused, match="already has a time on"):
        move(slot)


def test_only_the_length_may_change_and_is_told():
    booking = VisitBookingFactory(state="confirmed")
    slot = booking.slot
    move(slot, timedelta(0), ends_at=slot.ends_at + timedelta(hours=1))
    booking.refresh_from_db()
    assert booking.during.upper == slot.ends_at + timedelta(hours=1)
    assert told().filter(about_id=booking.pk).exists()


def test_two_moves_are_told_each_as_it_was():
    booking = VisitBookingFactory(state="confirmed")
    move(booking.slot)
    move(booking.slot, WEEK * 2)
    deliver_due()
    first, second = mails_to(booking.requested_by)
    steps = list(booking.steps.filter(kind="moved"))
    assert steps[0].after in first.body
    assert steps[1].before in second.body
    assert steps[0].after == steps[1].before


@pytest.mark.parametrize(("days", "by", "sms"), [(30, WEEK, False), (0, WEEK, True), (30, None, True)])
def test_a_text_message_comes_only_when_one_of_the_times_is_near(days, by, sms):
    starts_at = timezone.now() + timedelta(days=days, hours=20)
    slot = shared_slot(starts_at=starts_at, closes_at=timezone.now(), cancel_by=timezone.now())
    booking = VisitBookingFactory(slot=slot, state="confirmed")
    move(slot, by or timezone.now() + timedelta(hours=20) - starts_at)
    row = told().filter(about_id=booking.pk, details__side="school").get()
    assert MOVED.sms_if(MOVED.context(row)) is sms


def test_nobody_who_has_left_hears_of_the_move():
    booking = VisitBookingFactory()
    move(booking.slot)
    VisitBooking.objects.filter(pk=booking.pk).update(state="cancelled")
    deliver_due()
    assert mail.outbox == []


def test_a_move_that_breaks_half_way_moves_nothing(monkeypatch):
    slot = shared_slot()
    bookings = VisitBookingFactory.create_batch(2, slot=slot, pupil_count=10)
    old = slot.starts_at
    sent = []

    def fail_at_the_second(booking, step):
        sent.append(booking)
        if len(sent) == 2:
            raise OSError("the disk is full")

    monkeypatch.setattr("visits.emails.time_moved", fail_at_the_second)
    with pytest.raises(OSError, match="the disk is full"):
        move(slot)
    slot.refresh_from_db()
    assert slot.starts_at == old
    assert {booking.steps.count() for booking in bookings} == {1}
