"""What a class may do at a visit: the one place for ages.

A class has a grade and no birthdays. In the autumn a Swedish class turns its grade + 6, a Norwegian one its grade + 5;
at upper secondary school, which the ladder of grades counts from 11, both turn 16 in the first year.

Sources: Sweden AFS 2023:2 chapter 8 (nobody under 13 works; what annex 2 lists is for those who have finished
compulsory school and turn 16 that year). Norway arbeidsmiljøloven § 11-1 (light work from 13; nothing harmful under 18;
light work only in compulsory school or under 15). The page warns and tells; it does not pretend to be the law.
"""

from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import ActionRefused
from regions.enums import Country
from regions.school_year import school_year_of
from schools.enums import Grade
from schools.models import SchoolClass
from visits.enums import HandsOnAge, Part
from visits.models import VisitBooking, VisitOffer, VisitSlot

MOST_CLASSES = 12


def turns(grade: int, country: str) -> int:
    """The age that a class turns in the autumn of its school year."""
    return grade + 6 if country == Country.SE and grade < Grade.U1 else grade + 5


def part_of(offer: VisitOffer, *, grade: int, school_year: int, country: str, day: date) -> Part:
    """Whether a class that had `grade` in `school_year` may try for itself, or watches, on the day of a visit."""
    age = offer.hands_on_from
    if age is None or grade == Grade.ADULT:
        return Part.TRY
    if age == HandsOnAge.SIXTEEN:  # counted by the year, and never before compulsory school is finished
        return Part.TRY if grade >= Grade.U1 else Part.WATCH
    turned = turns(grade, country) + day.year - school_year  # this calendar year, if not yet on the day
    if turned > age:
        return Part.TRY
    return Part.SOME if turned == age else Part.WATCH


def part_of_class(slot: VisitSlot, school_class: SchoolClass) -> Part:
    return part_of(
        slot.offer,
        grade=school_class.grade,
        school_year=school_class.school_year,
        country=school_class.school.country,
        day=timezone.localdate(slot.starts_at),
    )


def part_in_words(part: Part, age: int | None) -> str:
    return str(part.label) % {"age": age} if part == Part.SOME else str(part.label)


def booked_part(booking: VisitBooking) -> str:
    """What the booked class may do, in the reader's language; nothing where the visit has no such parts."""
    slot = booking.slot
    if slot.offer.hands_on_from is None:
        return ""
    return part_in_words(part_of_booking(booking, slot), slot.offer.hands_on_from)


def part_of_booking(booking: VisitBooking, slot: VisitSlot) -> Part:
    return part_of(
        slot.offer,
        grade=booking.grade,
        school_year=school_year_of(timezone.localdate(booking.requested_at)),
        country=booking.school.country,
        day=slot.day,
    )


def classes_with_parts(offer: VisitOffer, user: Any) -> list[tuple[SchoolClass, str]]:
    """The user's own classes that the offer is for, each with what it may do these days; none without such parts."""
    if offer.hands_on_from is None or not user.is_authenticated:
        return []
    grades = offer.lowest_grade, offer.highest_grade
    classes = SchoolClass.objects.current().with_member(user).filter(grade__range=grades).select_related("school")
    today = timezone.localdate()
    return [
        (
            one,
            part_in_words(
                part_of(offer, grade=one.grade, school_year=one.school_year, country=one.school.country, day=today),
                offer.hands_on_from,
            ),
        )
        for one in classes.order_by("name", "pk")[:MOST_CLASSES]
    ]


def check_age(slot: VisitSlot, school_class: SchoolClass) -> None:
    """Refuse a class that could only watch where the host wants no such class."""
    if slot.offer.younger_may_watch or part_of_class(slot, school_class) != Part.WATCH:
        return
    raise ActionRefused(
        _("The pupils try things themselves here, and must be %(age)d. Choose an older class or another visit.")
        % {"age": slot.offer.hands_on_from}
    )
