"""What the first page shows to everybody: the newest offers and three figures, counted when asked."""

from dataclasses import dataclass

from django.db.models import F, Sum

from companies.models import Company
from regions.school_year import current_school_year, first_day
from visits.enums import BookingState
from visits.models import VisitBooking, VisitOffer, VisitSlot

NEWEST = 3


@dataclass(frozen=True)
class Figures:
    """Companies anyone can find, places for pupils that can be booked now, visits confirmed this school year."""

    companies: int
    places: int
    visits: int


def newest_offers() -> list[VisitOffer]:
    return list(
        VisitOffer.objects.published()
        .select_related("company", "workplace__municipality")
        .order_by("-published_at", "-pk")[:NEWEST]
    )


def figures() -> Figures:
    places = VisitSlot.objects.bookable().with_places().aggregate(left=Sum(F("pupils_capacity") - F("pupils_taken")))
    return Figures(
        companies=Company.objects.listed().count(),
        places=places["left"] or 0,
        visits=VisitBooking.objects.filter(
            state=BookingState.CONFIRMED, slot__starts_at__date__gte=first_day(current_school_year())
        ).count(),
    )
