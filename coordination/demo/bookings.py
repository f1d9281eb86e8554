"""Bookings in every state, as if schools and hosts had lived here since August. Counters follow the bookings."""

from datetime import datetime, timedelta

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from coordination.demo import texts
from coordination.demo.people import PARTNERS
from coordination.demo.world import World
from schools.models import School, SchoolClass
from visits.enums import (
    LIVE_STATES,
    AnswerMode,
    BookingState,
    CancelReason,
    DeclineReason,
    OfferState,
    Side,
    SlotStatus,
    VisitKind,
    WaitingState,
)
from visits.models import BookingStep, VisitBooking, VisitSlot, WaitingGroup, answer_deadline

_S = BookingState
_PAST = {_S.CONFIRMED: 82, _S.CANCELLED: 7, _S.DECLINED: 6, _S.EXPIRED: 5}
_COMING = {_S.PENDING: 28, _S.PROPOSED: 9, _S.CONFIRMED: 47, _S.DECLINED: 6, _S.CANCELLED: 6, _S.EXPIRED: 4}
_AT_ONCE = {_S.CONFIRMED: 90, _S.CANCELLED: 10}
# What waits for the people of the demo, in the order of the times.
_MAIN = [_S.CONFIRMED, _S.CONFIRMED, _S.PENDING, _S.PENDING, _S.PROPOSED, _S.PENDING, _S.CONFIRMED, _S.DECLINED]
_ADULTS = 2
_VISITS_A_CLASS = 4
_STAYS_HOME_EVERY = 6  # schools that no visit has reached yet: the coordinator should see them
# How much of the answering time has passed when we look: fresh, half, nearly over.
_WAITED = [0.15, 0.6, 0.85, 0.4]


class Diary:
    """Which class is where, and the bookings made so far."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.bookings: list[VisitBooking] = []
        self.steps: list[BookingStep] = []
        self.times: dict[int, list[tuple[datetime, datetime]]] = {}
        self.turns: dict[str, int] = {}  # by main company

    def goes_out(self, school: School) -> bool:
        place = list(self.world.schools).index(school.name) if school.name in self.world.schools else 0
        return school.name in PARTNERS.values() or place % _STAYS_HOME_EVERY != _STAYS_HOME_EVERY - 1

    def is_free(self, school_class: SchoolClass, slot: VisitSlot) -> bool:
        taken = self.times.get(school_class.pk, [])
        return len(taken) < _VISITS_A_CLASS and all(
            slot.ends_at <= begin or end <= slot.starts_at for begin, end in taken
        )


def make_bookings(world: World) -> None:
    """Fill some of the slots, then store slots, bookings and their steps."""
    diary = Diary(world)
    main = [slot for slot in world.slots if slot.offer.company.name in PARTNERS]
    for slot in sorted(main, key=_by_time):
        _fill_main_slot(diary, slot)
    for slot in sorted(world.slots, key=_by_time):
        if slot.groups_left and slot.offer.company.name not in PARTNERS:
            _fill_slot(diary, slot)
    groups = make_lines(diary)
    world.store(world.slots)
    world.store(diary.bookings)
    world.store(diary.steps)
    world.store(groups)


def make_lines(diary: Diary) -> list[WaitingGroup]:
    """A line at a full time of each company; a place in a line, and held places, for each school."""
    world = diary.world
    groups = []
    coming = [slot for slot in sorted(world.slots, key=_by_time) if slot.offer.state == OfferState.PUBLISHED]
    coming = [slot for slot in coming if slot.opens_at < world.now and slot.closes_at > world.now + timedelta(days=4)]
    for company, school in PARTNERS.items():
        full = [slot for slot in coming if slot.status == SlotStatus.FULL]
        own = [slot for slot in full if slot.offer.company.name == company][:1]
        groups += [_wait(diary, slot, [], hours) for slot in own for hours in (70, 20)]
        elsewhere = [slot for slot in full if slot.offer.company.name not in PARTNERS]
        groups.append(_first_that_suits(diary, elsewhere, school, hours=45))
        free = [slot for slot in coming if slot.pupils_left and slot.offer.company.name not in PARTNERS]
        if held := _first_that_suits(diary, free, school, hours=90):
            held.state, held.offered_at = WaitingState.OFFERED, world.now - timedelta(hours=5)
            held.offer_ends_at = world.now + timedelta(hours=43)
            held.pupil_count = min(held.pupil_count, held.slot.pupils_left)
            held.slot.pupils_taken += held.pupil_count
            held.slot.groups_taken += 1
            groups.append(held)
    return [group for group in groups if group]


def _first_that_suits(diary: Diary, slots: list[VisitSlot], school: str, *, hours: int) -> WaitingGroup | None:
    """The school's first place in line at one of these times, if any suits a class of its."""
    return next(filter(None, (_wait(diary, slot, [school], hours) for slot in slots)), None)


