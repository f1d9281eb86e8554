"""Bookings, lines and times as the rules have them, in words of their own: nothing here asks the code that is tested.

Each verb is two methods: `can_…` says whether it is allowed, the verb itself what becomes of everything.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from datetime import time as clock_time

from django.utils import timezone
from psycopg.types.range import TimestamptzRange

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LONG = 2 * HOUR  # every visit
ANSWER_TIME = PROPOSAL_TIME = 5 * DAY
HOLD_TIME = 2 * DAY
FREE_TO_LEAVE = 7 * DAY  # after the host has changed something
LARGEST = 20  # pupils in a group
REMINDED = 14, 3, 1  # days ahead
LIVE = {"pending", "proposed", "confirmed"}
UNANSWERED = {"pending", "proposed"}
IN_LINE = {"waiting", "offered"}


@dataclass(eq=False)
class Time:
    pk: int
    starts_at: datetime
    closes_at: datetime
    cancel_by: datetime
    pupils: int
    groups: int
    minimum: int = 0
    decide_at: datetime | None = None
    runs: bool = False  # decided that it does
    cancelled: bool = False

    @property
    def is_ahead(self) -> bool:
        return not self.cancelled and timezone.now() < self.starts_at

    @property
    def is_open(self) -> bool:
        return not self.cancelled and timezone.now() < self.closes_at

    @property
    def is_undecided(self) -> bool:
        return bool(self.minimum) and not self.runs and not self.cancelled


@dataclass(eq=False)
class Group:
    """A booking, or a group in line: what it holds, and where."""

    pk: int
    time: Time
    school_class: int
    pupils: int
    state: str
    proposed: Time | None = None
    until: datetime | None = None  # when the other side must have answered
    adults: int = 1
    looked_after_by: str = "teacher"  # at the school
    asked_at: datetime = field(default_factory=timezone.now)
    answered_at: datetime | None = None
    free_until: datetime | None = None  # to step back, after a change by the host
    late: bool = False

    @property
    def during(self) -> TimestamptzRange:
        return TimestamptzRange(self.time.starts_at, self.time.starts_at + LONG)

    @property
    def holds(self) -> list[Time]:
        held = [self.time, self.proposed] if self.state in LIVE | {"offered"} else []
        return sorted((time for time in held if time), key=lambda time: time.pk)


@dataclass
class Model:
    mode: str
    people: dict[str, str]  # the address of each side
    times: list[Time] = field(default_factory=list)
    bookings: list[Group] = field(default_factory=list)
    line: list[Group] = field(default_factory=list)
    mails: Counter = field(default_factory=Counter)
    per_class: int | None = None  # visits in a school year
    per_school: int | None = None
    schools: list[int] = field(default_factory=list)  # of each class
    said: set[tuple[object, ...]] = field(default_factory=set)  # what is said once, however often somebody looks

    def tell(self, kind: str, about: Group, *sides: str) -> None:
        for side in sides:
            self.mails[kind, about.pk, self.people["host" if side == "host" else about.looked_after_by]] += 1

    def tell_once(self, kind: str, about: Group, occasion: tuple[object, ...], *sides: str) -> None:
        for side in sides:
            person = self.people["host" if side == "host" else about.looked_after_by]
            if (kind, about.pk, side, person, *occasion) not in self.said:
                self.said.add((kind, about.pk, side, person, *occasion))
                self.mails[kind, about.pk, person] += 1

    # Places

    def has_had_its_share(self, school_class: int, time: Time) -> bool:
        """Whether the class, or its school, has as many visits in the time's school year as the host allows."""
        year = school_year(time.starts_at)
        booked = [b.school_class for b in self.bookings if b.state in LIVE and school_year(b.time.starts_at) == year]
        of_school = [each for each in booked if self.schools[each] == self.schools[school_class]]
        return any(
            limit is not None and count >= limit
            for limit, count in ((self.per_class, booked.count(school_class)), (self.per_school, len(of_school)))
        )

    def taken(self, time: Time) -> tuple[int, int]:
        held = [group.pupils for group in self.bookings + self.line if time in group.holds]
        return sum(held), len(held)

    def fits(self, time: Time, pupils: int) -> bool:
        taken, groups = self.taken(time)
        return taken + pupils <= time.pupils and groups < time.groups

    def has_booked(self, school_class: int, time: Time) -> bool:
        return any(b.state in LIVE and (b.school_class, b.time) == (school_class, time) for b in self.bookings)

    def is_elsewhere(self, school_class: int, starts_at: datetime, *, but: object = None) -> bool:
        """Whether the class has a visit then, other than at a certain time or with a certain booking."""
        return any(
            b.state in LIVE and b.school_class == school_class and abs(b.time.starts_at - starts_at) < LONG
            for b in self.bookings
            if but not in (b, b.time)
        )

    def flow(self, time: Time) -> None:
        """The first groups in line that fit get what is free."""
        for group in self.line:
            waits = group.time is time and group.state == "waiting" and not self.has_booked(group.school_class, time)
            waits = waits and not self.has_had_its_share(group.school_class, time)
            if waits and time.is_open and self.fits(time, group.pupils):
                left = time.closes_at - timezone.now()
                group.state = "offered"
                group.until = timezone.now() + min(left, max(2 * HOUR, min(HOLD_TIME, left / 2)))
                self.tell("waiting_offered", group, "school")

    def end(self, group: Group, state: str) -> None:
        held = group.holds
        group.state, group.proposed = state, None
        for time in held:
            self.flow(time)

    # The school

    def can_book(self, time: Time, school_class: int, pupils: int) -> bool:
        free = time.is_open and self.fits(time, pupils) and pupils <= LARGEST
        may = not self.has_had_its_share(school_class, time)
        return free and may and not self.is_elsewhere(school_class, time.starts_at)

    def book(self, pk: int, time: Time, school_class: int, pupils: int) -> None:
        booking = Group(pk, time, school_class, pupils, "pending", until=deadline(ANSWER_TIME, time))
        self.bookings.append(booking)
        if self.mode == "auto":
            booking.state, booking.answered_at = "confirmed", timezone.now()
        self.tell("booking_confirmed" if self.mode == "auto" else "booking_requested", booking, "school", "host")

    def can_join(self, time: Time, school_class: int, pupils: int) -> bool:
        is_full = not self.fits(time, pupils) and pupils <= time.pupils
        in_line = any(
            g.state in IN_LINE and (g.school_class, g.time) == (school_class, time) for g in self.line
        ) or self.is_elsewhere(school_class, time.starts_at)
        may = not self.has_had_its_share(school_class, time)
        return time.is_open and is_full and pupils <= LARGEST and may and not in_line

    def join(self, pk: int, time: Time, school_class: int, pupils: int) -> None:
        self.line.append(Group(pk, time, school_class, pupils, "waiting"))
        self.tell("waiting_joined", self.line[-1], "school")

    def can_accept_places(self, group: Group) -> bool:
        is_held = group.state == "offered" and timezone.now() < group.until
        may = not self.has_had_its_share(group.school_class, group.time)
        return is_held and may and not self.is_elsewhere(group.school_class, group.time.starts_at)

    def accept_places(self, pk: int, group: Group) -> None:
        group.state = "accepted"
        self.book(pk, group.time, group.school_class, group.pupils)

    def leave(self, group: Group) -> None:
        if group.state == "offered":
            self.end(group, "declined")
        elif group.state == "waiting":
            group.state = "left"

    def can_resize(self, booking: Group, pupils: int, adults: int, side: str) -> bool:
        before, more = booking.pupils, pupils - booking.pupils
        has_room = all(
            time.is_ahead
            and self.taken(time)[0] + more <= time.pupils
            and (side == "host" or time is not booking.time or time.is_open)
            for time in booking.holds
        )
        is_change = (pupils, adults) != (before, booking.adults)
        is_ahead = booking.state in LIVE and timezone.now() < booking.time.starts_at
        is_allowed = side == "host" or pupils <= max(before, LARGEST)
        return is_ahead and is_change and is_allowed and (more < 0 or has_room)

    def resize(self, booking: Group, pupils: int, adults: int, side: str) -> None:
        shrinks = pupils < booking.pupils
        booking.pupils, booking.adults = pupils, adults
        self.tell("booking_resized", booking, "host" if side == "school" else "school")
        for time in booking.holds if shrinks else []:
            self.flow(time)

    def can_take_proposed(self, booking: Group) -> bool:
        return booking.proposed is not None and not self.is_elsewhere(
            booking.school_class, booking.proposed.starts_at, but=booking
        )

    def take_proposed(self, booking: Group) -> None:
        old, booking.time = booking.time, booking.proposed
        booking.proposed, booking.state = None, "confirmed"
        self.flow(old)
        self.tell("booking_confirmed", booking, "school", "host")

    def hand_over(self, booking: Group, to: str) -> None:
        self.tell("booking_handed_over", booking, "school")  # who did until now
        booking.looked_after_by = to
        self.tell("booking_handed_over", booking, "school", "host")

    def can_cancel(self, booking: Group) -> bool:
        return booking.state in LIVE and timezone.now() < booking.time.starts_at

    def cancel(self, booking: Group, side: str) -> None:
        """Late is who leaves what was agreed after the last free day; nobody is when too few come."""
        last = booking.time.cancel_by
        if side == "school" and booking.free_until:
            last = max(last, booking.free_until)
        booking.late = side != "system" and booking.state == "confirmed" and timezone.now() > last
        self.end(booking, "cancelled")
        self.tell("booking_cancelled", booking, "school", "host")

    # The host

    def confirm(self, booking: Group) -> None:
        booking.state, booking.answered_at = "confirmed", timezone.now()
        self.tell("booking_confirmed", booking, "school", "host")

    def decline(self, booking: Group) -> None:
        self.end(booking, "declined")
        self.tell("booking_declined", booking, "school")

    def can_propose(self, booking: Group, time: Time) -> bool:
        is_other = time is not booking.time and time.is_ahead
        return booking.state == "pending" and is_other and self.fits(time, booking.pupils)

    def propose(self, booking: Group, time: Time) -> None:
        booking.state, booking.proposed, booking.answered_at = "proposed", time, timezone.now()
        booking.until = deadline(PROPOSAL_TIME, booking.time, time)
        self.tell("time_proposed", booking, "school")

    def pass_over(self, group: Group) -> None:
        group.state = "passed_over"
        self.tell("waiting_passed_over", group, "school")

    def can_have_places(self, time: Time, pupils: int, groups: int) -> bool:
        taken, count = self.taken(time)
        return time.is_ahead and taken <= pupils and count <= groups

    def might_lose(self, time: Time) -> bool:
        """Whether somebody waits in a group larger than all that is taken: the host may leave no room for it."""
        waiting = [g.pupils for g in self.line if g.time is time and g.state == "waiting"]
        return time.is_ahead and max(waiting, default=0) > max(1, self.taken(time)[0])

    def have_places(self, time: Time, pupils: int, groups: int) -> None:
        time.pupils, time.groups = pupils, groups
        for group in self.line:
            if group.time is time and group.state == "waiting" and group.pupils > pupils:
                group.state = "no_fit"
                self.tell("waiting_no_fit", group, "school")
        self.flow(time)

    def is_taken(self, starts_at: datetime) -> bool:
        return any(time.starts_at == starts_at and not time.cancelled for time in self.times)

    def can_move(self, time: Time, starts_at: datetime) -> bool:
        clash = any(
            booking.state in LIVE
            and booking.time is time
            and self.is_elsewhere(booking.school_class, starts_at, but=time)
            for booking in self.bookings
        )
        return time.is_ahead and starts_at > timezone.now() and not self.is_taken(starts_at) and not clash

    def move(self, time: Time, starts_at: datetime) -> None:
        now = timezone.now()
        if time.decide_at:
            was_undecided = time.is_undecided
            time.decide_at += starts_at - time.starts_at
            time.runs = time.runs or (was_undecided and time.decide_at <= now)
        if time.is_open:
            time.closes_at = max(now, starts_at - DAY)
        days = (timezone.localdate(time.starts_at) - timezone.localdate(time.cancel_by)).days
        time.cancel_by = days_earlier(starts_at, days, timezone.localtime(starts_at).time())
        time.starts_at = starts_at
        for booking in self.holding(time):
            if booking.time is time:
                self.let_leave(booking)
            if booking.proposed:
                booking.until = deadline(PROPOSAL_TIME, booking.time, booking.proposed)
            elif booking.state == "pending":
                booking.until = min(booking.until, max(starts_at - DAY, now + HOUR))
            self.tell("time_moved", booking, "school", "host")
        for group in self.line:
            if group.time is time and group.state in IN_LINE:
                group.until = group.until and min(group.until, starts_at)
                self.tell("waiting_moved", group, "school")

    def holding(self, time: Time) -> Iterator[Group]:
        return (booking for booking in self.bookings if time in booking.holds)

    def let_leave(self, booking: Group) -> None:
        """For a week, or until the visit; what was promised before is never made shorter."""
        until = timezone.now() + FREE_TO_LEAVE
        booking.free_until = min(booking.time.starts_at, max(until, booking.free_until or until))

    def change_terms(self) -> None:
        for booking in self.bookings:
            if booking.state in LIVE and timezone.now() < booking.time.starts_at:
                self.let_leave(booking)
                self.tell("offer_changed", booking, "school")

    def cancel_time(self, time: Time, side: str = "host") -> None:
        time.cancelled = True
        self.close_line(time)
        for booking in list(self.holding(time)):
            if booking.time is not time and not booking.time.cancelled:  # only what was proposed is gone
                booking.state, booking.proposed = "pending", None
                booking.until, booking.answered_at = deadline(ANSWER_TIME, booking.time), timezone.now()
                self.tell("proposal_ended", booking, "school")
            elif booking.time is time and booking.proposed:  # what was proposed stands, and is said once more
                self.tell("time_proposed", booking, "school")
            else:
                self.cancel(booking, side)

    def can_withdraw(self, time: Time) -> bool:
        return time.is_ahead and not any(self.holding(time))

    def withdraw(self, time: Time) -> None:
        time.cancelled = True
        self.close_line(time)

    def close_line(self, time: Time) -> None:
        for group in self.line:
            if group.time is time and group.state in IN_LINE:
                group.state = "closed"
                self.tell("waiting_closed", group, "school")

    def ends(self) -> list[datetime]:
        """When the times to answer end, of proposals and of places that are held."""
        asked = [group for group in self.bookings + self.line if group.state in {"proposed", "offered"}]
        return [group.until for group in asked if group.until]

    # What comes with the hour. Each may be done again at once, and then does nothing.

    def expire(self) -> None:
        now = timezone.now()
        overdue = [b for b in self.bookings if b.state in UNANSWERED and b.until <= now]
        for booking in sorted(overdue, key=lambda each: (each.time.starts_at, each.pk)):
            self.end(booking, "expired")
            self.tell("booking_expired", booking, "school", "host")

    def move_lines(self) -> None:
        now = timezone.now()
        over = [group for group in self.line if group.state == "offered" and group.until <= now]
        for group in sorted(over, key=lambda each: (each.until, each.pk)):
            self.end(group, "lapsed")
            self.tell("waiting_lapsed", group, "school")
        for time in self.times:
            if time.starts_at <= now:
                self.close_line(time)
        for group in self.line:
            if group.state == "waiting" and self.has_booked(group.school_class, group.time):
                group.state = "left"
        for time in self.times:
            self.flow(time)

    def decide(self) -> None:
        now = timezone.now()
        due = [time for time in self.times if time.is_undecided and time.decide_at <= now < time.starts_at]
        for time in sorted(due, key=lambda each: (each.decide_at, each.pk)):
            come = sum(b.pupils for b in self.bookings if b.time is time and b.state in {"pending", "confirmed"})
            if come >= time.minimum or time.starts_at - now < 12 * HOUR:
                time.runs = True
            else:
                self.cancel_time(time, "system")

    def remind(self) -> None:
        """Fourteen days, three days and a day ahead at eight: written two days before that, never afterwards."""
        now = timezone.now()
        for booking in self.bookings:
            starts_at = booking.time.starts_at
            if booking.state != "confirmed" or starts_at <= now:
                continue
            for days in REMINDED:
                due = days_earlier(starts_at, days, clock_time(8))
                agreed_before = (booking.answered_at or booking.asked_at) < due
                if agreed_before and due - 2 * DAY < now < min(due + DAY, starts_at):
                    self.tell_once("booking_reminder", booking, (days, starts_at), "host", "school")

    def chase(self) -> None:
        """Who must answer is asked again at half time and a day before the end."""
        now = timezone.now()
        for booking in self.bookings:
            if booking.state not in UNANSWERED or booking.until <= now:
                continue
            since = booking.answered_at or booking.asked_at
            half, last_day = since + (booking.until - since) / 2, booking.until - DAY
            side = "school" if booking.state == "proposed" else "host"
            if last_day > half and now >= last_day:
                self.tell_once("booking_unanswered", booking, ("last", since), side)
            elif now >= half:
                self.tell_once("booking_unanswered", booking, ("half", since), side)


def school_year(moment: datetime) -> int:
    day = timezone.localdate(moment)
    return day.year if day.month >= 8 else day.year - 1


def days_earlier(moment: datetime, days: int, clock: clock_time) -> datetime:
    """So many days before on the calendar, at a time on the clock."""
    day = timezone.localdate(moment) - timedelta(days=days)
    return datetime.combine(day, clock, tzinfo=timezone.get_default_timezone())


def deadline(answer_time: timedelta, *times: Time) -> datetime:
    """So long is there to answer, and at the latest until a day before the first of the times."""
    now = timezone.now()
    return max(now, min(now + answer_time, min(time.starts_at for time in times) - DAY))
