"""Fields, constraints, querysets and facts of one row. An offer is held at slots; bookings take places on them."""

from visits.models.afterwards import (
    FEWEST_FOR_AVERAGES,
    VisitFeedback,
    VisitOutcome,
    can_be_told,
    got_a_visit,
    is_over,
)
from visits.models.bookings import BookingStep, VisitBooking, VisitBookingQuerySet, answer_deadline
from visits.models.changes import OfferChange
from visits.models.checks import HostCheck
from visits.models.closed_days import HostClosure
from visits.models.co_hosts import CoHost
from visits.models.feeds import CalendarFeed
from visits.models.files import CheckedFile, CheckedFileQuerySet
from visits.models.follow_ups import FollowUp
from visits.models.materials import OfferMaterial
from visits.models.messages import BookingMessage, takes_messages, with_unread
from visits.models.needs import BookingNeeds, needs_of
from visits.models.offers import MOST_BUFFER, VisitOffer, VisitPicture, VisitRule
from visits.models.plans import PlanStep
from visits.models.questions import HostQuestion
from visits.models.search_rows import SearchOccupations, SearchRow, SearchText, SearchTraits
from visits.models.slots import HAS_PLACES, VisitSlot, is_open
from visits.models.vetting import OfferVetting
from visits.models.waiting import WaitingGroup, WaitingGroupQuerySet, hold_until
from visits.models.wishes import Favourite, FavouriteHost, FoundOffer, SavedSearch

__all__ = [
    "FEWEST_FOR_AVERAGES",
    "HAS_PLACES",
    "MOST_BUFFER",
    "BookingMessage",
    "BookingNeeds",
    "BookingStep",
    "CalendarFeed",
    "CheckedFile",
    "CheckedFileQuerySet",
    "CoHost",
    "Favourite",
    "FavouriteHost",
    "FollowUp",
    "FoundOffer",
    "HostCheck",
    "HostClosure",
    "HostQuestion",
    "OfferChange",
    "OfferMaterial",
    "OfferVetting",
    "PlanStep",
    "SavedSearch",
    "SearchOccupations",
    "SearchRow",
    "SearchText",
    "SearchTraits",
    "VisitBooking",
    "VisitBookingQuerySet",
    "VisitFeedback",
    "VisitOffer",
    "VisitOutcome",
    "VisitPicture",
    "VisitRule",
    "VisitSlot",
    "WaitingGroup",
    "WaitingGroupQuerySet",
    "answer_deadline",
    "can_be_told",
    "got_a_visit",
    "hold_until",
    "is_open",
    "is_over",
    "needs_of",
    "takes_messages",
    "with_unread",
]
