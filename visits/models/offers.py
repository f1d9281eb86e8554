from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Self

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Case, Count, ExpressionWrapper, F, Min, OuterRef, Prefetch, Q, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce, Greatest, Least
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.enums import Language
from companies.models import Company, CompanyContact, Workplace
from core.dates import midnight
from core.models import PublicIdModel
from core.ready_queries import ready
from occupations.models import Occupation
from regions.enums import Country
from regions.models import Region
from regions.sharing import region_rules
from schools.enums import Grade, grades_in_words
from visits import models as visits  # as a module: offers, slots and bookings ask about each other
from visits import subjects
from visits.enums import (
    CHECKS,
    OFFER_MOVES,
    OUT_KINDS,
    AnswerMode,
    CheckItem,
    CostKind,
    HandsOnAge,
    OfferState,
    PictureProblem,
    RuleKind,
    VisitKind,
)
from visits.programme import Line, has_times, lines_of

MOST_BUFFER = 240  # minutes


def cost_words(kind: str, amount: int | None) -> str:
    if kind == CostKind.PER_CLASS:
        return gettext("%(amount)s kr per class") % {"amount": number_format(amount or 0, use_l10n=True)}
    if kind == CostKind.PER_PUPIL:
        return gettext("%(amount)s kr per pupil") % {"amount": number_format(amount or 0, use_l10n=True)}
    return gettext("Free of charge")


def age_words(age: int, *, younger_may_watch: bool) -> str:
    if younger_may_watch:
        return gettext("From %(age)d years. Younger pupils watch.") % {"age": age}
    return gettext("From %(age)d years. No younger classes.") % {"age": age}


def count_of(rows: models.QuerySet[Any], figure: models.Aggregate) -> Coalesce:
    """A figure over rows grouped by their only column; 0 where there are none."""
    return Coalesce(Subquery(rows.annotate(figure=figure).values("figure")), 0)


class VisitOfferQuerySet(models.QuerySet["VisitOffer"]):
    def published(self) -> Self:
        """Offers anyone may see."""
        return self.filter(state=OfferState.PUBLISHED, company__joined_at__isnull=False, company__ceased_at=None)

    def visible_to(self, user: Any) -> Self:
        """Published offers, every offer of the user's own companies, and what waits for the user's region."""
        if not user.is_authenticated:
            return self.published()
        asked = visits.OfferVetting.objects.undecided().of_coordinator(user)
        return self.published() | self.editable_by(user) | self.filter(pk__in=asked.values("offer"))

    def with_free_times(self) -> Self:
        """With `free`, how many slots can be booked now, and `next_free_at`, the first of them."""
        bookable = visits.VisitSlot.objects.bookable().with_places()
        slots = bookable.filter(offer=OuterRef("pk")).order_by().values("offer")
        return self.annotate(
            free=Coalesce(Subquery(slots.annotate(number=Count("pk")).values("number")), 0),
            next_free_at=Subquery(slots.annotate(first=Min("starts_at")).values("first")),
        )

    def with_region_rules(self) -> Self:
        """With `region_rules`, how the regions where they take place share visits (regions/sharing.py)."""
        return self.annotate(region_rules=region_rules(municipalities=OuterRef("workplace__municipality")))

    def with_open_to_all_at(self) -> Self:
        """With `open_to_all_at`: when schools that have been out may book the first of the free times, if not now.

        What `first_turn.over_at` says of one time, for a page of offers.
        """
        regions = Region.objects.filter(municipalities=OuterRef("workplace__municipality"), first_turn_days__gt=0)
        most = regions.order_by("-first_turn_days").values("first_turn_days")[:1]
        opened = Greatest("opens_at", OuterRef("published_at"))
        days = ExpressionWrapper(OuterRef("turn_days") * Value(timedelta(days=1)), output_field=models.DurationField())
        half = ExpressionWrapper((F("closes_at") - opened) / 2, output_field=models.DurationField())
        ends = ExpressionWrapper(opened + Least(days, half), output_field=models.DateTimeField())
        bookable = visits.VisitSlot.objects.bookable().with_places().filter(offer=OuterRef("pk"))
        first = bookable.order_by().values("offer").annotate(first=Min(ends)).values("first")
        return self.annotate(turn_days=Coalesce("first_turn_days", Subquery(most), 0)).annotate(
            others_first_until=Case(When(turn_days__gt=0, kind__in=OUT_KINDS, then=Subquery(first)))
        )

    def editable_by(self, user: Any) -> Self:
        return self.filter(company__in=Company.objects.hosted_by(user))

    def with_host_figures(self) -> Self:
        """What the host's list tells of each: coming times, their places, requests that wait."""
        coming = visits.VisitSlot.objects.upcoming().filter(offer=OuterRef("pk")).order_by().values("offer")
        pending = visits.VisitBooking.objects.pending()
        waiting = pending.filter(slot__offer=OuterRef("pk"), slot__starts_at__gt=timezone.now())
        return self.annotate(
            coming_count=count_of(coming, Count("pk")),
            coming_pupils_taken=count_of(coming, Sum("pupils_taken")),
            coming_pupils_capacity=count_of(coming, Sum("pupils_capacity")),
            waiting_count=count_of(waiting.order_by().values("slot__offer"), Count("pk")),
        )

    def for_host_list(self) -> Self:
        """With company, workplace and the three next times (`next_slots`)."""
        next_slots = Prefetch("slots", visits.VisitSlot.objects.upcoming()[:3], to_attr="next_slots")
        return self.with_host_figures().select_related("company", "workplace").prefetch_related(next_slots)


