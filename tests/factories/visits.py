import uuid
from datetime import timedelta

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyContactFactory, CompanyFactory, WorkplaceFactory
from tests.factories.schools import SchoolClassFactory, SchoolFactory
from visits.enums import LIVE_STATES, WaitingState
from visits.models import (
    BookingMessage,
    CheckedFile,
    CoHost,
    HostClosure,
    HostQuestion,
    OfferMaterial,
    OfferVetting,
    PlanStep,
    VisitBooking,
    VisitOffer,
    VisitPicture,
    VisitRule,
    VisitSlot,
    WaitingGroup,
)


def let_work_at(school, user):
    """Who books for a class works at its school."""
    school.memberships.get_or_create(user=user, defaults={"role": "teacher"})


class VisitOfferFactory(DjangoModelFactory):
    """A published offer of a joined company, answered by hand."""

    class Meta:
        model = VisitOffer

    company = factory.SubFactory(CompanyFactory)
    workplace = factory.LazyAttribute(lambda o: o.company.workplaces.first() or WorkplaceFactory(company=o.company))
    contact = factory.LazyAttribute(lambda o: o.company.contacts.first() or CompanyContactFactory(company=o.company))
    state = "published"
    published_at = factory.LazyFunction(timezone.now)
    title = factory.Sequence(lambda n: f"See how we weld {n:05}")  # as text in the order in which they were made
    summary = "A walk through the hall and a try at the welding table."
    programme_of_day = "Safety gear on\nWalk through the hall\nTry welding"
    languages = ["sv"]


class CoHostFactory(DjangoModelFactory):
    """A host that has been asked to hold another one's visit together."""

    class Meta:
        model = CoHost

    offer = factory.SubFactory(VisitOfferFactory)
    company = factory.SubFactory(CompanyFactory)


class VisitRuleFactory(DjangoModelFactory):
    class Meta:
        model = VisitRule

    offer = factory.SubFactory(VisitOfferFactory)
    kind = "safety"
    text = "Closed shoes are needed in the hall."


class OfferVettingFactory(DjangoModelFactory):
    """An offer that waits for the region."""

    class Meta:
        model = OfferVetting

    offer = factory.SubFactory("tests.factories.visits.VisitOfferFactory", state="waiting", published_at=None)


class HostQuestionFactory(DjangoModelFactory):
    class Meta:
        model = HostQuestion

    company = factory.SubFactory(CompanyFactory)
    text = "Which shoe sizes do you need?"


class HostClosureFactory(DjangoModelFactory):
    """A week a month from now."""

    class Meta:
        model = HostClosure

    company = factory.SubFactory(CompanyFactory)
    first_day = factory.LazyFunction(lambda: timezone.localdate() + timedelta(days=30))
    last_day = factory.LazyAttribute(lambda o: o.first_day + timedelta(days=6))
    reason = "Summer holiday"


class VisitPictureFactory(DjangoModelFactory):
    """An upload that waits for the worker, or not even that: `original` is the file."""

    class Meta:
        model = VisitPicture

    offer = factory.SubFactory(VisitOfferFactory)
    alt_text = "A pupil welds beside a supervisor."


class VisitSlotFactory(DjangoModelFactory):
    """A slot three to four weeks from now for 30 pupils in one group, open for booking."""

    class Meta:
        model = VisitSlot

    offer = factory.SubFactory(VisitOfferFactory)
    starts_at = factory.Sequence(
        lambda n: (
            # Within a week however many slots a run has made: a test's slot never drifts into another school year.
            (timezone.now() + timedelta(days=21)).replace(minute=0, second=0, microsecond=0)
            + timedelta(hours=3 * (n % 56))
        )
    )
    ends_at = factory.LazyAttribute(lambda o: o.starts_at + timedelta(hours=2))
    pupils_capacity = 30
    groups_capacity = 1
    opens_at = factory.LazyFunction(lambda: timezone.now() - timedelta(days=1))
    closes_at = factory.LazyAttribute(lambda o: o.starts_at - timedelta(days=1))
    cancel_by = factory.LazyAttribute(lambda o: o.starts_at - timedelta(days=3))


