"""What every booking asks of the database, in queries that are ready (core/ready_queries.py)."""

from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import JSONObject
from psycopg.types.range import TimestamptzRange

from core.ready_queries import ready
from regions.school_year import current_school_year
from regions.sharing import region_rules
from schools.models import School, SchoolClass
from visits.models import HostQuestion, VisitBooking, VisitOffer, VisitRule, VisitSlot


def slot_to_book(public_id: str) -> VisitSlot | None:
    """The slot of a booking page, with its offer and host, the rules to accept and the questions to answer."""
    slot = next(iter(_slots_to_book(public_id)), None)
    if slot:
        slot.offer.rules_to_accept = [VisitRule(**row) for row in slot.rule_rows]  # type: ignore[attr-defined]
        slot.questions = [HostQuestion(**row) for row in slot.question_rows]  # type: ignore[attr-defined]
    return slot


@ready
def _slots_to_book(public_id: str) -> QuerySet[VisitSlot]:
    rules = VisitRule.objects.filter(offer=OuterRef("offer")).order_by("pk")
    left_out = VisitOffer.left_out_questions.through.objects.filter(visitoffer=OuterRef(OuterRef("offer")))
    questions = HostQuestion.objects.filter(company=OuterRef("offer__company"), in_use=True)
    questions = questions.exclude(pk__in=left_out.values("hostquestion")).order_by("position", "pk")
    return (
        VisitSlot.objects.of_public_offers()
        .filter(public_id=public_id)
        .select_related("offer__company", "offer__contact", "offer__workplace")
        .with_region_rules()
        .annotate(
            rule_rows=ArraySubquery(rules.values(row=_columns("pk", "kind", "text"))),
            question_rows=ArraySubquery(
                questions.values(row=_columns("pk", "public_id", "text", "kind", "choices", "is_required"))
            ),
        )
    )


def _columns(*names: str) -> JSONObject:
    return JSONObject(**{name: name for name in names})


@ready
def schools_of(user: int) -> QuerySet[School]:
    """The schools that somebody may book for: the first two, which says whether there is a choice."""
    return School.objects.active().with_member(user)[:2]


def class_to_book(pk: int, *, user: int, grades: tuple[int, int]) -> SchoolClass | None:
    """The user's own class of this school year with that number, if its grade is one of those."""
    return next(iter(_classes_to_book(pk, user, current_school_year(), *grades)), None)


@ready
def _classes_to_book(
    pk: int, user: int, school_year: int, lowest_grade: int, highest_grade: int
) -> QuerySet[SchoolClass]:
    classes = SchoolClass.objects.of_year(school_year).with_member(user).filter(school__is_active=True)
    return classes.select_related("school").filter(pk=pk, grade__range=(lowest_grade, highest_grade))


@ready
def locked_class(pk: int, workplace: int) -> QuerySet[SchoolClass]:
    """The class's lock makes two requests for one class wait for each other, the double click included.

    With `region_rules`, how visits at the workplace are shared.
    """
    classes = SchoolClass.objects.select_for_update(no_key=True).only("pk").filter(pk=pk)
    return classes.annotate(region_rules=region_rules(municipalities__workplaces=workplace))


@ready
def booked_already(school_class: int, during: TimestamptzRange, request_key: UUID) -> QuerySet[VisitBooking]:
    """Where the class is at the time, and what the same form has booked before."""
    return VisitBooking.objects.in_the_way(school_class, during, request_key).select_related("slot__offer")