@pghistory.track()
class VisitOffer(PublicIdModel):
    """What a host offers to a class: described once, held at many slots."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="visit_offers")
    workplace = models.ForeignKey(
        Workplace, on_delete=models.PROTECT, related_name="visit_offers", verbose_name=_("workplace")
    )
    contact = models.ForeignKey(
        CompanyContact, on_delete=models.PROTECT, related_name="visit_offers", verbose_name=_("contact person")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=VisitKind, default=VisitKind.COMPANY_VISIT)
    state = models.CharField(_("status"), max_length=10, choices=OfferState, default=OfferState.DRAFT)
    title = models.CharField(_("title"), max_length=100)
    summary = models.CharField(_("in one sentence"), max_length=200)
    programme_of_day = models.TextField(
        _("what the pupils get to do"),
        max_length=2000,
        help_text=_(
            "One step per line. Begin a line with a time, such as 09:00–10:15, and the class sees a timetable."
        ),
    )
    lowest_grade = models.PositiveSmallIntegerField(_("from grade"), choices=Grade, default=Grade.G7)
    highest_grade = models.PositiveSmallIntegerField(_("to grade"), choices=Grade, default=Grade.U3)
    hands_on_from = models.PositiveSmallIntegerField(
        _("youngest age for trying what is like work"), choices=HandsOnAge, null=True, blank=True
    )
    younger_may_watch = models.BooleanField(_("younger classes may come and watch"), default=True, db_default=True)
    languages = ArrayField(models.CharField(max_length=2, choices=Language), verbose_name=_("languages"), default=list)
    subjects = ArrayField(  # codes of visits/subjects.py, in its order
        models.CharField(max_length=30), verbose_name=_("school subjects"), default=list, db_default=[], blank=True
    )
    group_min = models.PositiveSmallIntegerField(_("smallest group"), default=5, validators=[MinValueValidator(1)])
    group_max = models.PositiveSmallIntegerField(
        _("largest group"), default=30, validators=[MinValueValidator(1), MaxValueValidator(500)]
    )
    duration_minutes = models.PositiveSmallIntegerField(
        _("length in minutes"), default=120, validators=[MinValueValidator(15), MaxValueValidator(600)]
    )
    buffer_minutes = models.PositiveSmallIntegerField(
        _("minutes between two visits"),
        default=0,
        db_default=0,
        validators=[MaxValueValidator(MOST_BUFFER)],
        help_text=_("To tidy up and to breathe. Counts for everything at the same workplace."),
    )
    answer_mode = models.CharField(_("answer"), max_length=10, choices=AnswerMode, default=AnswerMode.BY_HAND)
    answer_days = models.PositiveSmallIntegerField(
        _("days to answer"), default=7, validators=[MinValueValidator(1), MaxValueValidator(60)]
    )
    cancel_days = models.PositiveSmallIntegerField(
        _("free to cancel until this many days before"), default=3, validators=[MaxValueValidator(60)]
    )
    hold_hours = models.PositiveSmallIntegerField(
        _("hours to answer when places become free"),
        default=48,
        validators=[MinValueValidator(2), MaxValueValidator(14 * 24)],
    )
    visits_per_school = models.PositiveSmallIntegerField(
        _("times that a school can book in a school year"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
    )
    visits_per_class = models.PositiveSmallIntegerField(
        _("times that a class can book in a school year"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(20)],
    )
    first_turn_days = models.PositiveSmallIntegerField(
        _("days for schools that have not been out"), null=True, blank=True, validators=[MaxValueValidator(90)]
    )
    meeting_place = models.CharField(
        _("where you meet the class"),
        max_length=200,
        blank=True,
        default="",
        db_default="",
        help_text=_("For example: At the main gate. Ring the bell at reception."),
    )
    # Seen by booked classes alone: read it through `VisitBooking.screen_link`.
    screen_link = models.URLField(
        _("link to the meeting on screen"), max_length=500, blank=True, default="", db_default=""
    )
    travel_km = models.PositiveSmallIntegerField(
        _("how far you come to a school, in kilometres"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(2000)],
    )
    cost_kind = models.CharField(_("cost for the school"), max_length=10, choices=CostKind, default=CostKind.FREE)
    cost_amount = models.PositiveIntegerField(
        _("price in kronor"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(100_000)]
    )
    cost_note = models.CharField(_("about the cost"), max_length=200, blank=True)
    late_note = models.CharField(
        _("what applies when a class cancels late"), max_length=300, blank=True, default="", db_default=""
    )
    left_out_questions: models.ManyToManyField[visits.HostQuestion, Any] = models.ManyToManyField(
        "HostQuestion", blank=True, related_name="left_out_by", verbose_name=_("questions this offer leaves out")
    )
    occupations = models.ManyToManyField(
        Occupation, blank=True, related_name="visit_offers", verbose_name=_("occupations the class meets")
    )
    vetted_at = models.DateTimeField(_("approved by the region"), null=True, blank=True)  # and unchanged since
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    region_rules: list[dict[str, Any]]  # from with_region_rules()
    coming_count: int  # these four from with_host_figures()
    coming_pupils_taken: int
    coming_pupils_capacity: int
    waiting_count: int
    next_slots: list[visits.VisitSlot]  # from for_host_list()

    others_first_until: datetime | None = None  # from with_open_to_all_at()
    free: int  # this and the next from with_free_times()
    next_free_at: datetime | None

    objects = VisitOfferQuerySet.as_manager()

    class Meta:
        ordering = ["title", "pk"]
        verbose_name = _("visit offer")
        verbose_name_plural = _("visit offers")
        constraints = [
            models.CheckConstraint(
                name="visit_offer_grades_in_order",
                condition=Q(highest_grade__gte=F("lowest_grade")),
                violation_error_message=_("The highest grade cannot be below the lowest."),
            ),
            models.CheckConstraint(
                name="visit_offer_price_unless_free",
                condition=Q(cost_kind="free", cost_amount=None) | (~Q(cost_kind="free") & Q(cost_amount__gte=1)),
                violation_error_message=_("Write the price, or choose free of charge."),
            ),
            models.CheckConstraint(
                name="visit_offer_link_is_for_screens",
                condition=Q(screen_link="") | Q(kind=VisitKind.ON_SCREEN),
                violation_error_message=_("Only a meeting on screen has a link."),
            ),
            models.CheckConstraint(
                name="visit_offer_reach_is_for_guests",
                condition=Q(travel_km=None) | Q(kind=VisitKind.GUEST_LESSON, travel_km__gte=1),
                violation_error_message=_("Only a guest lesson has a host who comes to the school."),
            ),
            models.CheckConstraint(
                name="visit_offer_group_sizes_in_order",
                condition=Q(group_max__gte=F("group_min"), group_min__gte=1),
                violation_error_message=_("The largest group cannot be smaller than the smallest."),
            ),
        ]
        indexes = [
            models.Index(fields=["company", "state"], name="visit_offer_by_company"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("visits:offer_detail", args=[self.public_id])

    def can_move_to(self, state: str) -> bool:
        return state in OFFER_MOVES[self.state]

    @property
    def language_names(self) -> list[str]:
        return [str(Language(language).label) for language in self.languages]

    @property
    def subject_names(self) -> list[str]:
        return subjects.names_of(self.subjects)

    @property
    def is_published(self) -> bool:
        return self.state == OfferState.PUBLISHED

    @property
    def is_on_screen(self) -> bool:
        return self.kind == VisitKind.ON_SCREEN

    @property
    def is_for_teachers(self) -> bool:
        """Teachers come without a class: what is counted in pupils is then their number."""
        return self.kind == VisitKind.TEACHER_SHADOWING

    @property
    def grades_in_words(self) -> str:
        return grades_in_words(self.lowest_grade, self.highest_grade)

    @property
    def checks(self) -> list[CheckItem]:
        """What the host sees to before each visit."""
        return CHECKS[self.kind]

    @property
    def takes_pupils_out(self) -> bool:
        """Whether a school whose class has been here "has been out"."""
        return self.kind in OUT_KINDS

    @property
    def open_to_all_at(self) -> datetime | None:
        """From when schools that have been out can book one of its free times; None when they can now."""
        if self.others_first_until is None:
            return None
        opens = midnight(timezone.localdate(self.others_first_until))
        return opens if opens > timezone.now() else None

    @property
    def comes_to_school(self) -> bool:
        """The host comes to the class."""
        return self.kind == VisitKind.GUEST_LESSON

    @property
    def is_at_workplace(self) -> bool:
        """The class goes to the host: then address, directions and parking matter."""
        return not (self.is_on_screen or self.comes_to_school)

    @property
    def place_in_words(self) -> str:
        """Where the two meet, for readers who have not booked."""
        if self.is_on_screen:
            return gettext("On screen. The link comes with the confirmed booking.")
        if self.travel_km:
            where = self.workplace.city or self.workplace.municipality.name
            return gettext("At your school. The host comes to schools within %(km)d km of %(place)s.") % {
                "km": self.travel_km,
                "place": where,
            }
        if self.comes_to_school:
            return gettext("At your school. The host comes to you.")
        return ", ".join(filter(None, [self.workplace.name, self.workplace.street, self.workplace.city]))

    @cached_property
    def last_vetting(self) -> visits.OfferVetting | None:
        """The region's latest look at the offer."""
        return self.vettings.last()

    @property
    def hands_on_in_words(self) -> str:
        return age_words(self.hands_on_from, younger_may_watch=self.younger_may_watch) if self.hands_on_from else ""

    @property
    def named_co_host(self) -> Company | None:
        """The second host, when it has said yes and anyone may see it; select `co_host__company` along."""
        co_host = getattr(self, "co_host", None)
        return co_host.company if co_host and co_host.confirmed_at and co_host.company.is_listed else None

    @property
    def may_have_children(self) -> bool:
        """Whether classes may come that do not turn 13 in their autumn: nobody in them may work."""
        oldest = Grade.G7 if self.company.country == Country.NO else Grade.G6
        return self.lowest_grade <= oldest and not self.is_for_teachers

    @property
    def cost_in_words(self) -> str:
        """Free of charge, 500 kr per class, 60 kr per pupil."""
        return cost_words(self.cost_kind, self.cost_amount)

    def questions(self) -> models.QuerySet[visits.HostQuestion]:
        """The host's own questions that a school answers when it books this offer."""
        asked = visits.HostQuestion.objects.filter(company=self.company_id, in_use=True)
        return asked.exclude(
            pk__in=self.left_out_questions.through.objects.filter(visitoffer=self.pk).values("hostquestion")
        )

    @cached_property
    def rules_to_accept(self) -> list[VisitRule]:
        """What a school that books must know and accept."""
        return _rules_of(self.pk)

    @property
    def steps(self) -> list[str]:
        """What the pupils get to do, one step per item."""
        return [line.strip() for line in self.programme_of_day.splitlines() if line.strip()]

    @property
    def programme(self) -> list[Line]:
        """The same with the times apart, as on the day that the host had in mind."""
        return lines_of(self.programme_of_day)

    @property
    def has_timetable(self) -> bool:
        return has_times(self.programme)


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class VisitRule(models.Model):
    """One thing the school must know and accept: it travels into the booking, the confirmation and the reminder."""

    offer = models.ForeignKey(VisitOffer, on_delete=models.CASCADE, related_name="rules")  # part of the offer
    kind = models.CharField(_("kind"), max_length=20, choices=RuleKind)
    text = models.CharField(_("rule"), max_length=300)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("rule")
        verbose_name_plural = _("rules")