class VisitBookingFactory(DjangoModelFactory):
    """A request that waits for the host's answer. The slot's counters follow, as they do in the actions."""

    class Meta:
        model = VisitBooking

    slot = factory.SubFactory(VisitSlotFactory)
    school_class = factory.SubFactory(SchoolClassFactory)
    school = factory.LazyAttribute(lambda o: o.school_class.school)
    group_name = factory.LazyAttribute(lambda o: o.school_class.name)
    grade = factory.LazyAttribute(lambda o: o.school_class.grade)
    pupil_count = factory.LazyAttribute(lambda o: o.school_class.pupil_count)
    requested_by = factory.SubFactory(UserFactory)
    phone = "0707654321"
    answer_by = factory.LazyFunction(lambda: timezone.now() + timedelta(days=7))
    during = factory.LazyAttribute(lambda o: (o.slot.starts_at, o.slot.ends_at))
    request_key = factory.LazyFunction(uuid.uuid4)

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        booking = super()._create(model_class, *args, **kwargs)
        for slot in {booking.slot, booking.proposed_slot, booking.asked_slot} - {None}:
            if booking.state in LIVE_STATES:
                slot.pupils_taken += booking.pupil_count
                slot.groups_taken += 1
                slot.save(update_fields=["pupils_taken", "groups_taken"])
        booking.steps.create(to_state=booking.state, side="school", by=booking.requested_by)
        let_work_at(booking.school, booking.requested_by)
        booking.refresh_from_db()
        return booking


class BookingMessageFactory(DjangoModelFactory):
    """What the school has written to the host, not read yet."""

    class Meta:
        model = BookingMessage

    booking = factory.SubFactory(VisitBookingFactory)
    side = "school"
    by = factory.LazyAttribute(lambda o: o.booking.requested_by if o.side == "school" else None)
    text = "Where does the bus park?"
    request_key = factory.LazyFunction(uuid.uuid4)


class CheckedFileFactory(DjangoModelFactory):
    """A file that waits to be looked through, or not even that: `upload` is what came."""

    class Meta:
        model = CheckedFile

    name = "bus.pdf"
    kind = "pdf"
    size = 1


class OfferMaterialFactory(DjangoModelFactory):
    class Meta:
        model = OfferMaterial

    offer = factory.SubFactory(VisitOfferFactory)
    time = "before"
    title = "A film about gears"
    url = "https://film.example/gears"


class PlanStepFactory(DjangoModelFactory):
    class Meta:
        model = PlanStep

    school = factory.SubFactory(SchoolFactory)
    grade = 9
    term = "autumn"
    kind = "company_visit"


class WaitingGroupFactory(DjangoModelFactory):
    """A class in line. One that is `offered` places holds them, as it does in the actions."""

    class Meta:
        model = WaitingGroup

    slot = factory.SubFactory(VisitSlotFactory)
    school_class = factory.SubFactory(SchoolClassFactory)
    school = factory.LazyAttribute(lambda o: o.school_class.school)
    group_name = factory.LazyAttribute(lambda o: o.school_class.name)
    grade = factory.LazyAttribute(lambda o: o.school_class.grade)
    pupil_count = factory.LazyAttribute(lambda o: o.school_class.pupil_count)
    requested_by = factory.SubFactory(UserFactory)
    misfit = factory.LazyAttribute(lambda o: "places" if getattr(o, "state", "") == WaitingState.NO_FIT else "")
    phone = "0707654321"
    request_key = factory.LazyFunction(uuid.uuid4)

    class Params:
        is_offered = factory.Trait(
            state="offered",
            offered_at=factory.LazyFunction(timezone.now),
            offer_ends_at=factory.LazyFunction(lambda: timezone.now() + timedelta(hours=48)),
        )

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        group = super()._create(model_class, *args, **kwargs)
        let_work_at(group.school, group.requested_by)
        if group.state == WaitingState.OFFERED:
            group.slot.pupils_taken += group.pupil_count
            group.slot.groups_taken += 1
            group.slot.save(update_fields=["pupils_taken", "groups_taken"])
        group.refresh_from_db()
        return group
