"""Requests that wait for an answer, as the region sees them: what is stuck, with whom, since when."""

from django.db.models import Case, DateTimeField, DurationField, ExpressionWrapper, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.bounces import with_bounces
from regions.models import Municipality, Region
from visits.enums import BookingState
from visits.models import VisitBooking


def waiting_in(regions: QuerySet[Region]) -> QuerySet[VisitBooking]:
    """Requests and questions to hosts in the regions, and times proposed to schools there; the shortest time first."""
    covered = Municipality.objects.filter(regions__in=regions).values("pk")
    waiting = (
        VisitBooking.objects.filter(
            Q(state=BookingState.PENDING, slot__offer__workplace__municipality__in=covered)
            | Q(state=BookingState.PROPOSED, school__municipality__in=covered)
            | Q(asked_slot__isnull=False, slot__offer__workplace__municipality__in=covered)
        )
        .select_related("school", "slot__offer__company", "slot__offer__contact", "contact")
        .order_by(Coalesce("asked_until", "answer_by"), "pk")
    )
    # Whom the question went to: mail that comes back is why nobody answers.
    asked = Case(
        When(state=BookingState.PROPOSED, then="requested_by__email"),
        default=Coalesce("contact__email", "slot__offer__contact__email"),
    )
    return with_bounces(waiting.alias(asked_email=asked), "asked_email")


def past_half_time(bookings: QuerySet[VisitBooking]) -> QuerySet[VisitBooking]:
    """Those that have used up half of the time they had for an answer: `waiting_since` in SQL."""
    now = timezone.now()
    since = Coalesce("asked_at", "answered_at", "requested_at")
    waited = ExpressionWrapper(Value(now) - since, output_field=DurationField())
    return bookings.alias(waits_until_at=Coalesce("asked_until", "answer_by")).filter(
        waits_until_at__lte=ExpressionWrapper(Value(now) + waited, output_field=DateTimeField()),
    )
