"""Every way in which somebody takes, holds or frees places, for the randomised race.

A new verb joins the race with one function marked `@path`: it picks its rows, calls the action and may be refused.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

from django.utils import timezone

from tests.factories.accounts import UserFactory
from tests.factories.schools import SchoolClassFactory
from tests.factories.visits import VisitOfferFactory, VisitSlotFactory
from visits import actions, change_actions, lines, move_actions, offer_actions, waiting_actions
from visits.enums import BookingState, Side
from visits.models import VisitBooking, VisitSlot, WaitingGroup
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

    def replace(self, slot: VisitSlot) -> None:
        """Another time in the place of one that nobody can book any more."""
        later = slot.starts_at + timedelta(days=1)
        new = VisitSlotFactory(offer=slot.offer, starts_at=later, pupils_capacity=30, groups_capacity=3)
        self.slots[self.slots.index(slot)] = new

    def a_booking(self, *states: str) -> VisitBooking:
        return self._any(VisitBooking.objects.filter(state__in=states or BookingState.values).select_related("slot"))

    def a_group(self) -> WaitingGroup:
        return self._any(WaitingGroup.objects.in_line())

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


def make_town(*, answer_mode: str = "by_hand", slots: int = 3, classes: int = 12) -> Town:
    """One offer whose times are far enough apart for a class to go to all of them."""
    offer = VisitOfferFactory(answer_mode=answer_mode, group_min=1, group_max=40)
    start = timezone.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=30)
    times = [
        VisitSlotFactory(offer=offer, starts_at=start + timedelta(hours=3 * n), pupils_capacity=30, groups_capacity=3)
        for n in range(slots)
    ]
    return Town(times, SchoolClassFactory.create_batch(classes), UserFactory(), Random(0))


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
    waiting_actions.accept_offer(town.a_group())


@path
def refuse_held_places(town):
    waiting_actions.decline_offer(town.a_group())


@path
def leave_the_line(town):
    waiting_actions.leave_line(town.a_group())


@path
def be_passed_over(town):
    waiting_actions.pass_over(town.a_group(), reason_text="Not this time.")


@path
def let_an_offer_lapse(town):
    group = town.a_group()
    WaitingGroup.objects.filter(pk=group.pk, state="offered").update(offer_ends_at=timezone.now())
    waiting_actions.lapse_offer(group)


@path
def edit_places(town):
    """The host makes a time larger or smaller."""
    slot = town.slot()
    times = {name: getattr(slot, name) for name in SlotTimes.__dataclass_fields__}
    changed = {"pupils_capacity": town.dice.randint(15, 45), "groups_capacity": town.dice.randint(2, 5)}
    offer_actions.change_slot(slot, SlotTimes(**(times | changed)))


@path
def cancel_a_time(town):
    slot = town.slot()
    move_actions.cancel_slot(slot, reason="staff", reason_text="The guide is ill.")
    town.replace(slot)


@path
def sweep(town):
    lines.move_lines()
