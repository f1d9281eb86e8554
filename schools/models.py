from __future__ import annotations

from datetime import date
from typing import Any, Self

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Func, Q, Value
from django.db.models.functions import Coalesce, Concat
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import ContactPerson, User
from core.models import PublicIdModel
from core.text import address_line, fold
from occupations.models import Programme
from regions.enums import Country
from regions.models import Municipality, Region
from regions.school_year import current_school_year
from schools.class_names import validate_class_name
from schools.enums import DaySource, Grade, OwnerKind, Stage


class SchoolOwnerQuerySet(models.QuerySet["SchoolOwner"]):
    def with_member(self, user: Any) -> Self:
        return self.filter(memberships__user=user)


class SchoolOwner(PublicIdModel):
    """Huvudman or skoleeier: the body that answers in law for its schools."""

    country = models.CharField(_("country"), max_length=2, choices=Country)
    org_number = models.CharField(_("organisation number"), max_length=10)
    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=10, choices=OwnerKind, blank=True)

    objects = SchoolOwnerQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        verbose_name = _("school owner")
        verbose_name_plural = _("school owners")
        constraints = [models.UniqueConstraint(fields=["country", "org_number"], name="school_owner_number_once")]

    def __str__(self) -> str:
        return self.name


class _Folded(Func):
    """core.text.fold in the database, for the letters that names in our languages have."""

    template = "translate(lower(%(expressions)s), 'åäàáæöøóéèëüúíçčñđŋŧšž', 'aaaaaoooeeeuuiccndntsz')"
    output_field = models.TextField()


class SchoolQuerySet(models.QuerySet["School"]):
    def active(self) -> Self:
        return self.filter(is_active=True)

    def with_member(self, user: Any) -> Self:
        """Schools where the user works."""
        return self.filter(memberships__user=user)

    def in_region(self, region: Region) -> Self:
        return self.filter(municipality__regions=region)

    def found_by(self, words: str) -> Self:
        """Schools whose name, town or municipality has every word, as people type them: tromso finds Tromsø."""
        found = self.annotate(
            known=_Folded(Concat("name", Value(" "), "city", Value(" "), Coalesce("municipality__name", Value(""))))
        )
        for word in fold(words).split():
            found = found.filter(known__contains=word)
        return found


@pghistory.track()
class School(PublicIdModel):
    """One school unit of the national register."""

    country = models.CharField(_("country"), max_length=2, choices=Country)
    unit_code = models.CharField(_("unit code"), max_length=10)  # SE skolenhetskod, NO organisasjonsnummer
    name = models.CharField(_("name"), max_length=200)
    owner = models.ForeignKey(
        SchoolOwner,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="schools",
        verbose_name=_("school owner"),
    )
    stages = ArrayField(models.CharField(max_length=30, choices=Stage), default=list, blank=True)
    lowest_grade = models.PositiveSmallIntegerField(_("lowest grade"), choices=Grade, null=True, blank=True)
    highest_grade = models.PositiveSmallIntegerField(_("highest grade"), choices=Grade, null=True, blank=True)
    street = models.CharField(_("street address"), max_length=200, blank=True)
    postcode = models.CharField(_("postcode"), max_length=5, blank=True)
    city = models.CharField(_("town"), max_length=80, blank=True)
    municipality = models.ForeignKey(
        Municipality, on_delete=models.PROTECT, null=True, related_name="schools", verbose_name=_("municipality")
    )
    lat = models.FloatField(_("latitude"), null=True, blank=True)
    lon = models.FloatField(_("longitude"), null=True, blank=True)
    point_is_doubtful = models.BooleanField(_("the point is doubtful"), default=False)
    website = models.URLField(_("website"), blank=True)
    phone = models.CharField(_("telephone"), max_length=30, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    is_demo = models.BooleanField(_("used by the demo"), default=False)
    source = models.CharField(_("source"), max_length=40, blank=True)
    seen_in_source_at = models.DateTimeField(_("last seen in the register"), null=True, blank=True)

    objects = SchoolQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        verbose_name = _("school")
        verbose_name_plural = _("schools")
        constraints = [
            models.UniqueConstraint(fields=["country", "unit_code"], name="school_unit_once"),
            models.CheckConstraint(
                name="school_grades_in_order",
                condition=Q(lowest_grade=None) | Q(highest_grade=None) | Q(highest_grade__gte=models.F("lowest_grade")),
            ),
        ]
        indexes = [models.Index(fields=["municipality", "name"], name="school_by_municipality")]

    def __str__(self) -> str:
        return self.name

    @property
    def address(self) -> str:
        return address_line(self.street, self.postcode, self.city)

    @property
    def point(self) -> tuple[float, float] | None:
        """Latitude and longitude to measure from: the school's own, its municipality's seat, or nothing (Svalbard)."""
        if self.lat is not None and self.lon is not None and not self.point_is_doubtful:
            return self.lat, self.lon
        return (self.municipality.lat, self.municipality.lon) if self.municipality else None


class SchoolContact(PublicIdModel, ContactPerson):
    """Whom a company may ring at the school, and about what."""

    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="contacts")
    user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["is_substitute", "pk"]
        verbose_name = _("contact person")
        verbose_name_plural = _("contact persons")
        constraints = [models.UniqueConstraint(fields=["school", "email"], name="school_contact_once")]


