"""Days on which a host takes no visits. What has been booked on them stands: the host moves or cancels it itself."""

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from companies.models import Company
from core.dates import midnight
from core.errors import ActionRefused
from visits.models import HostClosure, VisitSlot

MOST = 60  # coming ones: more would be a timetable


@transaction.atomic
def block_days(closure: HostClosure) -> HostClosure:
    """Keep the days as blocked; the same ones sent twice are kept once, with the first reason."""
    Company.objects.select_for_update(no_key=True).get(pk=closure.company_id)
    same = HostClosure.objects.filter(
        company=closure.company_id,
        workplace=closure.workplace_id,
        first_day=closure.first_day,
        last_day=closure.last_day,
    )
    if existing := same.first():
        return existing
    if HostClosure.objects.coming().filter(company=closure.company_id).count() >= MOST:
        raise ActionRefused(
            _("You have blocked days %(count)d times already. Write longer periods, or remove some.") % {"count": MOST}
        )
    closure.save()
    return closure


def times_on(closures: Sequence[HostClosure]) -> dict[HostClosure, list[VisitSlot]]:
    """The coming times that lie on blocked days, of closures of one company. One query, however many they are."""
    found: dict[HostClosure, list[VisitSlot]] = {closure: [] for closure in closures}
    if not closures:
        return found
    slots = VisitSlot.objects.upcoming().filter(
        offer__company=closures[0].company_id,
        starts_at__lt=midnight(max(closure.last_day for closure in closures) + timedelta(days=1)),
        ends_at__gt=midnight(min(closure.first_day for closure in closures)),
    )
    for slot in slots.select_related("offer").order_by("starts_at", "pk"):
        for closure, here in found.items():
            if closure.blocks(slot):
                here.append(slot)
    return found
