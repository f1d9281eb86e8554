"""What the start page shows each person: first what needs them, then what is coming, then where to go on.

Every section is found by a fixed number of queries, whatever the number of its rows.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import IntEnum
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.enums import JOINABLE_KINDS, MANAGING_ROLES, JoinState, OrganisationKind, Role
from accounts.models import JoinRequest, User
from accounts.organisations import where_answering
from accounts.permissions import roles_of
from companies.models import Company, InterestAnswer, InterestInvitation
from coordination.enums import ImportState
from coordination.models import KEEP_FILES_FOR, ImportRun
from coordination.stuck import past_half_time, waiting_in
from regions.models import Municipality, Region
from regions.school_year import current_school_year
from schools.models import School, SchoolClass, SchoolOwner
from visits.enums import BookingState, OfferState
from visits.models import (
    BookingMessage,
    CoHost,
    FollowUp,
    OfferVetting,
    VisitBooking,
    VisitBookingQuerySet,
    VisitOffer,
    VisitSlot,
    WaitingGroup,
)

Roles = set[tuple[OrganisationKind, Role]]

ROWS = 6  # more are one click away
AT_THE_GATE = timedelta(days=7)
SUPERVISORS_SEE = timedelta(days=14)
COMING = timedelta(weeks=6)


class Urgency(IntEnum):
    """The order of the page."""

    NEEDS_ME = 1
    COMING = 2
    TO_FINISH = 3
    GO_ON = 4


@dataclass
class Section:
    """One block of the page: its rows, drawn by templates/coordination/_start_<key>.html."""

    key: str
    title: str | Promise
    urgency: Urgency
    rows: Sequence[Any] = ()
    total: int = 0
    empty: str | Promise = ""  # said when there are no rows; without it an empty section is left out
    empty_url: str = ""  # where to go instead, and what the link says
    empty_action: str | Promise = ""
    url_name: str = ""  # where all of them are
    more: str | Promise = ""
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def template(self) -> str:
        return f"coordination/_start_{self.key}.html"


def sections_for(user: User) -> list[Section]:
    """All that concerns the user, in the order in which it needs them."""
    mine = roles_of(user)
    found: list[Section] = []
    if _at(mine, OrganisationKind.SCHOOL) or _at(mine, OrganisationKind.COMPANY, Role.OWNER, Role.CONTACT):
        found += [_unread_messages(user)]
    if _at(mine, OrganisationKind.SCHOOL):
        found += _for_schools(user)
    if _at(mine, OrganisationKind.COMPANY, Role.OWNER, Role.CONTACT):
        found += _for_hosts(user)
    elif _at(mine, OrganisationKind.COMPANY):
        found += [_at_the_gate(user, SUPERVISORS_SEE, _("Who comes in the next two weeks"))]
    if _at(mine, OrganisationKind.SCHOOL_OWNER):
        found += _for_school_owners(user)
    if _at(mine, OrganisationKind.REGION):
        found += _for_regions(user, is_coordinator=_at(mine, OrganisationKind.REGION, Role.COORDINATOR))
    found += _newcomers(user, mine)
    shown = [section for section in found if section.rows or section.empty]
    return sorted(shown, key=lambda section: (section.urgency, not section.rows))


def my_requests(user: User) -> list[JoinRequest]:
    """Where the user waits to be let in."""
    return list(JoinRequest.objects.pending().filter(user=user).select_related(*OrganisationKind.values))


def needs_me(sections: Iterable[Section]) -> int:
    return sum(section.total for section in sections if section.urgency == Urgency.NEEDS_ME)


def _at(mine: Roles, kind: OrganisationKind, *roles: Role) -> bool:
    return any(own_kind == kind and (not roles or role in roles) for own_kind, role in mine)


def _section(key: str, title: str | Promise, urgency: Urgency, rows: QuerySet[Any], **more: Any) -> Section:
    """The first rows and how many there are in all."""
    return Section(key, title, urgency, rows=list(rows[:ROWS]), total=rows.count(), **more)


def _newcomers(user: User, mine: Roles) -> list[Section]:
    """People who want to join where the user lets in: asked only of those who let somebody in somewhere."""
    kinds = {kind for kind, role in mine if role in MANAGING_ROLES[kind]}
    if OrganisationKind.REGION in kinds:
        kinds.add(OrganisationKind.SCHOOL)
    kinds &= set(JOINABLE_KINDS)
    if not kinds:
        return []
    answering = Q()
    for kind in sorted(kinds):
        answering |= Q(**{f"{kind.value}__in": where_answering(kind, user)})
    asked = JoinRequest.objects.filter(answering, state=JoinState.PENDING).select_related(
        "user", *OrganisationKind.values
    )
    return [_section("newcomers", _("People waiting to be let in"), Urgency.NEEDS_ME, asked)]


def _bookings() -> VisitBookingQuerySet:
    return VisitBooking.objects.select_related("slot__offer__company", "proposed_slot", "school")


def _unread_messages(user: User) -> Section:
    unread = BookingMessage.objects.unread_for(user).filter(booking=OuterRef("pk"))
    return _section(
        "messages",
        _("New messages"),
        Urgency.NEEDS_ME,
        _bookings().filter(Exists(unread)).order_by("slot__starts_at", "pk"),
    )


def _for_schools(user: User) -> list[Section]:
    now = timezone.now()
    mine = _bookings().of_schools_of(user).filter(slot__starts_at__gt=now)
    held = WaitingGroup.objects.of_schools_of(user).offered().filter(offer_ends_at__gt=now)
    return [
        _section(
            "held_places",
            _("Places are held for you"),
            Urgency.NEEDS_ME,
            held.select_related("slot__offer__company").order_by("offer_ends_at", "pk"),
            url_name="visits:waiting_list",
            more=_("Where you stand in line"),
        ),
        _section(
            "proposals",
            _("Another time has been proposed"),
            Urgency.NEEDS_ME,
            mine.filter(state=BookingState.PROPOSED).order_by("answer_by", "pk"),
        ),
        _section(
            "visits",
            _("Coming visits"),
            Urgency.COMING,
            mine.filter(state=BookingState.CONFIRMED, slot__starts_at__lt=now + COMING),
            empty=_("No visit is booked for the coming six weeks. Find one that suits a class of yours."),
            empty_url=reverse("visits:offer_search"),
            empty_action=_("Find a visit"),
            url_name="visits:booking_list",
            more=_("All bookings"),
        ),
        _section(
            "waiting",
            _("Waiting for the host's answer"),
            Urgency.COMING,
            mine.filter(state=BookingState.PENDING).order_by("answer_by", "pk"),
        ),
        _classes(user),
    ]


def _classes(user: User) -> Section:
    classes = SchoolClass.objects.current().with_member(user).select_related("school").order_by("grade", "name", "pk")
    section = _section(
        "classes",
        _("Find a visit for a class"),
        Urgency.GO_ON,
        classes,
        empty=_("Save your classes once, with a code and a number of pupils. Then booking takes a minute."),
        empty_action=_("Save a class"),
    )
    if not section.rows:
        section.empty_url = reverse("schools:class_create", args=[School.objects.with_member(user)[0].public_id])
    return section


def _for_hosts(user: User) -> list[Section]:
    now = timezone.now()
    offers = VisitOffer.objects.editable_by(user).select_related("company")
    coming = VisitSlot.objects.upcoming().filter(offer=OuterRef("pk"))
    answered = InterestAnswer.objects.filter(company=OuterRef("pk"), school_year=current_school_year())
    hosting = Company.objects.filter(memberships__user=user, memberships__role__in=[Role.OWNER, Role.CONTACT])
    return [
        _section(
            "requests",
            _("Requests to answer"),
            Urgency.NEEDS_ME,
            _bookings()
            .answerable_by(user)
            .filter(Q(state=BookingState.PENDING, answer_by__gt=now) | Q(asked_slot__isnull=False, asked_until__gt=now))
            .order_by(Coalesce("asked_until", "answer_by"), "pk"),
        ),
        _section(
            "together",
            _("Hold a visit together?"),
            Urgency.NEEDS_ME,
            CoHost.objects.of_co_host(user).filter(confirmed_at=None).select_related("offer__company"),
        ),
        _at_the_gate(
            user,
            AT_THE_GATE,
            _("At your gate in the coming week"),
            empty=_("No class is coming in the next seven days."),
            url_name="visits:booking_list",
            more=_("All bookings"),
        ),
        _section(
            "went",
            _("How did it go?"),
            Urgency.TO_FINISH,
            _bookings().answerable_by(user).untold().order_by("-slot__ends_at", "pk"),
        ),
        _section(
            "follow_ups",
            _("Pupils wish for more after their visit"),
            Urgency.TO_FINISH,
            FollowUp.objects.answerable_by(user)
            .unanswered()
            .select_related("booking__school", "booking__slot__offer")
            .order_by("wished_at", "pk"),
        ),
        _section(
            "bare_offers",
            _("Published, but without times"),
            Urgency.TO_FINISH,
            offers.filter(~Exists(coming), state=OfferState.PUBLISHED),
        ),
        _section("drafts", _("Drafts to finish"), Urgency.TO_FINISH, offers.filter(state=OfferState.DRAFT)),
        _section(
            "interest",
            _("What could you take this school year?"),
            Urgency.TO_FINISH,
            hosting.filter(~Exists(answered)),
        ),
    ]


def _at_the_gate(user: User, within: timedelta, title: str | Promise, **more: Any) -> Section:
    """Confirmed visits to the user's companies, the nearest first. Supervisors see them too."""
    now = timezone.now()
    coming = (
        _bookings()
        .with_checks()
        .filter(
            state=BookingState.CONFIRMED,
            slot__ends_at__gt=now,
            slot__starts_at__lt=now + within,
            slot__offer__company__in=Company.objects.with_member(user),
        )
    )
    more.setdefault("empty", _("No class is coming in the next two weeks."))
    is_host = within == AT_THE_GATE
    return _section("gate", title, Urgency.COMING, coming, extra={"is_host": is_host}, **more)


