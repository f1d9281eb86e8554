"""Bookings, waiting list and times against a model: no illegal state, places that add up, everybody told once.

After every act all rows and all mails must be what the model says (visit_model.py), and a refusal leaves no trace.
"""

import os

import pytest
from django.db import IntegrityError
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from notifications import outbox
from tests.visits.visit_machine import VERBS, Visits
from tests.visits.visit_model import DAY
from visits import actions, fair_share, move_actions, offer_changes, places, reminders
from visits.models import VisitBooking, WaitingGroup

RUNS = 20
LONG_RUNS = int(os.environ.get("MACHINE_RUNS", RUNS))
# What everybody concerned must be told of, once.
KINDS = {
    *("booking_requested", "booking_confirmed", "booking_declined", "booking_cancelled", "booking_expired"),
    *("booking_resized", "booking_handed_over", "time_proposed", "proposal_ended", "time_moved"),
    *("waiting_joined", "waiting_offered", "waiting_lapsed", "waiting_passed_over", "waiting_closed", "waiting_moved"),
    *("waiting_no_fit", "offer_changed", "booking_reminder", "booking_unanswered"),
}


def walk(runs):
    """So many runs; the same ones each time, until the machine changes."""
    Visits.done.clear()
    Visits.told.clear()
    run_state_machine_as_test(
        Visits,
        settings=settings(
            max_examples=runs,
            stateful_step_count=40,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],  # each act costs milliseconds: shrinking would take longer than looking
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.django_db
def test_bookings_line_and_times_do_what_the_model_says():
    walk(runs=LONG_RUNS)
    # A walk that hardly ever gets somewhere proves nothing: every act and every mail must have come.
    acts = {act.__name__ for _, act in VERBS} - {
        *("time_passes", "nobody_answers", "add_time", "cancel_proposed_time", "make_too_small"),
        "book_beyond_its_share",
    }
    assert {name for name in acts if not Visits.done[name]} == set()
    assert Visits.told == KINDS
    assert Visits.done["cancel late"]


def no_flow(monkeypatch):
    monkeypatch.setattr(places, "flow_on", lambda slot_id: [])


def nothing_given_back(monkeypatch):
    monkeypatch.setattr(places, "give_back", lambda slot_id, pupils, groups=1: None)


def any_move_of_a_booking(monkeypatch):
    monkeypatch.setattr(VisitBooking, "can_move_to", lambda booking, state: True)


def any_move_of_a_group(monkeypatch):
    monkeypatch.setattr(WaitingGroup, "can_move_to", lambda group, state: True)


def a_detour(monkeypatch):
    """On its way to where it must go, a booking is for a moment what it must not be."""
    end = actions._end

    def by_way_of_declined(booking, *args, **options):
        VisitBooking.objects.filter(pk=booking.pk, proposed_slot=None).update(state="declined")
        end(booking, *args, **options)

    monkeypatch.setattr(actions, "_end", by_way_of_declined)


def no_limit(monkeypatch):
    monkeypatch.setattr(fair_share, "check", lambda rules, slot, school_class: None)


def never_late(monkeypatch):
    monkeypatch.setattr(VisitBooking, "would_be_late", lambda booking, side: False)


def no_week_to_leave(monkeypatch):
    """A change of the host gives a day only, or takes away what was promised."""
    for module in (offer_changes, move_actions):
        monkeypatch.setattr(module, "free_until", lambda booking, now: min(booking.slot.starts_at, now + DAY))


def reminded_of_all_that_has_passed(monkeypatch):
    """Also who has agreed after the reminder was due."""
    monkeypatch.setattr(reminders, "USEFUL_FOR", 9 * DAY)


def lost(kind):
    def lose(monkeypatch):
        keep = outbox.insert_new
        monkeypatch.setattr(outbox, "insert_new", lambda mails: keep([each for each in mails if each.kind != kind]))

    lose.__name__ = f"{kind}_lost"
    return lose


def doubled(kind):
    """Of another occasion: what has the same key is written once anyway."""

    def double(monkeypatch):
        keep = outbox.insert_new

        def twice(mails):
            keep(mails)
            again = [each for each in mails if each.kind == kind]
            for each in again:
                each.key += ":again"
            keep(again)

        monkeypatch.setattr(outbox, "insert_new", twice)

    double.__name__ = f"{kind}_doubled"
    return double


MISTAKES = [
    no_limit,
    never_late,
    no_week_to_leave,
    reminded_of_all_that_has_passed,
    lost("offer_changed"),
    lost("booking_unanswered"),
    doubled("booking_reminder"),
    no_flow,
    nothing_given_back,
    any_move_of_a_booking,
    any_move_of_a_group,
    a_detour,
    lost("booking_resized"),
    lost("booking_handed_over"),
    lost("waiting_moved"),
    doubled("booking_cancelled"),
    doubled("time_moved"),
]


@pytest.mark.django_db
@pytest.mark.parametrize("make", MISTAKES, ids=lambda make: make.__name__)
def test_a_mistake_is_found(monkeypatch, make):
    """The negative controls."""
    make(monkeypatch)
    with pytest.raises((AssertionError, IntegrityError)):
        walk(runs=RUNS)
