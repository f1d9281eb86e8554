"""Coming again: what a new booking takes over from an earlier one, and what there is where the visit is no more."""

import re
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from accounts.models import User
from regions.school_year import school_year_of
from schools.enums import Grade
from schools.models import SchoolClass
from visits.enums import OfferState
from visits.models import HostQuestion, VisitBooking, VisitOffer, VisitSlot
from visits.questions import field_name

LAST_OF_COMPULSORY = {"SE": Grade.G9, "NO": Grade.G10}
MOST_TIMES = 12
MOST_SIMILAR = 6
_CODE = re.compile(r"^(\d{1,2})(?=\D|$)")


def times_of(offer: VisitOffer) -> list[VisitSlot]:
    """The next times that can be booked now. None where the offer is no more."""
    return list(VisitSlot.objects.bookable().with_places().filter(offer=offer).order_by("starts_at", "pk")[:MOST_TIMES])


def similar_to(booking: VisitBooking) -> QuerySet[VisitOffer]:
    """Published visits in the same county that take the class as it is now: those with the same occupations first."""
    offer = booking.slot.offer
    _name, grade = moved_up(booking, timezone.now()) or ("", booking.grade)
    same = Count("occupations", filter=Q(occupations__in=offer.occupations.values("pk")))
    found: Any = VisitOffer.objects.published().with_free_times().select_related("company", "workplace__municipality")
    found = found.filter(
        free__gt=0,
        workplace__municipality__county=offer.workplace.municipality.county_id,
        lowest_grade__lte=grade,
        highest_grade__gte=grade,
    )
    return found.exclude(pk=offer.pk).annotate(same=same).order_by("-same", "next_free_at", "pk")[:MOST_SIMILAR]


def moved_up(booking: VisitBooking, when: datetime) -> tuple[str, int] | None:
    """The class's code and grade at that time: 8B has become 9B a school year later. None when it has left school."""
    years = school_year_of(timezone.localdate(when)) - school_year_of(timezone.localdate(booking.slot.starts_at))
    name, grade = booking.group_name, booking.grade
    if years <= 0 or grade == Grade.ADULT:
        return name, grade
    code = _CODE.match(name)
    if code and int(code[1]) == grade:
        name = f"{grade + years}{name[code.end() :]}"
    last = Grade.U3 if grade >= Grade.U1 else LAST_OF_COMPULSORY[booking.school.country]
    return (name, grade + years) if grade + years <= last else None


def taken_over(
    booking: VisitBooking, slot: VisitSlot, questions: list[HostQuestion], classes: QuerySet[SchoolClass], *, by: User
) -> dict[str, Any]:
    """What the form of a new booking begins with. A class that the visit is not for any more is left open."""
    offer = slot.offer
    name, grade = moved_up(booking, slot.starts_at) or ("", 0)
    facts: dict[str, Any] = {
        "school": booking.school_id,
        "pupil_count": min(booking.pupil_count, offer.group_max),
        "adult_count": booking.adult_count,
        "note": booking.note,
    }
    if offer.lowest_grade <= grade <= offer.highest_grade:
        saved = classes.filter(school=booking.school_id, name=name).first()
        facts |= {"school_class": saved.pk} if saved else {"new_class_name": name, "new_class_grade": grade}
    if booking.requested_by_id == by.pk:
        facts["phone"] = booking.phone
    given = {(answer["question"], answer["kind"]): answer["answer"] for answer in booking.answers}
    for question in questions:
        if (question.text, question.kind) in given:
            facts[field_name(question)] = given[question.text, question.kind]
    return facts


def is_to_be_had(offer: VisitOffer) -> bool:
    return offer.state == OfferState.PUBLISHED and offer.company.is_listed
