"""The host's list for one booking: what to see to before a class comes, ticked off by its people, for them alone."""

from collections.abc import Collection
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from core.errors import ActionRefused
from visits.enums import CHECKS_AFTER, BookingState, CheckItem
from visits.models import HostCheck, VisitBooking


class Line(NamedTuple):
    item: CheckItem
    is_done: bool


class Checklist(NamedTuple):
    before: list[Line]
    after: list[Line]

    @property
    def done(self) -> int:
        return sum(line.is_done for line in self.before)

    @property
    def left(self) -> list[CheckItem]:
        """What is to be seen to before the visit."""
        return [line.item for line in self.before if not line.is_done]


def checklist_of(booking: VisitBooking) -> Checklist | None:
    """None while the visit is not agreed."""
    if booking.state != BookingState.CONFIRMED:
        return None
    done = {check.item for check in booking.checks.all()}
    return Checklist(
        before=[Line(item, item in done) for item in booking.slot.offer.checks],
        after=[Line(item, item in done) for item in CHECKS_AFTER],
    )


@transaction.atomic
def save(booking: VisitBooking, *, ticked: Collection[str], were_ticked: Collection[str]) -> None:
    """Write what somebody changed on a page that showed `were_ticked`. What a colleague ticked meanwhile stays."""
    current = VisitBooking.objects.select_for_update(no_key=True).get(pk=booking.pk)
    if current.state != BookingState.CONFIRMED:
        raise ActionRefused(_("The visit is not agreed any more, so there is nothing to prepare."))
    known = {*booking.slot.offer.checks, *CHECKS_AFTER}
    new = [HostCheck(booking=current, item=item) for item in known if item in ticked and item not in were_ticked]
    HostCheck.objects.bulk_create(new, ignore_conflicts=True)
    current.checks.filter(item__in={*were_ticked} - {*ticked}).delete()
