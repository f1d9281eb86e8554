"""The one place where places are taken and given back.

A conditional update of the slot's counters decides; the CHECK constraints stand behind it. The conditions name the
slot's own columns only: a condition over a join would be judged by an old snapshot when two updates meet.
"""

from datetime import datetime

from django.db.models import F
from django.utils import timezone

from core.ready_queries import prepared_cursor
from schools.models import SchoolClass
from visits import fair_share, waiting_emails
from visits.enums import WaitingState
from visits.models import VisitSlot, WaitingGroup, hold_until


def take(slot: VisitSlot, pupils: int, *, ignore_closing: bool = False) -> bool:
    """Take places for one group, or say False. A refusal has waited for whoever was changing the slot.

    The slot must still be held when the caller believes it is: nobody books a time that was moved, or a
    visit that was changed, meanwhile.
    `ignore_closing` is for the host's own proposals: they may fill a slot that no longer takes requests.
    """
    now = timezone.now()
    if _try_to_take(slot, pupils, now, ignore_closing):
        return True
    # The update waits for nobody whose places do not match its condition, so a place given back at this very moment
    # could be given to no one. Under the lock the second answer is final (RELIABILITY §2, "Refused?").
    VisitSlot.objects.select_for_update(no_key=True).get(pk=slot.pk)
    return _try_to_take(slot, pupils, now, ignore_closing)


# Written out, because this is the statement that every booking waits for: Django would build it anew each time.
_TAKE = """
UPDATE visits_visitslot SET pupils_taken = pupils_taken + %(pupils)s, groups_taken = groups_taken + 1
WHERE id = %(slot)s AND starts_at = %(starts_at)s AND ends_at = %(ends_at)s AND terms = %(terms)s
    AND cancelled_at IS NULL AND starts_at > %(now)s
    AND pupils_taken <= pupils_capacity - %(pupils)s AND groups_taken < groups_capacity
    AND (%(ignore_closing)s OR (opens_at <= %(now)s AND closes_at > %(now)s))
"""


def _try_to_take(slot: VisitSlot, pupils: int, now: datetime, ignore_closing: bool) -> bool:
    values: dict[str, int | bool | datetime] = {
        "slot": slot.pk,
        "pupils": pupils,
        "starts_at": slot.starts_at,
        "ends_at": slot.ends_at,
        "terms": slot.terms,
        "now": now,
        "ignore_closing": ignore_closing,
    }
    with prepared_cursor() as cursor:  # the counters have no history
        cursor.execute(_TAKE, values)
        return bool(cursor.rowcount)


def grow(slot: VisitSlot, more: int, *, ignore_closing: bool = False) -> bool:
    """Take places for more pupils of a group that is there already, or say False. The caller has locked the slot."""
    now = timezone.now()
    slots = VisitSlot.objects.filter(
        pk=slot.pk, cancelled_at=None, starts_at__gt=now, pupils_taken__lte=F("pupils_capacity") - more
    )
    if not ignore_closing:
        slots = slots.filter(closes_at__gt=now)
    return bool(slots.update(pupils_taken=F("pupils_taken") + more))


def give_back(slot_id: int, pupils: int, *, groups: int = 1) -> None:
    """Free places; whoever stands in line gets them at once, so that no caller needs to know of the line.

    `groups=0` when a group stays and only grows smaller. First end or change the row that held the places.
    """
    VisitSlot.objects.filter(pk=slot_id).update(
        pupils_taken=F("pupils_taken") - pupils, groups_taken=F("groups_taken") - groups
    )
    flow_on(slot_id)


def let_in_before(slot: VisitSlot, school_class: SchoolClass) -> None:
    """Who was held back and has waited comes before a class that books just when the days are over.

    The sweep would do it within a minute. A refusal undoes it here, and the sweep does it again.
    """
    let_in = WaitingGroup.objects.in_turn().filter(slot=slot, not_before__isnull=False)
    if let_in.exclude(school_class=school_class).exists():
        flow_on(slot.pk)


def flow_on(slot_id: int) -> list[WaitingGroup]:
    """Offer what is free to the first groups in line that fit, and hold it for them; who got an offer.

    Called in the transaction that frees places, opens a time or adds room, under the slot's lock; the sweeper calls
    it once more. Without free places, or without a line, it does nothing.
    """
    line = WaitingGroup.objects.in_turn().filter(slot=slot_id)
    if not line.exists():
        return []
    bookable = VisitSlot.objects.bookable().select_for_update(no_key=True, of=("self",)).select_related("offer")
    slot = bookable.filter(pk=slot_id).with_region_rules().first()
    if slot is None:
        return []
    rules = fair_share.rules_of(slot.offer, slot.region_rules)
    offered = []
    for group in line.with_booker().select_for_update(no_key=True, of=("self",)).select_related("school_class__school"):
        now = timezone.now()
        fits = group.pupil_count <= slot.pupils_left and not fair_share.refusal(rules, slot, group.school_class)
        if fits and _try_to_take(slot, group.pupil_count, now, ignore_closing=False):
            slot.refresh_from_db(fields=["pupils_taken", "groups_taken"])
            group.state = WaitingState.OFFERED
            group.offered_at, group.offer_ends_at = now, hold_until(slot, now)
            group.save(update_fields=["state", "offered_at", "offer_ends_at"])
            waiting_emails.place_offered(group)
            offered.append(group)
    return offered