@ready
def _rules_of(offer: int) -> models.QuerySet[VisitRule]:
    return VisitRule.objects.filter(offer=offer)


class VisitPictureQuerySet(models.QuerySet["VisitPicture"]):
    def ready(self) -> Self:
        """Pictures a worker has re-drawn: the only ones that are ever shown."""
        return self.exclude(small="")

    def waiting(self) -> Self:
        """Uploads no worker has begun to re-draw."""
        return self.filter(small="", problem="", begun_at=None)

    def visible_to(self, user: Any) -> Self:
        return self.ready().filter(offer__in=VisitOffer.objects.visible_to(user))


class VisitPicture(PublicIdModel):
    """A picture of an offer: re-drawn by a worker before anyone sees it (no place, no maker, no comment inside)."""

    offer = models.ForeignKey(VisitOffer, on_delete=models.CASCADE, related_name="pictures")  # part of the offer
    original = models.FileField(upload_to="uploads/", blank=True)
    alt_text = models.CharField(_("what the picture shows"), max_length=200)
    small = models.ImageField(upload_to="pictures/", blank=True)  # WebP, 480 px wide
    large = models.ImageField(upload_to="pictures/", blank=True)  # WebP, 960 px wide
    problem = models.CharField(_("why it could not be used"), max_length=200, choices=PictureProblem, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    begun_at = models.DateTimeField(_("re-drawing begun"), null=True, blank=True)  # a worker takes an upload once

    objects = VisitPictureQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
