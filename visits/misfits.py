"""Groups in line for whom a visit has become too small, or otherwise not the right one, by what its host changes.

Groups that have been offered places are not among them: what is held for them stays held, as what a class has booked.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.errors import ActionRefused
from visits import ages, reach, waiting_actions
from visits.enums import Misfit, Part, WaitingState
from visits.models import VisitOffer, VisitSlot, WaitingGroup

# What of an offer decides whether a class may come.
DECIDING = [
    "workplace_id",
    "lowest_grade",
    "highest_grade",
    "group_min",
    "group_max",
    "hands_on_from",
    "younger_may_watch",
    "travel_km",
]


class Leaving(NamedTuple):
    """A group that must leave the line, and why."""

    group: WaitingGroup
    why: Misfit


def in_line_for(slot: VisitSlot) -> list[Leaving]:
    """Who waits for the slot and does not fit into it as it is in memory, changes not yet written included.

    The slot is locked; the groups are locked here.
    """
    line = WaitingGroup.objects.filter(slot=slot, state=WaitingState.WAITING).order_by("created_at", "pk")
    groups = line.with_booker().select_for_update(no_key=True, of=("self",)).select_related("school", "school_class")
    found = []
    for group in groups:
        group.slot = slot
        if why := misfit_of(group):
            found.append(Leaving(group, why))
    return found


def in_lines_for(offer: VisitOffer) -> list[Leaving]:
    """The same for all coming times of a locked offer, under the locks of these times: nobody slips in unseen."""
    coming = VisitSlot.objects.filter(offer=offer, starts_at__gt=timezone.now(), cancelled_at=None).order_by("pk")
    found = []
    for slot in list(coming.select_for_update(no_key=True)):
        slot.offer = offer
        found += in_line_for(slot)
    return found


def take_out(leaving: Iterable[Leaving]) -> None:
    """Out of the line, and told why and which other times have room."""
    for group, why in leaving:
        waiting_actions.take_out(group, why=why)


def in_words(leaving: Sequence[Leaving]) -> list[str]:
    """For the host, before it saves: how many groups, and which."""
    if not leaving:
        return []
    first = ngettext(
        "%(count)d group in line no longer fits. It is taken out of the line and told why:",
        "%(count)d groups in line no longer fit. They are taken out of the line and told why:",
        len(leaving),
    ) % {"count": len(leaving)}
    names = [
        _("%(group)s, %(school)s (%(pupils)d pupils)")
        % {"group": group.group_name, "school": group.school.name, "pupils": group.pupil_count}
        for group, _why in leaving
    ]
    return [f"{first} {'; '.join(names)}"]


def misfit_of(group: WaitingGroup) -> Misfit | None:
    """Why the group could not come even if all places were free. None when it could."""
    slot, offer = group.slot, group.slot.offer
    if group.pupil_count > slot.pupils_capacity:
        return Misfit.PLACES
    if not offer.group_min <= group.pupil_count <= offer.group_max:
        return Misfit.SIZE
    if not offer.lowest_grade <= group.grade <= offer.highest_grade:
        return Misfit.GRADES
    if not offer.younger_may_watch and ages.part_of_class(slot, group.school_class) == Part.WATCH:
        return Misfit.AGE
    try:
        reach.check_reach(offer, group.school)
    except ActionRefused:
        return Misfit.REACH
    return None
