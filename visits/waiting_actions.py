"""What happens to a group in line: join, accept, say no, lapse, leave, be passed over, close. Who gets freed places is
decided in `places.flow_on`.

Lock order: class, school (where its visits are counted), slot, row of the line (RELIABILITY §2).
"""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.dates import moment
from core.errors import ActionRefused
from schools.models import SchoolClass
from visits import ages, fair_share, first_turn, places, reach, waiting_emails
from visits.actions import bookings_in_the_way, check_group, elsewhere, rules_of, why_not, write_booking
from visits.enums import Misfit, Side, WaitingState
from visits.models import VisitBooking, VisitSlot, WaitingGroup
from visits.questions import Answers


@transaction.atomic
def join_line(
    *,
    slot: VisitSlot,
    school_class: SchoolClass,
    pupil_count: int,
    adult_count: int,
    phone: str,
    note: str,
    request_key: UUID,
    by: User,
    answers: Answers | None = None,
) -> WaitingGroup:
    """Stand in line for a time without room for the class, or that other schools may book first.

    The same `request_key` gives the same place again.

    Refused when the class could book right away, when it could never come, and when it stands there already.
    """
    rules = fair_share.lock(slot, school_class=school_class.pk, school=school_class.school_id)
    same = Q(request_key=request_key) | Q(slot=slot, school_class=school_class, state__in=["waiting", "offered"])
    for group in WaitingGroup.objects.filter(same).order_by("pk"):
        if group.request_key == request_key:
            return group
        raise ActionRefused(_("%(group)s already stands in this line.") % {"group": group.group_name})
    for other in bookings_in_the_way(school_class, slot):
        raise ActionRefused(elsewhere(other))
    # Under the lock nothing can come free unseen: either it is seen here, or whoever frees it sees this group. The
    # same holds for a host that makes the time smaller or the visit another one; so it is read only now.
    VisitSlot.objects.select_for_update(no_key=True).get(pk=slot.pk)
    slot = VisitSlot.objects.select_related("offer__workplace").get(pk=slot.pk)
    check_group(slot, school_class.grade, pupil_count)
    ages.check_age(slot, school_class)
    reach.check_reach(slot.offer, school_class.school)
    fair_share.check(rules, slot, school_class)
    held_until = first_turn.held_until(rules, slot, school_class.school_id)
    _check_line(slot, pupil_count, is_held=held_until is not None)
    group = WaitingGroup.objects.create(
        slot=slot,
        school_id=school_class.school_id,
        school_class=school_class,
        group_name=school_class.name,
        grade=school_class.grade,
        pupil_count=pupil_count,
        adult_count=adult_count,
        phone=phone,
        note=note,
        accepted_rules=rules_of(slot),
        answers=answers or [],
        requested_by=by,
        request_key=request_key,
        not_before=held_until,
    )
    waiting_emails.joined(group)
    return group


def _check_line(slot: VisitSlot, pupils: int, *, is_held: bool) -> None:
    if not VisitSlot.objects.bookable().filter(pk=slot.pk).exists():
        raise ActionRefused(why_not(slot, pupils))
    if pupils > slot.pupils_capacity:
        raise ActionRefused(
            _("This time has room for %(most)d pupils in all. Choose another time, or a smaller group.")
            % {"most": slot.pupils_capacity}
        )
    if pupils <= slot.pupils_left and not is_held:
        raise ActionRefused(_("There is room for your class right now. Book the visit instead."))


def accept_offer(group: WaitingGroup, *, by: User | None = None, by_link: bool = False) -> VisitBooking:
    """The held places become a booking: confirmed at once where the host has chosen so, else a request.

    Yes said twice gives the same booking. A refusal keeps the places held until the offer ends.
    """
    with transaction.atomic():
        rules = fair_share.lock(group.slot, school_class=group.school_class_id, school=group.school_id)
        group = _locked(group)
        school_class = group.school_class
        if group.booking is not None:
            return group.booking
        _check_open(group)
        for other in bookings_in_the_way(school_class, group.slot):
            raise ActionRefused(
                _("%(elsewhere)s Cancel that visit first. The places are held for you until %(time)s.")
                % {"elsewhere": elsewhere(other), "time": moment(_end_of(group))}
            )
        fair_share.check(rules, group.slot, school_class)
        booking = write_booking(
            slot=group.slot,
            school_class=school_class,
            by=by,
            by_link=by_link,
            accepted_rules=group.accepted_rules,
            answers=group.answers,
            pupil_count=group.pupil_count,
            adult_count=group.adult_count,
            phone=group.phone,
            note=group.note,
            requested_by=group.requested_by,
            request_key=group.request_key,
        )
        _move(group, WaitingState.ACCEPTED, side=Side.SCHOOL, booking=booking)
    return booking


def decline_offer(group: WaitingGroup) -> WaitingGroup:
    """The school does not want the places after all; the next group that fits gets them. No said twice is one no."""
    with transaction.atomic():
        group = _locked(group)
        if group.state == WaitingState.DECLINED:
            return group
        _end_offer(group, WaitingState.DECLINED, side=Side.SCHOOL)
    return group


