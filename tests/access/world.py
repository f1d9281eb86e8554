"""Two worlds that know nothing of each other, and the people in them."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from django.core.files.base import ContentFile

from coordination.models import ImportRun
from notifications.models import InboxNotice, QueuedMail
from notifications.outbox import queue_mail
from regions.school_year import current_school_year
from tests.factories.accounts import InvitationFactory, JoinRequestFactory, UserFactory
from tests.factories.companies import (
    CompanyContactFactory,
    CompanyFactory,
    InterestInvitationFactory,
    WorkplaceFactory,
)
from tests.factories.coordination import GoalFactory
from tests.factories.regions import MunicipalityFactory, RegionFactory
from tests.factories.schools import SchoolClassFactory, SchoolContactFactory, SchoolFactory, SchoolOwnerFactory
from tests.factories.visits import (
    BookingMessageFactory,
    CheckedFileFactory,
    CoHostFactory,
    HostClosureFactory,
    HostQuestionFactory,
    OfferMaterialFactory,
    OfferVettingFactory,
    PlanStepFactory,
    VisitBookingFactory,
    VisitOfferFactory,
    VisitPictureFactory,
    VisitSlotFactory,
    WaitingGroupFactory,
)
from visits import emails, feeds
from visits.models import BookingNeeds, SavedSearch


@dataclass
class World:
    """One region with a company, a school and everything between them. `mark` stands in all that is not public."""

    mark: str
    people: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        def person(role: str, **changes: Any) -> Any:
            self.people[role] = UserFactory(name=f"{role} {self.mark}", **changes)
            return self.people[role]

        mark = self.mark
        self.municipality = MunicipalityFactory()
        self.region = RegionFactory(municipalities=[self.municipality])
        self.region.memberships.create(user=person("coordinator", second_factor=True), role="coordinator")
        self.region.memberships.create(user=person("editor"), role="editor")

        self.company = CompanyFactory(municipality=self.municipality, members=[person("host")])
        self.company.memberships.create(user=person("supervisor"), role="supervisor")
        # Contact persons of companies are shown to everybody who works at a school: no mark.
        self.contact = CompanyContactFactory(company=self.company)
        self.spare_contact = CompanyContactFactory(company=self.company)
        self.workplace = WorkplaceFactory(company=self.company)
        self.offer = VisitOfferFactory(company=self.company, workplace=self.workplace, contact=self.contact)
        self.draft = VisitOfferFactory(
            company=self.company, workplace=self.workplace, contact=self.contact, state="draft", title=f"Utkast {mark}"
        )
        self.vetting = OfferVettingFactory(
            offer__company=self.company,
            offer__workplace=self.workplace,
            offer__contact=self.contact,
            offer__title=f"Nytt {mark}",
        )
        self.material = OfferMaterialFactory(
            offer=self.offer,
            url="",
            file=CheckedFileFactory(name="public.pdf", file=ContentFile(b"%PDF", "m"), state="ready"),
        )
        self.co_host = CoHostFactory(offer=self.offer)
        self.asked_together = CoHostFactory(
            company=self.company, offer__title=f"Tillsammans {mark}", offer__state="draft"
        )
        self.closure = HostClosureFactory(company=self.company)
        self.question = HostQuestionFactory(company=self.company)
        self.slot = VisitSlotFactory(offer=self.offer, groups_capacity=3, pupils_capacity=90)
        self.spare_slot = VisitSlotFactory(offer=self.offer)
        self.picture = VisitPictureFactory(
            offer=self.offer, small=ContentFile(b"small", "s.webp"), large=ContentFile(b"large", "l.webp")
        )

        self.school_owner = SchoolOwnerFactory()
        self.school_owner.memberships.create(user=person("owner", second_factor=True), role="coordinator")
        self.school = SchoolFactory(municipality=self.municipality, owner=self.school_owner)
        self.school.memberships.create(user=person("counsellor"), role="counsellor")
        self.school.memberships.create(user=person("teacher"), role="teacher")
        self.plan_step = PlanStepFactory(school=self.school)
        self.goal = GoalFactory(region=self.region, name=f"Mål {mark}")
        self.school_contact = SchoolContactFactory(school=self.school, name=f"Skolkontakt {mark}")
        self.school_class = SchoolClassFactory(school=self.school, name=f"9{mark[:6]}")
        self.booking = VisitBookingFactory(
            slot=self.slot, school_class=self.school_class, requested_by=self.people["counsellor"], note=f"Obs {mark}"
        )
        BookingNeeds.objects.tell(self.booking, kinds=["quiet"], text=f"Behov {mark}")
        for side in ("school", "host"):
            message = BookingMessageFactory(booking=self.booking, side=side, text=f"Hej {mark}")
        self.file = CheckedFileFactory(name=f"{mark}.pdf", file=ContentFile(mark.encode(), "f"), state="ready")
        message.files.add(self.file)
        self.feed, self.feed_token = feeds.make_feed(self.people["counsellor"], "school", self.school)
        self.group_in_line = WaitingGroupFactory(
            slot=self.slot,
            school_class=SchoolClassFactory(school=self.school),
            requested_by=self.people["counsellor"],
            note=f"Kö {mark}",
        )
        self.interest = InterestInvitationFactory(
            company=CompanyFactory(municipality=self.municipality, joined_at=None), region=self.region
        )
        self.invitation = InvitationFactory(
            company=self.company, email=f"inbjuden-{mark.lower()}@mail.example", invited_by=self.people["host"]
        )
        self.join_request = JoinRequestFactory(company=self.company, message=f"Hej {mark}")
        self.import_run = ImportRun.objects.create(
            kind="se_schools", file_name=f"{mark}.json", region=self.region, started_by=self.people["coordinator"]
        )
        queue_mail(emails.UNANSWERED, to=self.people["counsellor"], about=self.booking, details={"side": "school"})
        self.mail = QueuedMail.objects.latest("pk")
        self.search = SavedSearch.objects.create(user=self.people["teacher"], query="q=svets", words=f"Svets {mark}")
        self.inbox_notice = InboxNotice.objects.create(
            user=self.people["counsellor"],
            kind="booking_unanswered",
            about_id=self.booking.pk,
            details={"side": "school"},
            title=f"Obs {mark}",
        )
        self.year = current_school_year()


def two_worlds() -> SimpleNamespace:
    """`ours` with a person for each role, `theirs` with one stranger who has every role there; and who is nowhere."""
    ours, theirs = World("GULSPARV"), World("KANARIE")
    stranger = UserFactory(name="Stranger", second_factor=True)
    theirs.company.memberships.create(user=stranger, role="owner")
    theirs.school.memberships.create(user=stranger, role="principal")
    theirs.region.memberships.create(user=stranger, role="coordinator")
    theirs.school_owner.memberships.create(user=stranger, role="coordinator")
    people = {"anonymous": None, "newcomer": UserFactory(name="Newcomer"), **ours.people, "stranger": stranger}
    people["administrator"] = UserFactory(name="Administrator", is_staff=True, is_superuser=True, second_factor=True)
    return SimpleNamespace(ours=ours, theirs=theirs, people=people)
