import uuid
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from core.errors import ActionRefused
from notifications.delivery import deliver_due
from notifications.models import QueuedMail
from tests.factories.accounts import UserFactory
from tests.factories.schools import SchoolClassFactory
from tests.factories.visits import (
    VisitBookingFactory,
    VisitRuleFactory,
    VisitSlotFactory,
    WaitingGroupFactory,
    let_work_at,
)
from visits import actions, lines, offer_actions, places, waiting_actions
from visits.enums import BookingState, Side, WaitingState
from visits.models import VisitBooking, VisitOffer, VisitSlot, WaitingGroup, hold_until
from visits.slot_times import SlotTimes

pytestmark = pytest.mark.django_db


def join(slot, *, by=None, **changes):
    arguments = {
        "school_class": changes.pop("school_class", None) or SchoolClassFactory(),
        "pupil_count": 20,
        "adult_count": 2,
        "phone": "0701234567",
        "note": "",
        "request_key": uuid.uuid4(),
    }
    by = by or UserFactory()
    let_work_at(arguments["school_class"].school, by)
    return waiting_actions.join_line(slot=slot, by=by, **(arguments | changes))


def full_slot(pupils=20, **changes):
    """A time with one booking that takes all of it."""
    slot = VisitSlotFactory(pupils_capacity=pupils, **changes)
    booking = VisitBookingFactory(slot=slot, pupil_count=pupils)
    slot.refresh_from_db()
    return slot, booking


def state_of(group):
    group.refresh_from_db()
    return group.state


def taken(slot):
    slot.refresh_from_db()
    return slot.pupils_taken, slot.groups_taken


def mails(kind):
    return QueuedMail.objects.filter(kind=kind).count()


def times_of(slot, **changes):
    names = SlotTimes.__dataclass_fields__
    return SlotTimes(**({name: getattr(slot, name) for name in names} | changes))


def test_a_group_joins_the_line_of_a_full_time():
    slot, _ = full_slot()
    rule = VisitRuleFactory(offer=slot.offer)
    group = join(slot)
    assert (group.state, group.position, group.places_lacking) == (WaitingState.WAITING, 1, 20)
    assert group.accepted_rules == [{"kind": "safety", "text": rule.text}]
    assert taken(slot) == (20, 1)
    deliver_due()
    (message,) = mail.outbox
    assert "stands in line" in message.subject
    assert "/visits/places/" in message.body


def test_the_same_click_joins_once():
    slot, _ = full_slot()
    school_class, key = SchoolClassFactory(), uuid.uuid4()
    first = join(slot, school_class=school_class, request_key=key)
    assert join(slot, school_class=school_class, request_key=key) == first
    with pytest.raises(ActionRefused, match="already stands in this line"):
        join(slot, school_class=school_class)


@pytest.mark.parametrize(
    ("changes", "pupils", "words"),
    [
        ({"opens_at": timezone.now() + timedelta(days=1)}, 20, "Booking opens on"),
        ({"closes_at": timezone.now() - timedelta(hours=1)}, 20, "Booking closed on"),
        ({"cancelled_at": timezone.now()}, 20, "withdrawn"),
        ({"offer__state": "paused"}, 20, "no bookings for this visit at the moment"),
        ({"offer__group_max": 19}, 20, "at most 19 pupils"),
        ({}, 21, "room for 20 pupils in all"),
    ],
)
def test_who_can_never_come_is_told_why(changes, pupils, words):
    slot, _ = full_slot(**changes)
    with pytest.raises(ActionRefused, match=words):
        join(slot, pupil_count=pupils)
    assert not WaitingGroup.objects.exists()


def test_who_could_book_is_sent_to_book():
    with pytest.raises(ActionRefused, match="Book the visit instead"):
        join(VisitSlotFactory())