def _for_school_owners(user: User) -> list[Section]:
    now = timezone.now()
    owners = SchoolOwner.objects.with_member(user)
    ahead = Q(visit_bookings__state=BookingState.CONFIRMED, visit_bookings__slot__starts_at__gt=now)
    schools = (
        School.objects.active()
        .filter(owner__in=owners)
        .select_related("owner")
        .annotate(visits_ahead=Count("visit_bookings", filter=ahead))
        .order_by("visits_ahead", "name", "pk")
    )
    visits = _bookings().filter(
        school__owner__in=owners,
        state=BookingState.CONFIRMED,
        slot__starts_at__gt=now,
        slot__starts_at__lt=now + COMING,
    )
    return [
        _section(
            "owner_visits",
            _("Coming visits of your schools"),
            Urgency.COMING,
            visits,
            empty=_("None of your schools has a visit in the coming six weeks."),
            url_name="coordination:owner_home",
            more=_("All schools, bookings and people"),
        ),
        _section(
            "owner_schools",
            _("Your schools, those with the fewest visits first"),
            Urgency.GO_ON,
            schools,
            empty=_("No school is connected to you yet. Ask the region to look at the register."),
        ),
    ]


def _for_regions(user: User, *, is_coordinator: bool) -> list[Section]:
    regions = Region.objects.with_member(user)
    covered = Municipality.objects.filter(regions__in=regions).values("pk")
    unanswered = (
        InterestInvitation.objects.unanswered()
        .filter(school_year=current_school_year(), company__municipality__in=covered)
        .select_related("company__municipality")
        .order_by("sent_at", "pk")
    )
    flagged = (
        ImportRun.objects.visible_to(user)
        .filter(
            state=ImportState.DONE, rows_flagged__gt=0, real_run=None, created_at__gt=timezone.now() - KEEP_FILES_FOR
        )
        .select_related("region")
        .order_by("-created_at", "pk")
    )
    found = [
        _section("stuck", _("Stuck: answers that are late"), Urgency.NEEDS_ME, past_half_time(waiting_in(regions))),
        _section(
            "regions",
            _("Figures"),
            Urgency.GO_ON,
            regions,
            extra={"year": current_school_year(), "is_coordinator": is_coordinator},
        ),
    ]
    if is_coordinator:
        vettings = OfferVetting.objects.undecided().of_coordinator(user)
        found += [
            _section(
                "vetting",
                _("Offers to look at"),
                Urgency.NEEDS_ME,
                vettings.select_related("offer__company", "offer__workplace__municipality"),
                url_name="coordination:vetting_list",
                more=_("All offers that wait"),
            ),
            _section("imports", _("Imports with rows to look at"), Urgency.TO_FINISH, flagged),
            _section("unanswered", _("Companies that have not answered"), Urgency.TO_FINISH, unanswered),
        ]
    return found
