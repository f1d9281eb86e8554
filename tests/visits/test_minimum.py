"""Times that run only if enough have booked: shown before, decided on the day, once."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.db import IntegrityError
from django.urls import reverse
from django.utils import timezone

from core.errors import ActionRefused
from notifications.delivery import deliver_due
from notifications.models import QueuedMail
from tests.concurrency import at_the_same_time
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory
from tests.factories.schools import SchoolClassFactory, SchoolFactory
from tests.factories.visits import VisitBookingFactory, VisitOfferFactory, VisitSlotFactory, WaitingGroupFactory
from tests.visits.test_move_race import booking_of, moving
from tests.visits.test_slot_actions import times_of
from visits import actions, minimum, offer_actions, tasks
from visits.models import VisitBooking, VisitSlot
from visits.slot_forms import BookedSlotForm, SlotForm
from visits.sums import check_sums

pytestmark = pytest.mark.django_db


def slot_with(least=30, of="pupils", **facts):
    now = timezone.now()
    defaults = {"starts_at": now + timedelta(days=20), "decide_at": now + timedelta(days=10)}
    return VisitSlotFactory(pupils_capacity=60, groups_capacity=4, minimum=least, minimum_of=of, **defaults | facts)


def on_the_day(slot):
    return time_machine.travel(slot.decide_at + timedelta(minutes=1))


def state_of(slot):
    slot.refresh_from_db()
    return (slot.runs_since is not None, slot.cancel_reason)


def test_with_enough_it_runs_and_nobody_gets_a_mail():
    slot = slot_with()
    VisitBookingFactory(slot=slot, pupil_count=20, state="confirmed")
    VisitBookingFactory(slot=slot, pupil_count=10, state="pending", answer_by=slot.decide_at + timedelta(days=1))
    tasks.decide_times()
    assert state_of(slot) == (False, "")
    with on_the_day(slot):
        tasks.decide_times()
        assert state_of(slot) == (True, "")
        VisitBooking.objects.update(state="cancelled")
        tasks.decide_times()
    assert state_of(slot) == (True, "")
    assert QueuedMail.objects.count() == 0


def test_with_too_few_everyone_is_told_once_and_nobody_is_late():
    slot = slot_with(cancel_by=timezone.now() + timedelta(days=1))
    booking = VisitBookingFactory(slot=slot, pupil_count=29, state="confirmed")
    group = WaitingGroupFactory(slot=slot, pupil_count=60)
    with on_the_day(slot):
        tasks.decide_times()
        tasks.decide_times()
        deliver_due()
    assert state_of(slot) == (False, "too_few")
    booking.refresh_from_db()
    group.refresh_from_db()
    assert (booking.state, booking.ended_by, booking.reason, booking.late) == ("cancelled", "system", "too_few", False)
    assert group.state == "closed"
    (told,) = [each for each in mail.outbox if each.to == [booking.requested_by.email]]
    assert "The visit does not take place: fewer than 30 pupils had booked." in told.body
    assert "Reason: Too few have booked" in told.body
    assert check_sums() == []


@pytest.mark.parametrize(("groups", "runs"), [(1, False), (2, True)])
def test_groups_may_be_counted_instead(groups, runs):
    slot = slot_with(2, "groups")
    VisitBookingFactory.create_batch(groups, slot=slot, pupil_count=15, state="confirmed")
    with on_the_day(slot):
        tasks.decide_times()
    assert state_of(slot)[0] is runs


def test_who_may_still_say_no_does_not_count():
    slot = slot_with(10)
    offered = VisitBookingFactory(slot=slot, pupil_count=10)
    actions.propose_time(offered, slot=VisitSlotFactory(offer=slot.offer))
    elsewhere = VisitBookingFactory(slot=VisitSlotFactory(offer=slot.offer), pupil_count=10)
    actions.propose_time(elsewhere, slot=slot)
    slot.refresh_from_db()
    WaitingGroupFactory(slot=slot, pupil_count=10, is_offered=True)
    VisitBooking.objects.update(answer_by=slot.starts_at)
    with on_the_day(slot):
        tasks.decide_times()
    assert state_of(slot) == (False, "too_few")
    states = [VisitBooking.objects.get(pk=each.pk).state for each in (offered, elsewhere)]
    assert states == ["proposed", "pending"]
    assert check_sums() == []


def test_the_host_may_let_it_run_before_but_not_after():
    slot = slot_with()
    minimum.run_anyhow(slot)
    with pytest.raises(ActionRefused, match="decided already"):
        minimum.run_anyhow(slot)
    with on_the_day(slot):
        tasks.decide_times()
    assert state_of(slot) == (True, "")


def test_a_decision_that_comes_too_late_sends_nobody_home():
    slot = slot_with()
    VisitBookingFactory(slot=slot, pupil_count=10, state="confirmed")
    with time_machine.travel(slot.starts_at - timedelta(hours=11)):
        tasks.decide_times()
    assert state_of(slot) == (True, "")


def test_what_is_over_or_cancelled_is_not_decided():
    over, cancelled = slot_with(), slot_with(cancelled_at=timezone.now())
    with time_machine.travel(over.starts_at + timedelta(hours=1)):
        tasks.decide_times()
    assert state_of(over) == state_of(cancelled) == (False, "")


def test_the_deciding_day_moves_along_and_a_time_moved_past_it_runs():
    slot = slot_with()
    VisitBookingFactory(slot=slot, pupil_count=10, state="confirmed")
    decided = slot.decide_at
    moving(slot, timedelta(days=3))()
    slot.refresh_from_db()
    assert abs(slot.decide_at - decided - timedelta(days=3)) < timedelta(days=1)
    assert slot.is_undecided
    moving(slot, -timedelta(days=15))()
    assert state_of(slot) == (True, "")


def test_a_booked_time_keeps_its_minimum_when_the_host_changes_the_places():
    slot = slot_with()
    VisitBookingFactory(slot=slot, pupil_count=10)
    data = {"pupils_capacity": 50, "groups_capacity": 4, "closes_days": 2}
    form = BookedSlotForm(data, offer=slot.offer, slot=slot)
    assert form.is_valid()
    offer_actions.change_slot(slot, form.times[0])
    kept = slot.decide_at
    slot.refresh_from_db()
    assert (slot.minimum, slot.decide_at, slot.pupils_capacity) == (30, kept, 50)


def test_a_minimum_without_a_day_is_refused_by_the_database():
    with pytest.raises(IntegrityError, match="visit_slot_minimum_has_day"):
        VisitSlotFactory(minimum=5)


def form_data(**changes):
    day = timezone.localdate() + timedelta(days=30)
    data = {"day": day.isoformat(), "start": "09:00", "duration_minutes": 90, "pupils_capacity": 40}
    return data | {"groups_capacity": 2, "closes_days": 5, "cancel_days": 5} | changes


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"minimum": 10, "minimum_of": "pupils"}, "decide_days", "Say how many days before"),
        ({"minimum": 41, "minimum_of": "pupils", "decide_days": 3}, "minimum", "There are places for 40 only"),
        ({"minimum": 3, "minimum_of": "groups", "decide_days": 3}, "minimum", "There are places for 2 only"),
        ({"minimum": 10, "minimum_of": "pupils", "decide_days": 45}, "decide_days", "has passed already"),
    ],
)
def test_a_minimum_that_cannot_be(changes, field, words):
    form = SlotForm(form_data(**changes), offer=VisitOfferFactory())
    assert not form.is_valid()
    assert words in str(form.errors[field])


def test_a_minimum_is_written_with_the_time():
    form = SlotForm(form_data(minimum=10, minimum_of="pupils", decide_days=3), offer=VisitOfferFactory())
    assert form.is_valid()
    (one,) = form.times
    assert (one.minimum, one.minimum_of, one.starts_at - one.decide_at) == (10, "pupils", timedelta(days=3))
    plain = SlotForm(form_data(minimum="", decide_days=7), offer=VisitOfferFactory())
    assert plain.is_valid()
    assert (plain.times[0].minimum, plain.times[0].decide_at) == (0, None)
    assert times_of(VisitSlotFactory()).minimum == 0


def test_both_sides_read_it_and_the_host_lets_it_run(client):
    host, teacher = UserFactory(), UserFactory()
    offer = VisitOfferFactory(company=CompanyFactory(members=[host]))
    slot = slot_with(offer=offer)
    school_class = SchoolClassFactory(school=SchoolFactory(members=[teacher]))
    words = "Runs only if at least 30 pupils are booked by"
    client.force_login(teacher)
    for url in (offer.get_absolute_url(), reverse("visits:booking_create", args=[slot.public_id])):
        assert words in client.get(url).text
    booking = VisitBookingFactory(slot=slot, school_class=school_class, pupil_count=12)
    assert words in client.get(booking.get_absolute_url()).text
    client.force_login(host)
    page = reverse("visits:host_slot_detail", args=[slot.public_id])
    assert "12 of 30 pupils so far." in client.get(page).text
    answer = client.post(reverse("visits:host_slot_run", args=[slot.public_id]), follow=True)
    assert "The visit takes place, however few come." in answer.text
    assert "so far" not in answer.text
    answer = client.post(reverse("visits:host_slot_run", args=[slot.public_id]), follow=True)
    assert "decided already" in answer.text
    assert words not in client.get(booking.get_absolute_url()).text


def test_the_class_reads_that_too_few_had_booked(client):
    teacher = UserFactory()
    slot = slot_with()
    school_class = SchoolClassFactory(school=SchoolFactory(members=[teacher]))
    booking = VisitBookingFactory(slot=slot, school_class=school_class, pupil_count=12, state="confirmed")
    with on_the_day(slot):
        tasks.decide_times()
        client.force_login(teacher)
        assert "fewer than 30 pupils had booked" in client.get(booking.get_absolute_url()).text


@pytest.mark.django_db(transaction=True)
def test_two_beats_and_a_last_booking_leave_one_answer():
    by = UserFactory()
    for _ in range(6):
        slot = slot_with(20)
        first = VisitBookingFactory(slot=slot, pupil_count=15, state="confirmed")
        VisitSlot.objects.filter(pk=slot.pk).update(decide_at=timezone.now())
        slot.refresh_from_db()
        book = booking_of(slot, SchoolClassFactory(), by)
        outcomes = at_the_same_time(lambda: minimum.decide(slot), book, lambda: minimum.decide(slot))  # noqa: B023
        slot.refresh_from_db()
        first.refresh_from_db()
        if slot.runs_since:
            assert (first.state, slot.groups_taken) == ("confirmed", 2)
        else:
            assert (first.state, slot.groups_taken, type(outcomes[1])) == ("cancelled", 0, ActionRefused)
            mails = QueuedMail.objects.filter(kind="booking_cancelled", about_id=first.pk, details__side="school")
            assert mails.count() == 1
        assert check_sums() == []