def _wait(diary: Diary, slot: VisitSlot, schools: list[str], hours: int) -> WaitingGroup | None:
    world = diary.world
    school_class = _class_for(diary, slot, schools=schools)
    if school_class is None or (schools and school_class.school.name not in schools):
        return None
    diary.times.setdefault(school_class.pk, []).append((slot.starts_at, slot.ends_at))
    return WaitingGroup(
        public_id=world.public_id(),
        slot=slot,
        school=school_class.school,
        school_class=school_class,
        group_name=school_class.name,
        grade=school_class.grade,
        pupil_count=min(school_class.pupil_count, slot.offer.group_max, slot.pupils_capacity),
        adult_count=_ADULTS,
        requested_by=world.pick(world.school_users[school_class.school.name]),
        phone=world.phone(school_class.school.country),
        accepted_rules=world.rules_of[slot.offer.public_id],
        request_key=world.key(),
        created_at=world.now - timedelta(hours=hours),
    )


def _by_time(slot: VisitSlot) -> tuple[datetime, str]:
    return slot.starts_at, slot.public_id


def _fill_main_slot(diary: Diary, slot: VisitSlot) -> None:
    """Every coming time within sight has its booking, every second of them by the main school of the country."""
    world = diary.world
    if slot.offer.kind == VisitKind.TEACHER_SHADOWING:
        return None
    if slot.starts_at < world.now:
        return _fill_slot(diary, slot)
    if slot.opens_at > world.now - timedelta(days=10) or not slot.groups_left:
        return None
    company = slot.offer.company.name
    turn = diary.turns.get(company, 0)
    diary.turns[company] = turn + 1
    if school_class := _class_for(diary, slot, schools=[PARTNERS[company]] if turn % 2 == 0 else []):
        _book(diary, slot, school_class, _MAIN[turn % len(_MAIN)])
    return None


def _fill_slot(diary: Diary, slot: VisitSlot) -> None:
    world, past = diary.world, slot.starts_at < diary.world.now
    is_open = slot.opens_at < world.now - timedelta(days=10) and slot.offer.kind != VisitKind.TEACHER_SHADOWING
    if not is_open or not world.chance(0.75 if past else 0.6):
        return
    if slot.offer.answer_mode == AnswerMode.AUTO:
        state = world.weighted(_AT_ONCE)
    else:
        state = world.weighted(_PAST if past else _COMING)
    if school_class := _class_for(diary, slot, schools=list(PARTNERS.values()) if world.chance(0.12) else []):
        _book(diary, slot, school_class, state)


def _class_for(diary: Diary, slot: VisitSlot, *, schools: list[str]) -> SchoolClass | None:
    """A free class of the right age in the host's region: of these schools, of a neighbour, or of any."""
    world, offer = diary.world, slot.offer
    home = offer.company.municipality_id
    region = world.region_of[str(home)]
    fitting = [
        c
        for c in world.classes
        if offer.lowest_grade <= c.grade <= offer.highest_grade
        and world.region_of.get(str(c.school.municipality_id)) == region
        and offer.group_min <= min(c.pupil_count, offer.group_max)
        and diary.goes_out(c.school)
        and diary.is_free(c, slot)
    ]
    wished = [c for c in fitting if c.school.name in schools]
    near = [c for c in fitting if c.school.municipality_id == home and c.school.name not in PARTNERS.values()]
    return world.pick(wished or near or fitting) if fitting else None


def _book(diary: Diary, slot: VisitSlot, school_class: SchoolClass, state: BookingState) -> None:
    world, offer = diary.world, slot.offer
    requested_at = _when_requested(diary, slot, state)
    if requested_at is None:  # there was no time to wait for an answer
        state, requested_at = _S.CONFIRMED, _before(slot, world)
    pupils = min(school_class.pupil_count, offer.group_max, slot.pupils_left)
    school = school_class.school
    booking = VisitBooking(
        public_id=world.public_id(),
        slot=slot,
        school=school,
        school_class=school_class,
        group_name=school_class.name,
        grade=school_class.grade,
        pupil_count=pupils,
        adult_count=world.dice.randint(1, _ADULTS),
        requested_by=world.pick(world.school_users[school.name]),
        phone=world.phone(school.country),
        note=world.pick(texts.names(school.country)["notes"]),
        accepted_rules=world.rules_of[offer.public_id],
        state=state,
        answer_by=answer_deadline(slot, requested_at),
        during=DateTimeTZRange(slot.starts_at, slot.ends_at),
        request_key=world.key(),
        requested_at=requested_at,
    )
    if state == _S.PROPOSED and not _propose(diary, booking):
        booking.state = _S.PENDING
    _settle(diary, booking)
    if booking.state in LIVE_STATES:
        diary.times.setdefault(school_class.pk, []).append((slot.starts_at, slot.ends_at))
        for held in filter(None, [slot, booking.proposed_slot]):
            held.pupils_taken += pupils
            held.groups_taken += 1
    diary.bookings.append(booking)


