"""What came after the visits of the autumn: who came, how it was, what pupils wish for, what people keep on a list."""

from datetime import timedelta

from django.utils import translation

from coordination.demo.people import PARTNERS
from coordination.demo.world import MARK, World
from visits.enums import Attendance, BookingState, FollowUpKind, FollowUpState, Side
from visits.models import Favourite, FavouriteHost, FollowUp, VisitBooking, VisitFeedback, VisitOffer, VisitOutcome
from visits.wishes import save_search

_TOLD_AFTER = timedelta(days=3)  # what ended since still waits for the host's word
_ANSWERS = [5, 5, 4, 4, 4, 3, 5, 4, 2, 5]
_FAVOURITES = 4


def make_afterwards(world: World) -> None:
    """In turn, so that every kind of answer is there whatever the dice have thrown before."""
    over = VisitBooking.objects.filter(
        public_id__startswith=MARK, state=BookingState.CONFIRMED, slot__ends_at__lt=world.now - _TOLD_AFTER
    ).select_related("slot__offer__company")
    outcomes: list[VisitOutcome] = []
    feedback: list[VisitFeedback] = []
    for number, booking in enumerate(over.order_by("slot__starts_at", "public_id")):
        told_at = booking.slot.ends_at + timedelta(hours=20)
        came, attendance = booking.pupil_count, Attendance.CAME
        if number % 23 == 22:
            came, attendance = 0, Attendance.NO_SHOW
        elif number % 4 == 3 and came > 2:
            came, attendance = came - 1 - number % 2, Attendance.FEWER
        outcomes.append(VisitOutcome(booking=booking, attendance=attendance, pupils_came=came, told_at=told_at))
        for side in Side.SCHOOL, Side.HOST:
            if attendance != Attendance.NO_SHOW and (number + len(side)) % 6:
                visit, fit, information = (_ANSWERS[(number * step + len(side)) % len(_ANSWERS)] for step in (1, 3, 7))
                given_by = booking.requested_by_id if side == Side.SCHOOL else None
                feedback.append(
                    VisitFeedback(
                        booking=booking,
                        side=side,
                        visit=visit,
                        fit=fit,
                        information=information,
                        given_by_id=given_by,
                        given_at=told_at,
                    )
                )
    world.store(outcomes)
    world.store(feedback)
    _make_follow_ups(world, outcomes)


def _make_follow_ups(world: World, outcomes: list[VisitOutcome]) -> None:
    """For each of the demo's companies the latest visits: one wish answered, the others not yet."""
    wishes: list[FollowUp] = []
    for company in PARTNERS:
        came = [
            outcome.booking
            for outcome in outcomes
            if outcome.pupils_came and outcome.booking.slot.offer.company.name == company
        ]
        for number, (booking, kind) in enumerate(zip(came[-3:], FollowUpKind, strict=False)):
            wishes.append(
                FollowUp(
                    public_id=world.public_id(),
                    booking=booking,
                    kind=kind,
                    state=FollowUpState.OPEN if number else FollowUpState.WELCOME,
                    wished_by_id=booking.requested_by_id,
                    wished_at=world.now - timedelta(days=2),
                    answered_at=None if number else world.now - timedelta(days=1),
                )
            )
    world.store(wishes)


def make_lists(world: World) -> None:
    """Each school's people keep visits of their region, and are told of what comes for grade 8."""
    favourites: list[Favourite] = []
    hosts: list[FavouriteHost] = []
    published = list(
        VisitOffer.objects.published().filter(company__is_demo=True).order_by("public_id").select_related("workplace")
    )
    for company, school in PARTNERS.items():
        region = world.region_of[str(world.companies[company].municipality_id)]
        near = [offer for offer in published if world.region_of.get(str(offer.workplace.municipality_id)) == region]
        for user in world.school_users[school][:2]:
            favourites += [
                Favourite(user=user, offer=offer, created_at=world.now - timedelta(days=day))
                for day, offer in enumerate(near[:_FAVOURITES])
            ]
            hosts.append(FavouriteHost(user=user, company=world.companies[company], created_at=world.now))
            with translation.override(user.language):
                save_search(user, "grade=8")
    world.store(favourites)
    world.store(hosts)
