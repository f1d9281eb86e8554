"""This week at your gate: Monday at seven local time, to those who answer for a company, if there is something."""

from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from companies.models import Company
from visits import digest_emails
from visits.enums import BookingState
from visits.models import FollowUp, VisitBooking

FROM, UNTIL = time(7), time(19)  # after an outage still on the same day, never on another


def plan_digests() -> None:
    """On Mondays, write the mail of every company with something in its week. Running twice writes nothing twice."""
    local = timezone.localtime()
    if local.weekday() != 0 or not FROM <= local.time() < UNTIL:
        return
    monday = local.date()
    wanted = Q(pk__in=coming_in(monday).values("slot__offer__company")) | Q(
        pk__in=waiting().values("slot__offer__company")
    )
    wanted |= Q(pk__in=wishes().values("booking__slot__offer__company"))
    for company in Company.objects.listed().filter(wanted).iterator(chunk_size=500):
        with transaction.atomic():
            digest_emails.week_at_gate(company, monday=monday, expires_at=_at(monday, UNTIL))


def coming_in(monday: date) -> QuerySet[VisitBooking]:
    """Confirmed visits of the week that are not over yet."""
    return VisitBooking.objects.filter(
        state=BookingState.CONFIRMED,
        slot__ends_at__gt=timezone.now(),
        slot__starts_at__gte=_at(monday, time.min),
        slot__starts_at__lt=_at(monday + timedelta(days=7), time.min),
    ).order_by("slot__starts_at", "pk")


def waiting() -> QuerySet[VisitBooking]:
    """Requests that can still be answered."""
    return VisitBooking.objects.pending().filter(answer_by__gt=timezone.now()).order_by("answer_by", "pk")


def wishes() -> QuerySet[FollowUp]:
    """What pupils wish for after a visit, and nobody has answered."""
    return FollowUp.objects.unanswered().order_by("wished_at", "pk")


def _at(day: date, hour: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, hour))