def test_a_class_that_is_elsewhere_does_not_wait():
    slot, _ = full_slot()
    other = VisitBookingFactory(slot__starts_at=slot.starts_at, slot__offer__title="Casting")
    with pytest.raises(ActionRefused, match="already has a visit then: Casting"):
        join(slot, school_class=other.school_class)


def test_freed_places_go_to_the_first_group_that_fits_and_are_held():
    slot = VisitSlotFactory(pupils_capacity=30, groups_capacity=3)
    VisitBookingFactory(slot=slot, pupil_count=10)
    small = VisitBookingFactory(slot=slot, pupil_count=20)
    big, first, second = join(slot, pupil_count=25), join(slot, pupil_count=15), join(slot, pupil_count=12)
    assert [group.position for group in (big, first, second)] == [1, 2, 3]
    actions.decline_booking(small, reason="staff")
    assert [state_of(group) for group in (big, first, second)] == ["waiting", "offered", "waiting"]
    assert taken(slot) == (25, 2)
    assert mails("waiting_offered") == 1
    assert [group.position for group in (big, second)] == [1, 2]


@pytest.mark.parametrize(
    "free",
    [
        lambda booking: actions.decline_booking(booking, reason="staff"),
        lambda booking: actions.cancel_booking(booking, side=Side.SCHOOL, reason="illness"),
        lambda booking: actions.expire_booking(booking),
    ],
)
def test_every_end_of_a_booking_flows_on(free):
    slot, booking = full_slot()
    VisitBooking.objects.update(answer_by=timezone.now())
    group = join(slot)
    free(booking)
    assert state_of(group) == WaitingState.OFFERED
    assert taken(slot) == (20, 1)


def test_a_proposal_that_is_accepted_leaves_its_first_time_to_the_line():
    slot, booking = full_slot()
    other = VisitSlotFactory(offer=slot.offer)
    group = join(slot)
    booking = actions.propose_time(booking, slot=other)
    assert state_of(group) == WaitingState.WAITING
    actions.accept_proposal(booking)
    assert state_of(group) == WaitingState.OFFERED


def test_more_places_flow_on():
    slot, _ = full_slot(groups_capacity=2)
    group = join(slot)
    offer_actions.change_slot(slot, times_of(slot, pupils_capacity=39))
    assert state_of(group) == WaitingState.WAITING
    offer_actions.change_slot(slot, times_of(slot, pupils_capacity=40))
    assert state_of(group) == WaitingState.OFFERED
    assert taken(slot) == (40, 2)


def test_nothing_is_offered_while_closed_or_paused_and_all_is_when_open_again():
    slot, booking = full_slot()
    group = join(slot)
    closes_at = slot.closes_at
    offer_actions.close_slot(slot)
    actions.decline_booking(booking, reason="staff")
    assert state_of(group) == WaitingState.WAITING
    slot.refresh_from_db()
    offer_actions.pause_offer(slot.offer)
    offer_actions.change_slot(slot, times_of(slot, closes_at=closes_at))
    assert state_of(group) == WaitingState.WAITING
    offer_actions.publish_offer(slot.offer)
    assert state_of(group) == WaitingState.OFFERED


@pytest.mark.parametrize(
    ("mode", "state", "mail_kind"),
    [("auto", BookingState.CONFIRMED, "booking_confirmed"), ("by_hand", BookingState.PENDING, "booking_requested")],
)
def test_yes_makes_the_held_places_a_booking(mode, state, mail_kind):
    slot, booking = full_slot(offer__answer_mode=mode)
    group = join(slot, note="We come by bus")
    actions.cancel_booking(booking, side=Side.HOST, reason="staff")
    new = waiting_actions.accept_offer(group, by_link=True)
    assert waiting_actions.accept_offer(group) == new  # said twice
    assert (new.state, new.pupil_count, new.note, new.request_key) == (state, 20, "We come by bus", group.request_key)
    assert state_of(group) == WaitingState.ACCEPTED
    assert group.booking == new
    assert taken(slot) == (20, 1)
    assert mails(mail_kind) == 2