def leave_line(group: WaitingGroup, *, side: Side = Side.SCHOOL) -> WaitingGroup:
    """The school stops waiting, or has booked meanwhile. Whoever has been offered places says no to them."""
    with transaction.atomic():
        group = _locked(group)
        if group.state == WaitingState.OFFERED:
            _end_offer(group, WaitingState.DECLINED, side=side)
        elif group.state not in {WaitingState.LEFT, WaitingState.DECLINED}:
            _move(group, WaitingState.LEFT, side=side)
    return group


def pass_over(group: WaitingGroup, *, reason_text: str) -> WaitingGroup:
    """The host does not want this group, and says why. One that has been offered places may still say yes."""
    with transaction.atomic():
        group = _locked(group)
        if group.state == WaitingState.OFFERED:
            raise ActionRefused(
                _("Places are held for this group until %(time)s. If it says yes, you can still cancel.")
                % {"time": moment(_end_of(group))}
            )
        _move(group, WaitingState.PASSED_OVER, side=Side.HOST, reason_text=reason_text)
        waiting_emails.passed_over(group)
    return group


def take_out(group: WaitingGroup, *, why: Misfit) -> None:
    """The host has made the time or the visit one that the group cannot come to. Both are locked, and it waits."""
    _move(group, WaitingState.NO_FIT, side=Side.HOST, misfit=why)
    waiting_emails.no_longer_fits(group)


def lapse_offer(group: WaitingGroup) -> WaitingGroup | None:
    """End an offer nobody has answered in time. None when it was answered meanwhile."""
    with transaction.atomic():
        group = _locked(group)
        if group.state != WaitingState.OFFERED or group.has_open_offer:
            return None
        _end_offer(group, WaitingState.LAPSED, side=Side.SYSTEM)
        waiting_emails.offer_lapsed(group)
    return group


@transaction.atomic
def close_line(slot: VisitSlot, *, side: Side, reason_text: str = "") -> list[WaitingGroup]:
    """Nobody waits for this time any more: it has begun, or is taken back. Everyone in line is told, and why."""
    VisitSlot.objects.select_for_update(no_key=True).get(pk=slot.pk)
    line = WaitingGroup.objects.in_line().filter(slot=slot).order_by("created_at", "pk")
    groups = list(line.with_booker().select_for_update(no_key=True, of=("self",)))
    held = [group for group in groups if group.state == WaitingState.OFFERED]
    for group in groups:
        _move(group, WaitingState.CLOSED, side=side, reason_text=reason_text)
        waiting_emails.line_closed(group)
    for group in held:  # nobody is left to whom the places could flow on
        places.give_back(slot.pk, group.pupil_count)
    return groups


def tell_line_of_move(slot: VisitSlot, *, reason: str = "", reason_text: str = "") -> list[WaitingGroup]:
    """The time is another one now: who stands in line keeps its place there, and hears of it. The slot is locked.

    Places that are held for a group are held until the visit begins at the longest.
    """
    line = WaitingGroup.objects.in_line().filter(slot=slot).with_booker().order_by("pk")
    groups = list(line.select_for_update(no_key=True, of=("self",)))
    for group in groups:
        if group.offer_ends_at is not None and group.offer_ends_at > slot.starts_at:
            group.offer_ends_at = slot.starts_at
            group.save(update_fields=["offer_ends_at"])
        waiting_emails.time_moved(group, reason=reason, reason_text=reason_text)
    return groups


def _end_offer(group: WaitingGroup, state: WaitingState, *, side: Side) -> None:
    """Move first, then free: the group must not be offered its own places again."""
    _move(group, state, side=side)
    places.give_back(group.slot_id, group.pupil_count)


def _locked(group: WaitingGroup) -> WaitingGroup:
    """The group read anew under locks: its slot first, then itself."""
    VisitSlot.objects.select_for_update(no_key=True).get(pk=group.slot_id)
    return (
        WaitingGroup.objects.select_for_update(no_key=True, of=("self",))
        .select_related("slot__offer__company", "slot__offer__contact", "school", "requested_by", "booking")
        .select_related("school_class")
        .get(pk=group.pk)
    )


def _check_open(group: WaitingGroup) -> None:
    if group.state != WaitingState.OFFERED:
        raise ActionRefused(_not_now(group))
    if not group.has_open_offer:
        raise ActionRefused(
            _("The places were held for you until %(time)s. They have gone to the next in line.")
            % {"time": moment(_end_of(group))}
        )


def _end_of(group: WaitingGroup) -> Any:
    return group.offer_ends_at or timezone.now()


def _move(group: WaitingGroup, state: WaitingState, *, side: Side, **changes: Any) -> None:
    """Check the move and write it. The group is locked."""
    if not group.can_move_to(state):
        raise ActionRefused(_not_now(group))
    changes |= {"state": state, "ended_at": timezone.now(), "ended_by": side}
    for name, value in changes.items():
        setattr(group, name, value)
    group.save(update_fields=list(changes))


def _not_now(group: WaitingGroup) -> str:
    return _("Nothing to do here any more: %(group)s, %(state)s.") % {
        "group": group.group_name,
        "state": group.get_state_display(),
    }
