"""Book again: the times of the same visit for the class as it is now, or visits like it."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils import timezone

from accounts.permissions import school_staff
from accounts.requests import SignedInRequest
from core.access import GET_ONLY, access
from visits import again
from visits.models import VisitBooking


@access(school_staff, methods=GET_ONLY)
def booking_next(request: SignedInRequest, public_id: str) -> HttpResponse:
    """From an earlier booking to the form of a new one, which takes over what was written then."""
    bookings = VisitBooking.objects.of_schools_of(request.user).select_related(
        "school", "slot__offer__company", "slot__offer__workplace__municipality"
    )
    booking = get_object_or_404(bookings, public_id=public_id)
    offer = booking.slot.offer
    times = again.times_of(offer)
    group, _grade = again.moved_up(booking, timezone.now()) or ("", 0)
    context = {
        "booking": booking,
        "offer": offer,
        "is_there": again.is_to_be_had(offer),
        "times": times,
        "group": group,
        "similar": [] if times else again.similar_to(booking),
    }
    return TemplateResponse(request, "visits/after/again.html", context)
