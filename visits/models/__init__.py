"""Fields, constraints, querysets and facts of one row. An offer is held at slots; bookings take places on them."""

from visits.models.bookings import BookingStep, VisitBooking, VisitBookingQuerySet, answer_deadline
from visits.models.changes import OfferChange
from visits.models.feeds import CalendarFeed
from visits.models.files import CheckedFile, CheckedFileQuerySet
from visits.models.messages import BookingMessage, takes_messages, with_unread
from visits.models.offers import VisitOffer, VisitPicture, VisitRule
from visits.models.questions import HostQuestion
from visits.models.slots import HAS_PLACES, VisitSlot, is_open
from visits.models.vetting import OfferVetting
from visits.models.waiting import WaitingGroup, WaitingGroupQuerySet, hold_until

__all__ = [
    "HAS_PLACES",
    "BookingMessage",
    "BookingStep",
    "CalendarFeed",
    "CheckedFile",
    "CheckedFileQuerySet",
    "HostQuestion",
    "OfferChange",
    "OfferVetting",
    "VisitBooking",
    "VisitBookingQuerySet",
    "VisitOffer",
    "VisitPicture",
    "VisitRule",
    "VisitSlot",
    "WaitingGroup",
    "WaitingGroupQuerySet",
    "answer_deadline",
    "hold_until",
    "is_open",
    "takes_messages",
    "with_unread",
]
