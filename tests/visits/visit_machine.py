"""Bookings, waiting list and times under acts at random, each compared with the model of visit_model.py.

A new verb joins with one method marked `@verb`, and what it means in the model.
"""

import uuid
from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

import time_machine
from django.db import transaction
from django.utils import timezone
from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from core.errors import ActionRefused
from notifications.models import QueuedMail
from tests.factories.accounts import UserFactory
from tests.factories.schools import SchoolClassFactory
from tests.factories.visits import VisitOfferFactory, VisitSlotFactory, let_work_at
from tests.visits.visit_model import DAY, HOUR, LARGEST, LIVE, LONG, UNANSWERED, Model, Time
from visits import actions, change_actions, minimum, move_actions, offer_actions, reminders, tasks, waiting_actions
from visits.enums import BOOKING_MOVES, WAITING_MOVES
from visits.models import BookingStep, VisitBooking, VisitOffer, VisitSlot, WaitingGroup
from visits.slot_times import SlotTimes
from visits.sums import check_sums, stranded_groups

START = datetime(2027, 2, 1, 8, tzinfo=UTC)
CLASSES = 5
ENOUGH_TIMES = 3
HISTORIES = (VisitBooking.pgh_event_model, BOOKING_MOVES), (WaitingGroup.pgh_event_model, WAITING_MOVES)

VERBS = []

SIDES = ["school", "host"]
SIZES = [5, 12, 20]


def verb(when, *, often=1):
    """An act, worth trying while `when` is true of the model; of those, each is chosen as often as it says."""

    def add(act):
        VERBS.extend([(when, act)] * often)
        return act

    return add


def any_of(rows, *states):
    return lambda model: any(each.state in states for each in getattr(model, rows))


def any_ahead(model):
    return any(time.is_ahead for time in model.times)


def any_undecided(model):
    return any(time.is_undecided for time in model.times)


def many_open(model):
    """At a time that is cancelled or closed nothing happens any more: it should not come too soon."""
    return sum(time.is_open for time in model.times) >= ENOUGH_TIMES