def test_yes_is_refused_while_the_class_is_elsewhere_and_the_places_stay_held():
    slot, booking = full_slot()
    group = join(slot)
    other = VisitBookingFactory(slot__starts_at=slot.starts_at, school_class=group.school_class)
    actions.decline_booking(booking, reason="staff")
    with pytest.raises(ActionRefused, match=r"Cancel that visit first.+are held for you until"):
        waiting_actions.accept_offer(group)
    assert state_of(group) == WaitingState.OFFERED
    actions.cancel_booking(other, side=Side.SCHOOL, reason="timetable")
    assert waiting_actions.accept_offer(group).slot == slot


@pytest.mark.parametrize("no", [waiting_actions.decline_offer, waiting_actions.leave_line])
def test_no_passes_the_places_on_and_twice_is_once(no):
    slot, booking = full_slot()
    first, second = join(slot), join(slot)
    actions.decline_booking(booking, reason="staff")
    no(first)
    no(first)
    assert [state_of(first), state_of(second)] == ["declined", "offered"]
    assert taken(slot) == (20, 1)
    with pytest.raises(ActionRefused, match="said no to the places"):
        waiting_actions.accept_offer(first)


def test_silence_passes_the_places_on_and_is_told():
    slot, booking = full_slot()
    first, second = join(slot), join(slot)
    actions.decline_booking(booking, reason="staff")
    lines.move_lines()
    assert state_of(first) == WaitingState.OFFERED
    with time_machine.travel(timezone.now() + timedelta(hours=48, minutes=1)):
        with pytest.raises(ActionRefused, match="The places were held for you until"):
            waiting_actions.accept_offer(first)
        lines.move_lines()
        lines.move_lines()
        assert [state_of(first), state_of(second)] == ["lapsed", "offered"]
    assert (mails("waiting_lapsed"), mails("waiting_offered")) == (1, 2)
    assert taken(slot) == (20, 1)


def test_one_leaves_the_line_at_any_time():
    slot, booking = full_slot()
    first, second = join(slot), join(slot)
    waiting_actions.leave_line(first)
    waiting_actions.leave_line(first)
    actions.decline_booking(booking, reason="staff")
    assert [state_of(first), state_of(second)] == ["left", "offered"]


def test_the_host_passes_over_with_a_reason():
    slot, booking = full_slot()
    first, second = join(slot), join(slot)
    waiting_actions.pass_over(first, reason_text="We had this class last year.")
    actions.decline_booking(booking, reason="staff")
    assert [state_of(first), state_of(second)] == ["passed_over", "offered"]
    with pytest.raises(ActionRefused, match="Places are held for this group until"):
        waiting_actions.pass_over(second, reason_text="No.")
    deliver_due()
    assert any("We had this class last year." in message.body for message in mail.outbox)


def test_a_withdrawn_time_closes_its_line():
    slot, booking = full_slot(20, groups_capacity=2)
    group = join(slot, pupil_count=20)
    offer_actions.close_slot(slot)  # so that nothing is offered when the booking goes
    actions.cancel_booking(booking, side=Side.HOST, reason="staff")
    offer_actions.withdraw_slot(slot)
    assert state_of(group) == WaitingState.CLOSED
    assert mails("waiting_closed") == 1


def test_a_time_with_nothing_but_held_places_can_be_withdrawn():
    slot = VisitSlotFactory(pupils_capacity=20)
    held = WaitingGroupFactory(slot=slot, pupil_count=20, is_offered=True)
    offer_actions.withdraw_slot(slot)
    assert state_of(held) == WaitingState.CLOSED
    assert taken(slot) == (0, 0)
    with pytest.raises(ActionRefused, match="the line is closed"):
        waiting_actions.accept_offer(held)


