"""The sums that must always be true of places (RELIABILITY §1): asked every night, and by every test with a race in it.

Whatever holds places must be named in `_HELD`, once for each slot where it holds them.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection
from django.db.models import F, Q

from visits import fair_share
from visits.models import VisitSlot, WaitingGroup


@dataclass(frozen=True)
class Difference:
    """A slot whose counters do not say what its bookings and held places add up to."""

    slot: str  # its public id
    counted: tuple[int, int]  # pupils and groups, as the slot's counters have them
    held: tuple[int, int]  # the same, added up


_HELD = """
    SELECT slot_id, pupil_count FROM visits_visitbooking WHERE state IN ('pending', 'proposed', 'confirmed')
    UNION ALL
    SELECT proposed_slot_id, pupil_count FROM visits_visitbooking
    WHERE state IN ('pending', 'proposed', 'confirmed') AND proposed_slot_id IS NOT NULL
    UNION ALL
    SELECT asked_slot_id, pupil_count FROM visits_visitbooking
    WHERE state IN ('pending', 'proposed', 'confirmed') AND asked_slot_id IS NOT NULL
    UNION ALL
    SELECT slot_id, pupil_count FROM visits_waitinggroup WHERE state = 'offered'
"""

# One statement: a booking made meanwhile is in both figures or in none.
_DIFFERENCES = f"""
    WITH held AS ({_HELD}),
        sums AS (SELECT slot_id, sum(pupil_count) AS pupils, count(*) AS groups FROM held GROUP BY slot_id)
    SELECT slot.public_id, slot.pupils_taken, slot.groups_taken, coalesce(sums.pupils, 0), coalesce(sums.groups, 0)
    FROM visits_visitslot AS slot LEFT JOIN sums ON sums.slot_id = slot.id
    WHERE (slot.pupils_taken, slot.groups_taken) <> (coalesce(sums.pupils, 0), coalesce(sums.groups, 0))
    ORDER BY slot.id
"""  # noqa: S608 - put together from our own text only


def check_sums() -> list[Difference]:
    """Every slot whose counters and bookings disagree. Anything but an empty list is a defect."""
    with connection.cursor() as cursor:
        cursor.execute(_DIFFERENCES)
        rows = cursor.fetchall()
    return [Difference(slot, (pupils, groups), (int(held), of)) for slot, pupils, groups, held, of in rows]


def stranded_groups(slots: Iterable[VisitSlot] | None = None) -> list[WaitingGroup]:
    """Groups in line that fit into places nobody holds. Only for as long as the sweep takes may there be any.

    A group whose school or class has used its share waits beside free places by right.
    """
    bookable = VisitSlot.objects.bookable().with_places()
    if slots is not None:
        bookable = bookable.filter(pk__in=[slot.pk for slot in slots])
    fits = Q(pupil_count__lte=F("slot__pupils_capacity") - F("slot__pupils_taken"))
    groups = WaitingGroup.objects.in_turn().filter(fits, slot__in=bookable).select_related("school_class__school")
    return [
        group
        for group in groups.select_related("slot__offer")
        if not fair_share.refusal(fair_share.rules_at(group.slot), group.slot, group.school_class)
    ]