class Visits(RuleBasedStateMachine):
    done = Counter()
    told = set()

    @initialize(seed=st.integers(0, 2**32))
    def begin(self, seed):
        """One full time with a group in line, and a free one that runs only if enough come.

        Dice of our own choose the acts: Hypothesis repeats itself, and what takes five acts in a row hardly happens.
        """
        self.dice, self.in_vain = Random(seed), False
        mode = self.draw(["by_hand", "by_hand", "by_hand", "auto"])
        self.clock = time_machine.travel(START, tick=False)
        self.traveller = self.clock.start()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        limits = self.draw([{}, {}, {"visits_per_class": 1}, {"visits_per_school": 2}])
        facts = {"group_min": 1, "group_max": LARGEST, "answer_days": 5, "hold_hours": 48, **limits}
        self.offer = VisitOfferFactory(answer_mode=mode, **facts)
        self.classes = SchoolClassFactory.create_batch(CLASSES - 1)
        self.classes.append(SchoolClassFactory(school=self.classes[-1].school))
        self.teacher, self.colleague = UserFactory.create_batch(2)
        for each in self.classes:
            let_work_at(each.school, self.teacher)
            let_work_at(each.school, self.colleague)
        people = {
            "host": self.offer.contact.email,
            "teacher": self.teacher.email,
            "colleague": self.colleague.email,
        }
        self.model = Model(
            mode,
            people,
            per_class=limits.get("visits_per_class"),
            per_school=limits.get("visits_per_school"),
            schools=[each.school_id for each in self.classes],
        )
        self.states = [{} for _ in HISTORIES]
        full = self.add(START + 8 * DAY)
        self.add(START + 6 * DAY, minimum=12, decide_at=START + 2 * DAY)
        for school_class, pupils in ((0, 20), (1, 5)):
            self.book_for(full, school_class, pupils)
        self.stand_in_line_for(full, 2, 12)

    def teardown(self):
        if not hasattr(self, "atomic"):
            return
        try:
            self.told.update(kind for kind, _, _ in self.model.mails)
            assert check_sums() == []
            if self.model.per_class or self.model.per_school:
                tasks.move_lines()  # a class that cancels elsewhere may come here again: the next round sees it
            assert stranded_groups() == []
        finally:
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)
            self.clock.stop()

    def add(self, starts_at, **facts):
        row = VisitSlotFactory(offer=self.offer, starts_at=starts_at, pupils_capacity=25, groups_capacity=2, **facts)
        self.model.times.append(Time(row.pk, starts_at, starts_at - DAY, starts_at - 3 * DAY, 25, 2, **facts))
        return self.model.times[-1]

    def attempt(self, name, expected, call):
        """Do it. It must succeed exactly when the model allows it, and a refusal must leave no trace."""
        self.traveller.shift(timedelta(seconds=1))
        result, refusal = None, ""
        try:
            with transaction.atomic():
                result = call() or True
        except ActionRefused as error:
            refusal = str(error)
        assert bool(result) == expected, f"{name}: {refusal or 'it must have been refused'}"
        note(f"{timezone.now():%d %H:%M:%S} {name}: {refusal or result}")
        self.done[name if expected else f"{name} refused"] += 1
        return result

    @rule()
    def act(self):
        """Mostly what can be done; one time in five what must be refused."""
        self.in_vain = self.dice.random() < 0.2
        self.draw([act for when, act in VERBS if self.in_vain or when(self.model)])(self)

    def draw(self, options):
        return self.dice.choice(list(options))

    def choose(self, options, fits):
        options = list(options)
        return self.draw([each for each in options if fits(each) != self.in_vain] or options)

    def time(self, fits=lambda time: time.is_ahead):
        return self.choose(self.model.times, fits)

    def booking(self, *states):
        return self.choose(self.model.bookings, lambda booking: booking.state in states)

    def group(self, *states):
        return self.choose(self.model.line, lambda group: group.state in states)

    def fields(self, school_class, pupils):
        return {
            "school_class": self.classes[school_class],
            "pupil_count": pupils,
            "adult_count": 1,
            "phone": "0701234567",
            "note": "",
            "request_key": uuid.uuid4(),
            "by": self.teacher,
        }

    # The school

    @verb(lambda model: any(time.is_open and model.fits(time, 5) for time in model.times), often=2)
    def book(self):
        self.book_for(*self.a_class_and_size(self.model.can_book))

    @verb(lambda model: model.per_class or model.per_school, often=2)
    def book_beyond_its_share(self):
        """Where nothing but the limit speaks against it."""
        wanted = [
            (time, school_class, 5)
            for time in self.model.times
            for school_class in range(CLASSES)
            if time.is_open
            and self.model.fits(time, 5)
            and self.model.has_had_its_share(school_class, time)
            and not self.model.is_elsewhere(school_class, time.starts_at)
        ]
        if wanted:
            self.book_for(*self.draw(wanted))

    def book_for(self, *wanted):
        time, *group = wanted
        call = lambda: actions.request_booking(slot=slot_of(time), **self.fields(*group))  # noqa: E731
        if row := self.attempt("book", self.model.can_book(*wanted), call):
            self.model.book(row.pk, *wanted)

    @verb(lambda model: any(time.is_open and not model.fits(time, 12) for time in model.times), often=2)
    def stand_in_line(self):
        self.stand_in_line_for(*self.a_class_and_size(self.model.can_join))

    def stand_in_line_for(self, *wanted):
        time, *group = wanted
        call = lambda: waiting_actions.join_line(slot=slot_of(time), **self.fields(*group))  # noqa: E731
        if row := self.attempt("stand_in_line", self.model.can_join(*wanted), call):
            self.model.join(row.pk, *wanted)

    def a_class_and_size(self, fits):
        pupils = self.draw(SIZES)
        wanted = [(time, school_class, pupils) for time in self.model.times for school_class in range(CLASSES)]
        return self.choose(wanted, lambda one: fits(*one))

    @verb(any_of("line", "offered"), often=3)
    def accept_places(self):
        group = self.group("offered")
        again, can = group.state == "accepted", self.model.can_accept_places(group)
        row = self.attempt("accept_places", again or can, lambda: waiting_actions.accept_offer(group_of(group)))
        if can:
            self.model.accept_places(row.pk, group)

    @verb(any_of("line", "offered"), often=2)
    def refuse_places(self):
        group = self.group("offered")
        can = group.state in {"offered", "declined"}
        if self.attempt("refuse_places", can, lambda: waiting_actions.decline_offer(group_of(group))):
            self.model.leave(group)

    @verb(any_of("line", "waiting", "offered"))
    def leave_line(self):
        group = self.group("waiting", "offered")
        can = group.state in {"waiting", "offered", "left", "declined"}
        if self.attempt("leave_line", can, lambda: waiting_actions.leave_line(group_of(group))):
            self.model.leave(group)

    @verb(any_of("bookings", *LIVE), often=3)
    def change_size(self):
        pupils, adults, side = (
            self.draw([3, 8, 16, 24]),
            self.draw([1, 2]),
            self.draw(SIDES),
        )
        can = lambda booking: self.model.can_resize(booking, pupils, adults, side)  # noqa: E731
        booking = self.choose(self.model.bookings, can)
        size = {"pupil_count": pupils, "adult_count": adults, "side": side}
        if self.attempt("change_size", can(booking), lambda: change_actions.change_size(booking_of(booking), **size)):
            self.model.resize(booking, pupils, adults, side)

    @verb(any_of("bookings", "proposed"), often=2)
    def take_proposed_time(self):
        booking = self.booking("proposed")
        can = self.model.can_take_proposed(booking)
        if self.attempt("take_proposed_time", can, lambda: actions.accept_proposal(booking_of(booking))):
            self.model.take_proposed(booking)

    @verb(any_of("bookings", "proposed"))
    def refuse_proposed_time(self):
        booking = self.booking("proposed")
        can = booking.state == "proposed"
        if self.attempt("refuse_proposed_time", can, lambda: actions.decline_proposal(booking_of(booking))):
            self.model.cancel(booking, "school")

    @verb(any_of("bookings", *LIVE))
    def hand_over(self):
        """To the colleague, or back. From now on the other one gets the mails."""
        booking = self.booking(*LIVE)
        to, person = self.draw([("teacher", self.teacher), ("colleague", self.colleague)])
        can = self.model.can_cancel(booking) and to != booking.looked_after_by
        facts = {"to": person, "phone": "0701234567", "by": self.teacher}
        if self.attempt("hand_over", can, lambda: change_actions.hand_over(booking_of(booking), **facts)):
            self.model.hand_over(booking, to)

    @verb(any_of("bookings", *LIVE), often=2)
    def cancel(self):
        booking, side = self.booking(*LIVE), self.draw(SIDES)
        call = lambda: actions.cancel_booking(booking_of(booking), side=side, reason="illness")  # noqa: E731
        if self.attempt("cancel", self.model.can_cancel(booking), call):
            self.model.cancel(booking, side)
            self.done["cancel late"] += booking.late

    # The host

    @verb(any_of("bookings", "pending"))
    def confirm(self):
        booking = self.booking("pending")
        if self.attempt("confirm", booking.state == "pending", lambda: actions.confirm_booking(booking_of(booking))):
            self.model.confirm(booking)

    @verb(any_of("bookings", "pending"))
    def decline(self):
        booking = self.booking("pending")
        call = lambda: actions.decline_booking(booking_of(booking), reason="staff")  # noqa: E731
        if self.attempt("decline", booking.state == "pending", call):
            self.model.decline(booking)

    @verb(any_of("bookings", "pending"), often=4)
    def propose(self):
        pairs = [(booking, time) for booking in self.model.bookings for time in self.model.times]
        booking, time = self.choose(pairs, lambda pair: self.model.can_propose(*pair))
        call = lambda: actions.propose_time(booking_of(booking), slot=slot_of(time))  # noqa: E731
        if self.attempt("propose", self.model.can_propose(booking, time), call):
            self.model.propose(booking, time)

    @verb(any_of("bookings", "pending"))
    def propose_new_time(self):
        booking, starts_at = self.booking("pending"), self.a_free_start()
        call = lambda: actions.propose_new_time(booking_of(booking), starts_at=starts_at)  # noqa: E731
        if row := self.attempt("propose_new_time", booking.state == "pending", call):
            now = timezone.now()
            cancel_by = max(now, starts_at - self.offer.cancel_days * DAY)
            time = Time(row.proposed_slot_id, starts_at, now, cancel_by, booking.pupils, 1)
            self.model.times.append(time)
            self.model.propose(booking, time)

    @verb(any_of("line", "waiting"))
    def pass_over(self):
        group = self.group("waiting")
        call = lambda: waiting_actions.pass_over(group_of(group), reason_text="No.")  # noqa: E731
        if self.attempt("pass_over", group.state == "waiting", call):
            self.model.pass_over(group)

    @verb(any_ahead)
    def change_places(self):
        wanted = self.draw([15, 25, 40]), self.draw([1, 2, 3])
        self.give_places(self.time(lambda each: self.model.can_have_places(each, *wanted)), *wanted)

    @verb(lambda model: any(model.might_lose(time) for time in model.times), often=3)
    def make_too_small(self):
        """As small as it may be: who waits in a larger group must go."""
        time = self.time(self.model.might_lose)
        self.give_places(time, *(max(1, taken) for taken in self.model.taken(time)))

    def give_places(self, time, *wanted):
        row = slot_of(time)
        times = {name: getattr(row, name) for name in SlotTimes.__dataclass_fields__}
        times = SlotTimes(**(times | dict(zip(("pupils_capacity", "groups_capacity"), wanted, strict=True))))
        can = self.model.can_have_places(time, *wanted)
        if self.attempt("change_places", can, lambda: change_as_seen(row, times)):
            self.model.have_places(time, *wanted)

    @verb(any_ahead, often=2)
    def move_time(self):
        time = self.time()
        other = next((each for each in self.model.times if each is not time and each.is_ahead), time)
        elsewhere = [time.starts_at + by for by in (HOUR, -DAY, 2 * DAY)] + [other.starts_at + HOUR]
        starts_at = self.choose([*elsewhere, other.starts_at, timezone.now()], lambda each: each in elsewhere)
        move = {"starts_at": starts_at, "ends_at": starts_at + LONG, "reason": "staff"}
        can = self.model.can_move(time, starts_at)
        if self.attempt("move_time", can, lambda: move_actions.move_slot(slot_of(time), **move)):
            self.model.move(time, starts_at)

    @verb(many_open)
    def cancel_time(self):
        self.cancel_all_at(self.time(lambda each: each.is_ahead and any(self.model.holding(each))))

    @verb(any_of("bookings", "proposed"))
    def cancel_proposed_time(self):
        booking = self.booking("proposed")
        self.cancel_all_at(booking.proposed or booking.time)

    def cancel_all_at(self, time):
        if self.attempt("cancel_time", time.is_ahead, lambda: move_actions.cancel_slot(slot_of(time), reason="staff")):
            self.model.cancel_time(time)

    @verb(many_open)
    def withdraw_time(self):
        time = self.time(self.model.can_withdraw)
        call = lambda: offer_actions.withdraw_slot(slot_of(time))  # noqa: E731
        if self.attempt("withdraw_time", self.model.can_withdraw(time), call):
            self.model.withdraw(time)

    @verb(many_open)
    def close_time(self):
        time = self.time(lambda each: each.is_open)
        if self.attempt("close_time", time.is_ahead and time.is_open, lambda: offer_actions.close_slot(slot_of(time))):
            time.closes_at = timezone.now()

    @verb(any_of("bookings", *LIVE))
    def change_terms(self):
        """The classes that have booked are told where they now meet, and may step back."""
        offer = VisitOffer.objects.get(pk=self.offer.pk)
        values = {name: getattr(offer, name) for name in offer_actions.OFFER_FIELDS} | {"occupations": []}
        values["meeting_place"] = f"Gate {self.draw(range(10**6))}"
        version = offer_actions.version_of(offer)
        change = {"version": version, "values": values, "rules": [], "confirmed": True}
        self.attempt("change_terms", True, lambda: offer_actions.change_offer(offer, **change))
        self.model.change_terms()

    @verb(any_undecided)
    def run_anyhow(self):
        time = self.time(lambda each: each.is_undecided)
        can = time.is_ahead and time.is_undecided
        if self.attempt("run_anyhow", can, lambda: minimum.run_anyhow(slot_of(time))):
            time.runs = True

    @verb(lambda model: sum(time.is_open for time in model.times) < ENOUGH_TIMES, often=2)
    def add_time(self):
        starts_at = self.a_free_start()
        self.add(starts_at, **self.draw([{}, {"minimum": 20, "decide_at": starts_at - 3 * DAY}]))

    def a_free_start(self):
        """On the hour, so that times may come to lie upon each other when they are moved."""
        start = timezone.now().replace(minute=0, second=0) + 5 * DAY
        return next(start + n * DAY for n in range(99) if not self.model.is_taken(start + n * DAY))

    # The clock

    @verb(lambda model: True)
    def time_passes(self):
        self.go_on(self.draw([HOUR, 25 * HOUR, 49 * HOUR, 6 * DAY]))

    @verb(lambda model: any(model.ends()))
    def nobody_answers(self):
        """Until just after the next end of a time to answer."""
        self.go_on(max(timedelta(0), min(self.model.ends(), default=timezone.now()) - timezone.now()))

    def go_on(self, by):
        """The worker's rounds come in any order, and each twice: a doubled beat does nothing twice."""
        self.traveller.shift(by)
        rounds = {"expire": tasks.expire_bookings, "move_lines": tasks.move_lines, "decide": tasks.decide_times}
        rounds |= {"remind": reminders.plan_reminders, "chase": reminders.chase_answers}
        order = self.dice.sample(sorted(rounds), len(rounds))
        for name in [*order, *order]:
            self.attempt(name, True, rounds[name])
            getattr(self.model, name)()

    # What must hold after every act

    @invariant()
    def all_is_as_the_model_says(self):
        self.compare_times()
        self.compare_bookings_and_line()
        self.compare_mails()
        self.check_history()

    def compare_times(self):
        columns = "pk", "starts_at", "closes_at", "cancel_by"
        columns += "pupils_capacity", "groups_capacity", "pupils_taken", "groups_taken"
        rows = VisitSlot.objects.values_list(*columns, "cancelled_at", "runs_since")
        assert {(*row, bool(cancelled), bool(runs)) for *row, cancelled, runs in rows} == {
            (t.pk, t.starts_at, t.closes_at, t.cancel_by, t.pupils, t.groups, *self.model.taken(t), t.cancelled, t.runs)
            for t in self.model.times
        }

    def compare_bookings_and_line(self):
        columns = "pk", "state", "slot", "proposed_slot", "pupil_count", "adult_count", "during", "answer_by"
        columns += "free_to_leave_until", "late"
        rows = VisitBooking.objects.values_list(*columns)
        assert {known(*row) for row in rows} == {
            known(b.pk, b.state, b.time.pk, b.proposed and b.proposed.pk, b.pupils, b.adults, b.during, b.until, *rest)
            for b in self.model.bookings
            for rest in [(b.free_until, b.late)]
        }
        rows = WaitingGroup.objects.values_list("pk", "state", "pupil_count", "offer_ends_at")
        assert set(rows) == {(group.pk, group.state, group.pupils, group.until) for group in self.model.line}

    def compare_mails(self):
        """Everybody has been told once of all that happened, and of nothing else."""
        sent = Counter(QueuedMail.objects.values_list("kind", "about_id", "to_email"))
        assert sent == self.model.mails

    def check_history(self):
        """Every step stands in the table of moves; by the history of triggers also those in the middle of an act."""
        for (history, moves), states in zip(HISTORIES, self.states, strict=True):
            rows = history.objects.filter(pgh_id__gt=states.get("seen", 0)).order_by("pgh_id")
            for seen, row, state in rows.values_list("pgh_id", "pgh_obj_id", "state"):
                before = states.get(row, state)
                assert before == state or state in moves[before], f"{before} → {state}"
                states |= {row: state, "seen": seen}
        at = {}
        steps = BookingStep.objects.order_by("pk").values_list("booking", "from_state", "to_state")
        for booking, before, after in steps:
            assert at.get(booking, "") == before
            at[booking] = after
        assert at == {each.pk: each.state for each in self.model.bookings}


def change_as_seen(slot, times):
    """What the host does who sees that groups in line no longer fit, and saves all the same."""
    try:
        offer_actions.change_slot(slot, times)
    except offer_actions.SpokenAgainst as against:
        offer_actions.change_slot(slot, times, seen=against.mark)
    return True


def slot_of(time):
    return VisitSlot.objects.select_related("offer").get(pk=time.pk)


def booking_of(booking):
    return VisitBooking.objects.get(pk=booking.pk)


def group_of(group):
    return WaitingGroup.objects.get(pk=group.pk)


def known(pk, state, slot, proposed, pupils, adults, during, answer_by, *rest):
    """Of a booking: when it takes place matters while it lives, the time to answer while somebody waits."""
    during = (during.lower, during.upper) if state in LIVE else None
    return (pk, state, slot, proposed, pupils, adults, during, answer_by if state in UNANSWERED else None, *rest)
