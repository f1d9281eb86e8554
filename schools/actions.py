from collections.abc import Collection
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts import bounces
from accounts.models import User
from core.errors import ActionRefused
from regions.school_year import current_school_year
from schools.class_names import next_year_name
from schools.enums import Grade
from schools.models import School, SchoolClass, SchoolContact


def save_class(school_class: SchoolClass) -> SchoolClass:
    """Store a class. Refused when the school has one of that name in use this school year."""
    try:
        with transaction.atomic():
            school_class.save()
    except IntegrityError as error:
        raise ActionRefused(
            _("%(name)s is already among the classes of this school year.") % {"name": school_class.name}
        ) from error
    return school_class


def archive_class(school_class: SchoolClass) -> None:
    """Put a class away. Its bookings stay."""
    school_class.is_archived = True
    school_class.save(update_fields=["is_archived"])


def restore_class(school_class: SchoolClass) -> None:
    """Take an archived class back into use."""
    school_class.is_archived = False
    save_class(school_class)


@dataclass(frozen=True)
class NextYearClass:
    """What becomes of a class of last school year: its new name and grade, or why it is not copied."""

    before: SchoolClass
    name: str
    grade: int
    is_here: bool

    @property
    def grade_label(self) -> str:
        return str(Grade(self.grade).label)


def classes_of_last_year(school: School) -> list[NextYearClass]:
    """Last year's classes one grade up; those that have left the school are not among them."""
    here = set(school.classes.current().values_list("name", flat=True))
    rows = []
    for before in school.classes.last_year().select_related("school"):
        if before.next_grade is not None:
            name = next_year_name(before.name, before.grade) if before.next_grade != before.grade else before.name
            rows.append(NextYearClass(before=before, name=name, grade=before.next_grade, is_here=name in here))
    return rows


@transaction.atomic
def copy_classes(school: School, *, chosen: Collection[str]) -> list[SchoolClass]:
    """Copy the chosen classes of last year, one grade up. One that is here already is left as it is."""
    School.objects.select_for_update(no_key=True).get(pk=school.pk)
    return [
        school.classes.create(
            name=row.name,
            grade=row.grade,
            school_year=current_school_year(),
            pupil_count=row.before.pupil_count,
            programme=row.before.programme,
        )
        for row in classes_of_last_year(school)
        if not row.is_here and row.before.public_id in chosen
    ]


def save_contact(contact: SchoolContact) -> SchoolContact:
    """Store a contact person; one with an account here is linked to it."""
    contact.user = User.objects.filter(memberships__school=contact.school_id, email__iexact=contact.email).first()
    contact.save()
    bounces.clear(contact.email)  # somebody has looked at the address
    return contact
