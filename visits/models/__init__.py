"""Fields, constraints, querysets and facts of one row. An offer is held at slots; bookings take places on them."""

from visits.models.bookings import BookingStep, VisitBooking, VisitBookingQuerySet, answer_deadline
from visits.models.offers import VisitOffer, VisitPicture, VisitRule
from visits.models.questions import HostQuestion
from visits.models.slots import HAS_PLACES, VisitSlot, is_open

__all__ = [
    "HAS_PLACES",
    "BookingStep",
    "HostQuestion",
    "VisitBooking",
    "VisitBookingQuerySet",
    "VisitOffer",
    "VisitPicture",
    "VisitRule",
    "VisitSlot",
    "answer_deadline",
    "is_open",
]