class SchoolClassQuerySet(models.QuerySet["SchoolClass"]):
    def current(self) -> Self:
        """Classes of this school year that are in use."""
        return self.of_year(current_school_year())

    def of_year(self, school_year: int) -> Self:
        """Classes of a school year that are, or were, in use."""
        return self.filter(school_year=school_year, is_archived=False)

    def last_year(self) -> Self:
        """Classes of the school year before this one that were in use."""
        return self.of_year(current_school_year() - 1)

    def with_member(self, user: Any) -> Self:
        return self.filter(school__memberships__user=user)


class SchoolClass(PublicIdModel):
    """A saved class: a code and a number of pupils, never their names."""

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="classes")
    name = models.CharField(
        _("class"),
        max_length=20,
        validators=[validate_class_name],
        help_text=_("The class code, for example 9B. No names."),
    )
    school_year = models.PositiveSmallIntegerField(_("school year"), default=current_school_year)
    grade = models.PositiveSmallIntegerField(_("grade"), choices=Grade)
    pupil_count = models.PositiveSmallIntegerField(
        _("pupils"), validators=[MinValueValidator(1), MaxValueValidator(200)]
    )
    programme = models.ForeignKey(
        Programme, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("programme")
    )
    is_archived = models.BooleanField(_("archived"), default=False)

    objects = SchoolClassQuerySet.as_manager()

    class Meta:
        ordering = ["grade", "name", "pk"]
        verbose_name = _("class")
        verbose_name_plural = _("classes")
        constraints = [
            models.UniqueConstraint(
                fields=["school", "school_year", "name"],
                name="class_once_a_year",
                condition=Q(is_archived=False),
                violation_error_message=_("This class is already here."),
            ),
            models.CheckConstraint(name="class_has_pupils", condition=Q(pupil_count__gte=1, pupil_count__lte=200)),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def next_grade(self) -> int | None:
        """The grade a year later, or nothing when the class leaves the school (Sweden has no grade 10)."""
        last = {Grade.U3, Grade.G10 if self.school.country == Country.NO else Grade.G9}
        if self.grade == Grade.ADULT:
            return Grade.ADULT
        if self.grade in last or self.grade + 1 > (self.school.highest_grade or Grade.U3):
            return None
        return self.grade + 1


class ClosedDayQuerySet(models.QuerySet["ClosedDay"]):
    def coming(self) -> Self:
        return self.filter(day__gte=timezone.localdate())

    def of_staff(self, user: Any, days: tuple[date, date]) -> Self:
        """Those within the days at the schools where the user works, each with its school."""
        return self.filter(school__memberships__user=user, day__range=days).select_related("school")


class ClosedDayManager(models.Manager.from_queryset(ClosedDayQuerySet)):  # type: ignore[misc]
    def get_queryset(self) -> ClosedDayQuerySet:
        queryset: ClosedDayQuerySet = super().get_queryset()
        return queryset.filter(has_lessons=False)


class ClosedDay(models.Model):
    """A weekday without lessons at a school: a holiday, a planning day of its teachers.

    Weekends are not kept. A school without any such day in a school year has told no calendar. Where somebody has said
    that lessons are held after all, against a register, that stays (`has_lessons`), or the next import would close the
    day again; `objects` leaves these rows out.
    """

    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="closed_days")  # part of the school
    day = models.DateField(_("day"))
    reason = models.CharField(_("why"), max_length=100, blank=True, default="")
    source = models.CharField(_("source"), max_length=10, choices=DaySource)
    has_lessons = models.BooleanField(_("lessons after all"), default=False, db_default=False)

    objects = ClosedDayManager()
    all_told = ClosedDayQuerySet.as_manager()

    class Meta:
        ordering = ["day", "pk"]
        verbose_name = _("day without lessons")
        verbose_name_plural = _("days without lessons")
        constraints = [
            models.UniqueConstraint(fields=["school", "day"], name="closed_day_once"),
            models.CheckConstraint(name="closed_day_on_weekday", condition=Q(day__iso_week_day__lte=5)),
        ]

    def __str__(self) -> str:
        return self.reason or str(self.day)
