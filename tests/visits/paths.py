"""Every way in which somebody takes, holds or frees places, for the randomised race.

A new verb joins the race with one function marked `@path`: it picks its rows, calls the action and may be refused.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.utils import timezone

from tests.factories.accounts import UserFactory
from tests.factories.schools import SchoolClassFactory
from tests.factories.visits import VisitOfferFactory, VisitSlotFactory
from visits import (
    actions,
    change_actions,
    lines,
    minimum,
    misfits,
    move_actions,
    offer_actions,
    time_actions,
    waiting_actions,
)
from visits.enums import BookingState, CancelReason, Side
from visits.models import VisitBooking, VisitOffer, VisitSlot, WaitingGroup
from visits.slot_times import SlotTimes

PATHS: list[Callable[["Town"], Any]] = []

SIZES = [4, 7, 10]


@dataclass
class Town:
    """Few times, many classes: whoever acts meets the others. Each client has dice of its own."""

    slots: list[VisitSlot]
    classes: list[Any]
    teacher: Any
    dice: Random

    def with_dice(self, dice: Random) -> "Town":
        return Town(self.slots, self.classes, self.teacher, dice)

    def slot(self) -> VisitSlot:
        return VisitSlot.objects.select_related("offer").get(pk=self.dice.choice(self.slots).pk)

    def an_undecided_slot(self) -> VisitSlot:
        slot = self.slot()
        if not slot.is_undecided:
            raise NothingToDo
        return slot

    def replace(self, slot: VisitSlot) -> None:
        """Another time in the place of one that nobody can book any more."""
        self.slots[self.slots.index(slot)] = make_time(slot.offer, slot.starts_at + timedelta(days=1))

    def a_booking(self, *states: str) -> VisitBooking:
        return self._any(VisitBooking.objects.filter(state__in=states or BookingState.values).select_related("slot"))

    def an_asking_booking(self) -> VisitBooking:
        return self._any(VisitBooking.objects.filter(asked_slot__isnull=False).select_related("slot"))

    def a_group(self, *states: str) -> WaitingGroup:
        rows = WaitingGroup.objects.in_line()
        return self._any(rows.filter(state__in=states) if states else rows)

    def _any(self, rows: Any) -> Any:
        found = list(rows.order_by("pk"))
        if not found:
            raise NothingToDo
        return self.dice.choice(found)

    def group(self) -> dict[str, Any]:
        """A class that wants to come."""
        return {
            "school_class": self.dice.choice(self.classes),
            "pupil_count": self.dice.choice(SIZES),
            "adult_count": 1,
            "phone": "0701234567",
            "note": "",
            "request_key": uuid.UUID(int=self.dice.getrandbits(128), version=4),
            "by": self.teacher,
        }


class NothingToDo(Exception):
    """No row to act on: the client looks for something else."""


def make_town(*, answer_mode: str = "by_hand", hours: tuple[int, ...] = (0, 3, 6), classes: int = 12) -> Town:
    """One offer with a time so many hours after the first: a class can go to all that are two hours apart."""
    offer = VisitOfferFactory(answer_mode=answer_mode, group_min=1, group_max=40)
    start = timezone.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=30)
    times = [make_time(offer, start + timedelta(hours=hour)) for hour in hours]
    return Town(times, SchoolClassFactory.create_batch(classes), UserFactory(), Random(0))


def make_time(offer: VisitOffer, starts_at: datetime) -> VisitSlot:
    """Room for three groups; it takes place if one comes that is not the smallest."""
    facts = {"minimum": 5, "decide_at": starts_at - timedelta(days=2)}
    return VisitSlotFactory(offer=offer, starts_at=starts_at, pupils_capacity=30, groups_capacity=3, **facts)


def make_sought_class() -> Town:
    """Two classes that everybody wants to take to another of four times at the same hour."""
    return make_town(hours=(0, 0, 0, 0), classes=2)


def astray() -> list[VisitBooking]:
    """Live bookings whose class is expected at another time than the visit takes place. There may be none."""
    return [
        booking
        for booking in VisitBooking.objects.live().select_related("slot")
        if (booking.during.lower, booking.during.upper) != (booking.slot.starts_at, booking.slot.ends_at)
    ]


def misfits_in_line() -> list[WaitingGroup]:
    """Groups that wait for a time they could not come to if it were free. There may be none."""
    waiting = WaitingGroup.objects.filter(state="waiting").select_related("slot__offer__workplace", "school_class")
    return [group for group in waiting.select_related("school") if misfits.misfit_of(group)]


def path(act: Callable[[Town], Any]) -> Callable[[Town], Any]:
    PATHS.append(act)
    return act


def often(act: Callable[[Town], Any]) -> Callable[[Town], Any]:
    """For what others live on: without bookings and lines there is nothing to end."""
    PATHS.extend([act] * 3)
    return act


@often
def book(town):
    actions.request_booking(slot=town.slot(), **town.group())


@path
def cancel(town):
    actions.cancel_booking(town.a_booking(), side=town.dice.choice([Side.SCHOOL, Side.HOST]), reason="illness")


@often
def change_size(town):
    side = town.dice.choice([Side.SCHOOL, Side.HOST])
    booking = town.a_booking("pending", "proposed", "confirmed")
    change_actions.change_size(booking, pupil_count=town.dice.randint(2, 15), adult_count=1, side=side)


@path
def say_yes(town):
    actions.confirm_booking(town.a_booking("pending", "proposed"))


@path
def say_no(town):
    actions.decline_booking(town.a_booking("pending", "proposed"), reason="staff")


@often
def propose(town):
    actions.propose_time(town.a_booking("pending"), slot=town.slot())


@often
def accept_proposal(town):
    actions.accept_proposal(town.a_booking("proposed"))


@path
def decline_proposal(town):
    actions.decline_proposal(town.a_booking("proposed"))


@often
def ask_for_another_time(town):
    booking = town.a_booking("pending", "confirmed")
    time_actions.ask_for_time(booking, slot=town.slot(), reason_text="A test that day.", by=town.teacher)


@often
def grant_another_time(town):
    time_actions.grant_time(town.an_asking_booking())


@path
def refuse_another_time(town):
    time_actions.refuse_time(town.an_asking_booking())


@path
def take_back_the_question(town):
    time_actions.take_back_ask(town.an_asking_booking(), by=town.teacher)


@path
def let_a_question_lapse(town):
    booking = town.an_asking_booking()
    VisitBooking.objects.filter(pk=booking.pk, asked_slot__isnull=False).update(asked_until=timezone.now())
    time_actions.expire_ask(booking)


@path
def expire(town):
    booking = town.a_booking("pending", "proposed")
    VisitBooking.objects.filter(pk=booking.pk).update(answer_by=timezone.now())
    actions.expire_booking(booking)


@often
def stand_in_line(town):
    waiting_actions.join_line(slot=town.slot(), **town.group())


@often
def take_held_places(town):
    waiting_actions.accept_offer(town.a_group("offered"))


@often
def refuse_held_places(town):
    waiting_actions.decline_offer(town.a_group("offered"))


@path
def leave_the_line(town):
    waiting_actions.leave_line(town.a_group())


@path
def be_passed_over(town):
    waiting_actions.pass_over(town.a_group(), reason_text="Not this time.")


@often
def let_an_offer_lapse(town):
    group = town.a_group("offered")
    WaitingGroup.objects.filter(pk=group.pk, state="offered").update(offer_ends_at=timezone.now())
    waiting_actions.lapse_offer(group)


@path
def edit_places(town):
    """The host makes a time larger or smaller."""
    slot = town.slot()
    times = {name: getattr(slot, name) for name in SlotTimes.__dataclass_fields__}
    changed = {"pupils_capacity": town.dice.randint(8, 45), "groups_capacity": town.dice.randint(2, 5)}
    try:
        offer_actions.change_slot(slot, SlotTimes(**(times | changed)))
    except offer_actions.SpokenAgainst as against:  # somebody waits who would not fit
        offer_actions.change_slot(slot, SlotTimes(**(times | changed)), seen=against.mark)


@path
def change_whom_it_is_for(town):
    """Smaller groups only, or large ones again: some who stand in line can no longer come."""
    offer = VisitOffer.objects.get(pk=town.slots[0].offer_id)
    values = {name: getattr(offer, name) for name in offer_actions.OFFER_FIELDS} | {"occupations": []}
    values["group_max"] = town.dice.choice([9, 40, 40])
    offer_actions.change_offer(offer, version=offer_actions.version_of(offer), values=values, rules=[], confirmed=True)


@often
def move_a_time(town):
    """An hour to and fro: a class that has booked two times may be in the way."""
    slot = town.slot()
    by = timedelta(hours=town.dice.choice([-2, -1, 1, 2]))
    move_actions.move_slot(slot, starts_at=slot.starts_at + by, ends_at=slot.ends_at + by, reason="staff")


@path
def let_others_go_first(town):
    """The host sets days for schools that have not been out, or takes them back: some must wait, some are let in."""
    offers = VisitOffer.objects.filter(pk=town.slots[0].offer_id)
    offers.update(first_turn_days=town.dice.choice([0, 0, 10]))


@path
def cancel_a_time(town):
    slot = town.slot()
    move_actions.cancel_slot(slot, reason="staff", reason_text="The guide is ill.")
    town.replace(slot)


@path
def decide(town):
    """The day has come: with too few the time is cancelled for everyone, at the same moment as others book it."""
    slot = town.an_undecided_slot()
    VisitSlot.objects.filter(pk=slot.pk).update(decide_at=timezone.now())
    minimum.decide(slot)
    slot.refresh_from_db()
    if slot.cancel_reason == CancelReason.TOO_FEW and slot in town.slots:
        town.replace(slot)


@path
def run_anyhow(town):
    minimum.run_anyhow(town.an_undecided_slot())


@path
def change_how_it_is_answered(town):
    """Now and then bookings and held places are confirmed at once."""
    offers = VisitOffer.objects.filter(pk=town.slots[0].offer_id)
    offers.update(answer_mode=town.dice.choice(["by_hand", "by_hand", "auto"]))


@path
def sweep(town):
    lines.move_lines()
