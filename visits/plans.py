"""A school's plan: what each grade shall meet in each term, and how far its classes have come this school year."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import ActionRefused
from regions.enums import Term
from regions.school_year import term_days, term_of
from schools.enums import Grade
from schools.models import School, SchoolClass
from visits.enums import LIVE_STATES, VisitKind
from visits.models import PlanStep, VisitBooking

MOST_STEPS = 40
# The plan that a school without one may begin with: grade, term, kind.
_EXAMPLE = [
    (Grade.G6, Term.SPRING, VisitKind.GUEST_LESSON),
    (Grade.G7, Term.SPRING, VisitKind.GUEST_LESSON),
    (Grade.G8, Term.AUTUMN, VisitKind.COMPANY_VISIT),
    (Grade.G9, Term.AUTUMN, VisitKind.COMPANY_VISIT),
    (Grade.G10, Term.AUTUMN, VisitKind.COMPANY_VISIT),
    (Grade.U1, Term.AUTUMN, VisitKind.COMPANY_VISIT),
    (Grade.U2, Term.SPRING, VisitKind.GUEST_LESSON),
    (Grade.U3, Term.AUTUMN, VisitKind.COMPANY_VISIT),
]


@dataclass(frozen=True)
class ClassInPlan:
    """A class and the booking that meets the step; without one, where to look for a visit."""

    school_class: SchoolClass
    booking: VisitBooking | None
    search_url: str


@dataclass(frozen=True)
class Planned:
    """A step and the classes of its grade. No classes: none is saved for the school year."""

    step: PlanStep
    classes: list[ClassInPlan]
    is_over: bool

    @property
    def met(self) -> int:
        return sum(each.booking is not None for each in self.classes)

    @property
    def lacking(self) -> list[ClassInPlan]:
        return [each for each in self.classes if each.booking is None]


def plan_of(school: School, year: int, *, term: Term | None = None) -> list[Planned]:
    """The steps with what the classes have booked in that school year. Three queries, however many there are.

    A booking meets one step of its class: one that names its kind before one that takes any. Bookings of a whole class
    count, from the request on; those that were declined, cancelled or ran out do not.
    """
    steps = [step for step in school.plan_steps.all() if term is None or step.term == term]
    classes: dict[int, list[SchoolClass]] = defaultdict(list)
    for school_class in school.classes.of_year(year):
        classes[school_class.grade].append(school_class)
    bookings: dict[tuple[int, str], list[VisitBooking]] = defaultdict(list)
    live = VisitBooking.objects.filter(
        school=school,
        school_class__school_year=year,
        state__in=LIVE_STATES,
        slot__starts_at__date__range=(term_days(year, Term.AUTUMN)[0], term_days(year, Term.SPRING)[1]),
    )
    for booking in live.select_related("slot__offer").order_by("slot__starts_at", "pk"):
        if booking.school_class_id:
            bookings[booking.school_class_id, term_of(timezone.localdate(booking.slot.starts_at))].append(booking)
    found = {
        step.pk: [
            ClassInPlan(each, _take(bookings[each.pk, step.term], step.kind), _search(step, each, year))
            for each in classes[step.grade]
        ]
        for step in sorted(steps, key=lambda step: not step.kind)
    }
    today = timezone.localdate()
    return [Planned(step, found[step.pk], is_over=term_days(year, Term(step.term))[1] < today) for step in steps]


def _take(left: list[VisitBooking], kind: str) -> VisitBooking | None:
    """The first booking of the kind that meets no other step."""
    fitting = next((booking for booking in left if not kind or booking.slot.offer.kind == kind), None)
    if fitting:
        left.remove(fitting)
    return fitting


def _search(step: PlanStep, school_class: SchoolClass, year: int) -> str:
    """The search for what the class lacks: its grade, number, kind, and the rest of the term."""
    first, last = term_days(year, Term(step.term))
    asked: dict[str, str | int | date] = {"grade": step.grade, "pupils": school_class.pupil_count}
    if step.kind:
        asked["kind"] = step.kind
    asked |= {"first_day": max(first, timezone.localdate()), "last_day": last}
    return f"{reverse('visits:offer_search')}?{urlencode(asked)}"


@transaction.atomic
def add_step(step: PlanStep) -> PlanStep:
    """Keep a step; the same one sent twice is kept once. Raises ActionRefused when the plan is full."""
    School.objects.select_for_update(no_key=True).get(pk=step.school_id)
    same = {"grade": step.grade, "term": step.term, "kind": step.kind, "note": step.note}
    steps = PlanStep.objects.filter(school=step.school_id)
    if existing := steps.filter(**same).first():
        return existing
    if steps.count() >= MOST_STEPS:
        raise ActionRefused(_("A plan has at most %(count)d steps. Remove one first.") % {"count": MOST_STEPS})
    step.save()
    return step


@transaction.atomic
def begin_with_example(school: School) -> int:
    """Fill an empty plan with what many schools do, for the grades the school has; how many steps."""
    School.objects.select_for_update(no_key=True).get(pk=school.pk)
    if school.plan_steps.exists():
        return 0
    lowest, highest = school.lowest_grade or Grade.G1, school.highest_grade or Grade.U3
    steps = [
        PlanStep(school=school, grade=grade, term=term, kind=kind)
        for grade, term, kind in _EXAMPLE
        if lowest <= grade <= highest and not (grade == Grade.G10 and school.country == "SE")
    ]
    return len(PlanStep.objects.bulk_create(steps))
