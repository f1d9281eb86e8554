from __future__ import annotations

from datetime import timedelta
from typing import Any, Self

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.dates import MONTHS
from django.utils.translation import gettext_lazy as _

from accounts.enums import Language, Role
from accounts.models import ContactPerson, User
from companies.enums import SOLE_TRADER_FORMS, CompanyKind, InterestKind, InterestLevel, NoReason
from companies.org_numbers import formatted
from core.models import PublicIdModel
from core.text import address_line
from occupations.models import Industry
from regions.enums import Country
from regions.models import Municipality, Region
from regions.school_year import current_school_year, label, last_day

INTEREST_MONTHS = [8, 9, 10, 11, 12, 1, 2, 3, 4, 5, 6]
REMIND_AFTER = timedelta(days=14)


class CompanyQuerySet(models.QuerySet["Company"]):
    def listed(self) -> Self:
        """Companies the public may see: those that have joined and still exist."""
        return self.filter(joined_at__isnull=False, ceased_at=None)

    def with_member(self, user: Any) -> Self:
        return self.filter(memberships__user=user)

    def visible_to(self, user: Any) -> Self:
        """Listed companies, one's own, and those of the regions one works for."""
        if not user.is_authenticated:
            return self.listed()
        own = Q(pk__in=Company.objects.filter(memberships__user=user).values("pk"))
        own |= Q(municipality__in=Municipality.objects.filter(regions__memberships__user=user))
        return self.listed() | self.filter(own)

    def hosted_by(self, user: Any) -> Self:
        """Companies for which the user may publish visits and answer schools: as owner or contact person."""
        return self.filter(memberships__user=user, memberships__role__in=[Role.OWNER, Role.CONTACT])

    def in_region(self, region: Region) -> Self:
        return self.filter(municipality__regions=region)


