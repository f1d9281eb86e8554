"""How far a host comes to a school for a guest lesson."""

from django.utils.translation import gettext as _

from core.distance import Point, kilometres
from core.errors import ActionRefused
from schools.models import School
from visits.models import VisitOffer


def check_reach(offer: VisitOffer, school: School) -> None:
    """Refuse a school that is farther away than the host comes. A school without a point is the host's to answer."""
    if offer.travel_km is None or school.point is None:
        return
    km = kilometres(Point(*offer.workplace.point), Point(*school.point))
    if km > offer.travel_km:
        raise ActionRefused(
            _(
                "The host comes to schools within %(reach)d km, and %(school)s is %(km)d km away. "
                "Choose another guest lesson, or a meeting on screen."
            )
            % {"reach": offer.travel_km, "school": school.name, "km": round(km)}
        )