def test_a_booked_time_that_cannot_be_withdrawn_keeps_its_line():
    slot, _ = full_slot()
    group = join(slot)
    with pytest.raises(ActionRefused, match="A class has booked this time"):
        offer_actions.withdraw_slot(slot)
    assert state_of(group) == WaitingState.WAITING
    assert mails("waiting_closed") == 0


def test_a_moved_time_is_told_to_its_line_once():
    slot = VisitSlotFactory()
    group = WaitingGroupFactory(slot=slot, pupil_count=25, not_before=timezone.now() + timedelta(days=5))
    later = slot.starts_at + timedelta(hours=1)
    offer_actions.change_slot(slot, times_of(slot, starts_at=later, ends_at=later + timedelta(hours=2)))
    slot.refresh_from_db()
    offer_actions.change_slot(slot, times_of(slot, pupils_capacity=31))
    assert state_of(group) == WaitingState.WAITING
    assert mails("waiting_moved") == 1
    deliver_due()
    assert "has moved the time" in mail.outbox[0].subject


def test_who_books_the_time_in_a_smaller_group_is_offered_nothing_and_leaves():
    slot = VisitSlotFactory(pupils_capacity=30, groups_capacity=3)
    VisitBookingFactory(slot=slot, pupil_count=10)
    group = join(slot, pupil_count=25)
    booking = VisitBookingFactory(slot=slot, school_class=group.school_class, pupil_count=5)
    offer_actions.change_slot(slot, times_of(slot, pupils_capacity=60))
    assert state_of(group) == WaitingState.WAITING
    lines.move_lines()
    assert (state_of(group), group.ended_by) == (WaitingState.LEFT, Side.SYSTEM)
    assert booking.is_live
    assert mails("waiting_offered") == 0


def test_a_group_that_grows_smaller_frees_places_for_the_line():
    slot, booking = full_slot(groups_capacity=2)
    group = join(slot, pupil_count=8)
    VisitBooking.objects.filter(pk=booking.pk).update(pupil_count=12)
    places.give_back(slot.pk, 8, groups=0)
    assert state_of(group) == WaitingState.OFFERED
    assert taken(slot) == (20, 2)


def test_a_line_with_an_offer_closes_and_gives_the_places_back():
    slot = VisitSlotFactory(pupils_capacity=20)
    held, waiting = WaitingGroupFactory(slot=slot, pupil_count=20, is_offered=True), WaitingGroupFactory(slot=slot)
    waiting_actions.close_line(slot, side=Side.HOST)
    assert [state_of(held), state_of(waiting)] == ["closed", "closed"]
    assert taken(slot) == (0, 0)
    assert mails("waiting_closed") == 2


def test_a_line_closes_when_the_visit_begins():
    slot, _ = full_slot()
    group = join(slot)
    with time_machine.travel(slot.starts_at):
        lines.move_lines()
        lines.move_lines()
    assert state_of(group) == WaitingState.CLOSED
    assert mails("waiting_closed") == 1


def test_the_sweep_offers_what_nobody_has():
    """A date that comes is nobody's click: from then on the group may book as well."""
    slot = VisitSlotFactory(offer__first_turn_days=5)
    group = WaitingGroupFactory(slot=slot, not_before=timezone.now() + timedelta(days=2))
    lines.move_lines()
    assert state_of(group) == WaitingState.WAITING
    with time_machine.travel(timezone.now() + timedelta(days=2, minutes=1)):
        lines.move_lines()
        assert state_of(group) == WaitingState.OFFERED


@pytest.mark.parametrize(("hours_to_closing", "held_hours"), [(24 * 20, 48), (60, 30), (3, 2), (1, 1)])
def test_an_offer_is_shorter_near_the_closing(hours_to_closing, held_hours):
    now = timezone.now()
    slot = VisitSlot(offer=VisitOffer(), closes_at=now + timedelta(hours=hours_to_closing))
    assert hold_until(slot, now) == now + timedelta(hours=held_hours)