@pghistory.track()
class Company(PublicIdModel):
    """A legal unit that can host: from a register, or typed by its own people. `joined_at` makes it public."""

    country = models.CharField(_("country"), max_length=2, choices=Country)
    org_number = models.CharField(_("organisation number"), max_length=10)
    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=20, choices=CompanyKind, default=CompanyKind.COMPANY)
    legal_form = models.CharField(_("legal form"), max_length=20, blank=True)
    industry = models.ForeignKey(
        Industry, on_delete=models.PROTECT, null=True, blank=True, related_name="companies", verbose_name=_("industry")
    )
    industry_code = models.CharField(_("industry code as registered"), max_length=8, blank=True)
    industry_edition = models.CharField(_("edition of the industry code"), max_length=4, blank=True)
    employees = models.PositiveIntegerField(_("employees"), null=True, blank=True)
    about = models.TextField(_("about the company"), max_length=2000, blank=True)
    website = models.URLField(_("website"), blank=True)
    municipality = models.ForeignKey(
        Municipality, on_delete=models.PROTECT, null=True, related_name="companies", verbose_name=_("municipality")
    )
    street = models.CharField(_("street address"), max_length=200, blank=True)
    postcode = models.CharField(_("postcode"), max_length=5, blank=True)
    city = models.CharField(_("town"), max_length=80, blank=True)
    joined_at = models.DateTimeField(_("joined"), null=True, blank=True)
    ceased_at = models.DateTimeField(_("ceased"), null=True, blank=True)
    is_demo = models.BooleanField(_("invented for the demo"), default=False)
    source = models.CharField(_("source"), max_length=40, blank=True)
    seen_in_source_at = models.DateTimeField(_("last seen in the register"), null=True, blank=True)

    objects = CompanyQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        verbose_name = _("company")
        verbose_name_plural = _("companies")
        constraints = [
            models.UniqueConstraint(
                fields=["country", "org_number"],
                name="company_number_once",
                violation_error_message=_("A company with this number is already here."),
            ),
            models.CheckConstraint(
                name="company_has_organisation_number",  # schools and centres may have eight digits: org_numbers.py
                condition=~Q(kind=CompanyKind.COMPANY) | Q(org_number__regex="^[0-9]{9,10}$"),
                violation_error_message=_("A company has an organisation number."),
            ),
        ]
        indexes = [
            models.Index(fields=["municipality", "name"], name="company_by_municipality"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("companies:company_detail", args=[self.public_id])

    @property
    def address(self) -> str:
        return address_line(self.street, self.postcode, self.city)

    @property
    def org_number_as_written(self) -> str:
        """556036-0793, 923 609 016."""
        return formatted(self.country, self.org_number)

    @property
    def is_sole_trader(self) -> bool:
        """A natural person in the register's eyes: we keep none of those."""
        return self.legal_form.upper() in SOLE_TRADER_FORMS

    def interest_now(self) -> InterestAnswer | None:
        """The company's yes or maybe for this school year, as everyone may read it."""
        return self.interest_answers.filter(
            school_year=current_school_year(), level__in=[InterestLevel.YES, InterestLevel.MAYBE]
        ).first()

    @property
    def is_listed(self) -> bool:
        return self.joined_at is not None and self.ceased_at is None


class WorkplaceQuerySet(models.QuerySet["Workplace"]):
    def with_member(self, user: Any) -> Self:
        return self.filter(company__memberships__user=user)


class Workplace(PublicIdModel):
    """Where somebody actually goes: an address, a point on the map and what a visitor must know."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="workplaces")
    org_number = models.CharField(_("unit number"), max_length=10, blank=True)
    name = models.CharField(_("name"), max_length=200)
    street = models.CharField(_("street address"), max_length=200, blank=True)
    postcode = models.CharField(_("postcode"), max_length=5, blank=True)
    city = models.CharField(_("town"), max_length=80, blank=True)
    municipality = models.ForeignKey(
        Municipality, on_delete=models.PROTECT, related_name="workplaces", verbose_name=_("municipality")
    )
    lat = models.FloatField(_("latitude"), null=True, blank=True)
    lon = models.FloatField(_("longitude"), null=True, blank=True)
    # A point more than 50 km outside its municipality: kept for a person to look at, never used.
    point_is_doubtful = models.BooleanField(_("the point is doubtful"), default=False)
    clothing = models.CharField(_("clothing"), max_length=200, blank=True)
    equipment = models.CharField(_("protective equipment"), max_length=200, blank=True)
    lunch = models.CharField(_("lunch"), max_length=200, blank=True)
    parking = models.CharField(_("parking for a bus"), max_length=200, blank=True)
    public_transport = models.CharField(_("bus stop or station"), max_length=200, blank=True)
    directions = models.TextField(_("how to find you"), max_length=500, blank=True, default="", db_default="")
    photo_rules = models.CharField(_("photographs"), max_length=200, blank=True)
    confidentiality = models.CharField(_("confidentiality"), max_length=200, blank=True)
    step_free = models.BooleanField(_("step-free access"), null=True, blank=True)
    is_active = models.BooleanField(_("in use"), default=True)
    source = models.CharField(_("source"), max_length=40, blank=True)
    seen_in_source_at = models.DateTimeField(_("last seen in the register"), null=True, blank=True)

    objects = WorkplaceQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        verbose_name = _("workplace")
        verbose_name_plural = _("workplaces")
        constraints = [
            models.UniqueConstraint(
                fields=["company", "org_number"], name="workplace_number_once", condition=~Q(org_number="")
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def address(self) -> str:
        return address_line(self.street, self.postcode, self.city)

    @property
    def point(self) -> tuple[float, float]:
        """Latitude and longitude to measure from: the workplace's own, or its municipality's seat."""
        if self.lat is None or self.lon is None or self.point_is_doubtful:
            return self.municipality.lat, self.municipality.lon
        return self.lat, self.lon


class CompanyContactQuerySet(models.QuerySet["CompanyContact"]):
    def reachable(self) -> Self:
        """Without those whose account says that they no longer work there. Who has no account is believed."""
        works_there = Q(user__is_active=True, user__memberships__company=F("company"))  # once: a join doubles nobody
        return self.filter(Q(user=None) | works_there)


class CompanyContact(PublicIdModel, ContactPerson):
    """Who answers for a company. The first that is no substitute gets the mail; substitutes get a copy."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="contacts")
    user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    objects = CompanyContactQuerySet.as_manager()

    class Meta:
        ordering = ["is_substitute", "pk"]
        verbose_name = _("contact person")
        verbose_name_plural = _("contact persons")
        constraints = [models.UniqueConstraint(fields=["company", "email"], name="company_contact_once")]


class InterestInvitationQuerySet(models.QuerySet["InterestInvitation"]):
    def unanswered(self) -> Self:
        """Questions without an answer, whichever way the company could have given it."""
        given = InterestAnswer.objects.filter(company=OuterRef("company"), school_year=OuterRef("school_year"))
        return self.filter(~Exists(given))

    def due_for_reminder(self) -> Self:
        """Asked a fortnight ago, silent, not reminded yet, and nobody has asked us to wait."""
        today = timezone.localdate()
        later = InterestAnswer.objects.filter(company=OuterRef("company"), ask_again_on__gt=today)
        return self.unanswered().filter(
            ~Exists(later),
            sent_at__lte=timezone.now() - REMIND_AFTER,
            reminded_at=None,
            school_year__gte=current_school_year(),
            company__ceased_at=None,
        )

    def of_coordinator(self, user: Any) -> Self:
        """Questions to companies in the regions that the user coordinates, whoever asked."""
        regions = Region.objects.filter(memberships__user=user, memberships__role=Role.COORDINATOR)
        return self.filter(company__municipality__in=Municipality.objects.filter(regions__in=regions))


class InterestInvitation(PublicIdModel):
    """The yearly question to one company: what could you take this school year? Answered by link, without an account.

    `link_number` is part of the signature: renewing the link counts it up, and older links stop working.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="interest_invitations")
    school_year = models.PositiveSmallIntegerField(_("school year"))
    email = models.EmailField(_("e-mail"))
    language = models.CharField(_("language"), max_length=2, choices=Language)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="interest_invitations")
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    link_number = models.PositiveSmallIntegerField(default=1)
    sent_at = models.DateTimeField(_("sent"), default=timezone.now)
    reminded_at = models.DateTimeField(_("reminded"), null=True, blank=True)

    objects = InterestInvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-sent_at", "pk"]
        verbose_name = _("question about interest")
        verbose_name_plural = _("questions about interest")
        constraints = [
            models.UniqueConstraint(fields=["company", "school_year"], name="interest_asked_once_a_year"),
        ]

    def __str__(self) -> str:
        return f"{self.company}, {label(self.school_year)}"

    @property
    def is_over(self) -> bool:
        """The school year the question was about has ended."""
        return last_day(self.school_year) < timezone.localdate()


class InterestAnswer(models.Model):
    """What the company said: yes, maybe or not this year. May be changed until the school year ends."""

    invitation = models.OneToOneField(
        InterestInvitation, on_delete=models.CASCADE, null=True, blank=True, related_name="answer"
    )
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="interest_answers")
    school_year = models.PositiveSmallIntegerField(_("school year"))
    level = models.CharField(_("answer"), max_length=5, choices=InterestLevel)
    kinds = ArrayField(models.CharField(max_length=20, choices=InterestKind), default=list, blank=True)
    months = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    amount = models.CharField(_("how many, roughly"), max_length=200, blank=True)
    reason = models.CharField(_("reason"), max_length=20, choices=NoReason, blank=True)
    comment = models.TextField(_("anything else"), max_length=1000, blank=True)
    ask_again_on = models.DateField(_("ask again on"), null=True, blank=True)
    contact_name = models.CharField(_("your name"), max_length=120, blank=True)
    contact_email = models.EmailField(_("your e-mail"), blank=True)
    contact_phone = models.CharField(_("your telephone"), max_length=30, blank=True)
    answered_at = models.DateTimeField(_("answered"), default=timezone.now)

    # Never shown to whoever only holds the link: it may have been forwarded.
    PERSONAL = ("contact_name", "contact_email", "contact_phone", "comment")

    class Meta:
        ordering = ["-school_year", "pk"]
        verbose_name = _("answer about interest")
        verbose_name_plural = _("answers about interest")
        constraints = [
            models.UniqueConstraint(fields=["company", "school_year"], name="interest_answered_once_a_year"),
        ]

    def __str__(self) -> str:
        return f"{self.company}, {label(self.school_year)}: {self.get_level_display()}"

    @property
    def school_year_label(self) -> str:
        """2026/27."""
        return label(self.school_year)

    @property
    def is_time_to_ask_again(self) -> bool:
        """The day they named has come."""
        return self.ask_again_on is not None and self.ask_again_on <= timezone.localdate()

    @property
    def kind_labels(self) -> list[str]:
        """What the company could take, in words and in the order of the form."""
        return [str(kind.label) for kind in InterestKind if kind in self.kinds]

    @property
    def month_labels(self) -> list[str]:
        """The months by name, as the school year has them: August to June."""
        return [str(MONTHS[month]) for month in INTEREST_MONTHS if month in self.months]


class CompanyTraits(models.Model):
    """Facts that many companies have in common and are counted by, once for each combination that occurs."""

    id = models.BigIntegerField(primary_key=True)
    kind = models.CharField(max_length=20)
    takes = ArrayField(models.CharField(max_length=20))  # what it could take this school year: its yes and its maybe


class CompanyRow(models.Model):
    """All that the search asks about one listed company, in one narrow row. A copy, written by companies/search.py."""

    company = models.OneToOneField(
        Company,
        on_delete=models.CASCADE,  # a copy goes with what it was made of
        primary_key=True,
        related_name="search_row",
    )
    name = models.CharField(max_length=200)
    traits = models.ForeignKey(CompanyTraits, on_delete=models.PROTECT, related_name="+", db_index=False)
    industry_id = models.CharField(max_length=2, null=True)
    municipality_id = models.CharField(max_length=7, null=True)
    lat = models.FloatField(null=True)  # of one of its workplaces, or of its municipality's seat
    lon = models.FloatField(null=True)
    has_more_points = models.BooleanField()  # other workplaces may be nearer

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["name", "company"], name="company_search_order")]


class CompanyText(models.Model):
    """The words that find a company: many times as wide as its row, and read only when somebody asks for words."""

    row = models.OneToOneField(CompanyRow, on_delete=models.CASCADE, primary_key=True, related_name="text")
    name_words = SearchVectorField()
    words = SearchVectorField()  # of its name, texts, industry and places

    class Meta:
        indexes = [GinIndex(fields=["words"], name="company_search_words")]