def _when_requested(diary: Diary, slot: VisitSlot, state: BookingState) -> datetime | None:
    """A moment that agrees with the state: who waits has time left, what has expired had none."""
    world = diary.world
    if state in {_S.PENDING, _S.PROPOSED}:
        waited = _WAITED[len(diary.bookings) % len(_WAITED)]
        moment = world.now - timedelta(days=slot.offer.answer_days) * waited
        still_open = moment < slot.closes_at and answer_deadline(slot, moment) > world.now + timedelta(hours=30)
        return moment if still_open else None
    if state == _S.EXPIRED and slot.starts_at > world.now:
        return world.now - timedelta(days=slot.offer.answer_days + world.dice.randint(1, 3))
    return _before(slot, world)


def _before(slot: VisitSlot, world: World) -> datetime:
    """Some weeks before the visit, and not later than the day before yesterday."""
    latest = min(slot.closes_at, world.now) - timedelta(days=2)
    return max(slot.opens_at, latest - timedelta(days=world.dice.randint(0, 40), hours=world.dice.randint(0, 6)))


def _propose(diary: Diary, booking: VisitBooking) -> bool:
    """Hold places on another time of the same offer, if there is one."""
    world = diary.world
    others = [
        slot
        for slot in world.slots
        if slot.offer is booking.slot.offer
        and slot is not booking.slot
        and slot.starts_at > world.now + timedelta(days=2)
        and slot.pupils_left >= booking.pupil_count
    ]
    if not others:
        return False
    booking.proposed_slot = others[0]
    booking.answered_at = world.now - timedelta(hours=20)
    first_of_both = min(booking.slot.starts_at, others[0].starts_at)
    booking.answer_by = max(world.now, min(world.now + timedelta(days=4), first_of_both - timedelta(days=1)))
    return True


def _settle(diary: Diary, booking: VisitBooking) -> None:
    """Answers, reasons and the steps that led there."""
    world, host_users = diary.world, diary.world.company_users.get(booking.slot.offer.company.name, [])
    at_once = booking.slot.offer.answer_mode == AnswerMode.AUTO
    moment = booking.requested_at
    host = host_users[0] if host_users and world.chance(0.4) else None  # the others answer by link

    def step(before: str, after: str, side: Side, when: datetime) -> None:
        by = {Side.SCHOOL: booking.requested_by, Side.HOST: host, Side.SYSTEM: None}[side]
        by_link = side == Side.HOST and host is None
        diary.steps.append(
            BookingStep(
                booking=booking, from_state=before, to_state=after, side=side, by=by, by_link=by_link, happened_at=when
            )
        )

    first = _S.CONFIRMED if at_once else _S.PENDING
    step("", first, Side.SCHOOL, moment)
    answered = min(moment + timedelta(hours=world.dice.randint(2, 70)), world.now - timedelta(hours=1))
    state = booking.state
    if at_once:
        booking.answered_at = moment
    elif state in {_S.CONFIRMED, _S.CANCELLED}:
        booking.answered_at = answered
        step(first, _S.CONFIRMED, Side.HOST, answered)
    if state == _S.PROPOSED:
        step(first, state, Side.HOST, booking.answered_at or answered)
    elif state == _S.DECLINED:
        booking.answered_at, booking.ended_by = answered, Side.HOST
        booking.reason = world.pick(DeclineReason.values[:4])
        step(first, state, Side.HOST, answered)
    elif state == _S.CANCELLED:
        booking.ended_by = world.pick([Side.SCHOOL, Side.HOST])
        reasons = [CancelReason.ILLNESS, CancelReason.TIMETABLE, CancelReason.TRANSPORT]
        booking.reason = CancelReason.PRODUCTION if booking.ended_by == Side.HOST else world.pick(reasons)
        step(_S.CONFIRMED, state, Side(booking.ended_by), min(answered + timedelta(days=1), world.now))
    elif state == _S.EXPIRED:
        booking.ended_by = Side.SYSTEM
        step(first, state, Side.SYSTEM, booking.answer_by)
