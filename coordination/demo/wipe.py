"""Takes the demo away, and nothing else.

What is invented is marked: companies by `is_demo`, schools by their source, classes by their public id, people and
regions by their address under .example. What hangs on an invented company or school goes with it, whoever made it; a
real school the demo only used stays, with all that is not of the demo.
"""

from typing import Any

from django.db.models import ProtectedError, Q, QuerySet

from accounts.models import Invitation, User
from companies.models import Company, InterestInvitation, Workplace
from coordination.demo.numbers import OWNER_RANGES
from coordination.demo.people import DOMAIN
from coordination.demo.world import MARK, SOURCE
from coordination.models import ImportRun
from core.errors import ActionRefused
from regions.models import Region
from schools.models import School, SchoolClass, SchoolContact, SchoolOwner
from visits.models import VisitBooking, VisitOffer, VisitSlot, WaitingGroup


def is_loaded() -> bool:
    return Region.objects.filter(email__endswith=f"@{DOMAIN}").exists()


def wipe() -> None:
    """Delete every row of the demo. Refused when something that is not of the demo depends on it."""
    people = User.objects.filter(email__endswith=f"@{DOMAIN}")
    regions = Region.objects.filter(email__endswith=f"@{DOMAIN}")
    schools = School.objects.filter(is_demo=True, source=SOURCE)
    classes = SchoolClass.objects.filter(Q(school__in=schools) | Q(public_id__startswith=MARK))
    owners = Q()
    for country, prefix in OWNER_RANGES.items():
        owners |= Q(country=country, org_number__startswith=prefix)
    try:
        # By number: right after loading, the database has no statistics and plans the joins badly.
        slots = VisitSlot.objects.filter(pk__in=_numbers(VisitSlot.objects.filter(offer__company__is_demo=True)))
        of_demo = (
            Q(slot__in=_numbers(slots)) | Q(school_class__in=_numbers(classes)) | Q(requested_by__in=_numbers(people))
        )
        WaitingGroup.objects.filter(of_demo).delete()
        VisitBooking.objects.filter(of_demo).delete()
        slots.delete()
        VisitOffer.objects.filter(company__is_demo=True).delete()
        InterestInvitation.objects.filter(region__in=regions).delete()
        runs = ImportRun.objects.filter(Q(region__in=regions) | Q(started_by__in=people))
        runs.exclude(rehearsal=None).delete()  # they point to their dry runs
        runs.delete()
        Workplace.objects.filter(company__is_demo=True).delete()
        Company.objects.filter(is_demo=True).delete()
        classes.delete()
        Invitation.objects.filter(invited_by__in=people).delete()
        SchoolContact.objects.filter(email__endswith=f"@{DOMAIN}").delete()
        schools.delete()
        School.objects.filter(is_demo=True).update(is_demo=False)
        SchoolOwner.objects.filter(owners).delete()
        people.delete()
        regions.delete()
    except ProtectedError as error:
        kept = ", ".join(sorted({row._meta.label for row in error.protected_objects}))
        raise ActionRefused(f"Something outside the demo depends on it: {kept}. Nothing was deleted.") from error


def _numbers(rows: QuerySet[Any]) -> list[int]:
    return list(rows.values_list("pk", flat=True))
