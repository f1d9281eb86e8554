from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, Self

import pghistory
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Count, F, Func, Min, OuterRef, Prefetch, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.enums import Language
from accounts.models import User
from companies.models import Company, CompanyContact, Workplace
from core.models import PublicIdModel
from occupations.models import Occupation
from schools.enums import Grade
from schools.models import School, SchoolClass
from visits.enums import (
    BOOKING_MOVES,
    LIVE_STATES,
    OFFER_MOVES,
    AnswerMode,
    BookingState,
    CancelReason,
    DeclineReason,
    OfferState,
    PictureProblem,
    RuleKind,
    Side,
    SlotStatus,
    VisitKind,
)


def _count(rows: models.QuerySet[Any], figure: models.Aggregate) -> Coalesce:
    """A figure over rows grouped by their only column; 0 where there are none."""
    return Coalesce(Subquery(rows.annotate(figure=figure).values("figure")), 0)


class VisitOfferQuerySet(models.QuerySet["VisitOffer"]):
    def published(self) -> Self:
        """Offers anyone may see."""
        return self.filter(state=OfferState.PUBLISHED, company__joined_at__isnull=False, company__ceased_at=None)

    def visible_to(self, user: Any) -> Self:
        """Published offers, and every offer of the user's own companies."""
        if not user.is_authenticated:
            return self.published()
        return self.published() | self.editable_by(user)

    def with_free_times(self) -> Self:
        """With `free`, how many slots can be booked now, and `next_free_at`, the first of them."""
        slots = VisitSlot.objects.bookable().with_places().filter(offer=OuterRef("pk")).order_by().values("offer")
        return self.annotate(
            free=Coalesce(Subquery(slots.annotate(number=Count("pk")).values("number")), 0),
            next_free_at=Subquery(slots.annotate(first=Min("starts_at")).values("first")),
        )

    def editable_by(self, user: Any) -> Self:
        return self.filter(company__in=Company.objects.hosted_by(user))

    def with_host_figures(self) -> Self:
        """What the host's list tells of each: coming times, their places, requests that wait."""
        coming = VisitSlot.objects.upcoming().filter(offer=OuterRef("pk")).order_by().values("offer")
        waiting = VisitBooking.objects.pending().filter(slot__offer=OuterRef("pk"), slot__starts_at__gt=timezone.now())
        return self.annotate(
            coming_count=_count(coming, Count("pk")),
            coming_pupils_taken=_count(coming, Sum("pupils_taken")),
            coming_pupils_capacity=_count(coming, Sum("pupils_capacity")),
            waiting_count=_count(waiting.order_by().values("slot__offer"), Count("pk")),
        )

    def for_host_list(self) -> Self:
        """With company, workplace and the three next times (`next_slots`)."""
        next_slots = Prefetch("slots", VisitSlot.objects.upcoming()[:3], to_attr="next_slots")
        return self.with_host_figures().select_related("company", "workplace").prefetch_related(next_slots)


@pghistory.track(exclude=["search"])
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
        help_text=_("One step per line. The class sees them as a list."),
    )
    lowest_grade = models.PositiveSmallIntegerField(_("from grade"), choices=Grade, default=Grade.G7)
    highest_grade = models.PositiveSmallIntegerField(_("to grade"), choices=Grade, default=Grade.U3)
    languages = ArrayField(models.CharField(max_length=2, choices=Language), verbose_name=_("languages"), default=list)
    group_min = models.PositiveSmallIntegerField(_("smallest group"), default=5, validators=[MinValueValidator(1)])
    group_max = models.PositiveSmallIntegerField(
        _("largest group"), default=30, validators=[MinValueValidator(1), MaxValueValidator(500)]
    )
    duration_minutes = models.PositiveSmallIntegerField(
        _("length in minutes"), default=120, validators=[MinValueValidator(15), MaxValueValidator(600)]
    )
    answer_mode = models.CharField(_("answer"), max_length=10, choices=AnswerMode, default=AnswerMode.BY_HAND)
    answer_days = models.PositiveSmallIntegerField(
        _("days to answer"), default=7, validators=[MinValueValidator(1), MaxValueValidator(60)]
    )
    cancel_days = models.PositiveSmallIntegerField(
        _("free to cancel until this many days before"), default=3, validators=[MaxValueValidator(60)]
    )
    occupations = models.ManyToManyField(
        Occupation, blank=True, related_name="visit_offers", verbose_name=_("occupations the class meets")
    )
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    search = SearchVectorField(null=True, editable=False)

    coming_count: int  # these four from with_host_figures()
    coming_pupils_taken: int
    coming_pupils_capacity: int
    waiting_count: int
    next_slots: list[VisitSlot]  # from for_host_list()

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
                name="visit_offer_group_sizes_in_order",
                condition=Q(group_max__gte=F("group_min"), group_min__gte=1),
                violation_error_message=_("The largest group cannot be smaller than the smallest."),
            ),
        ]
        indexes = [
            GinIndex(fields=["search"], name="visit_offer_search", condition=Q(state="published")),
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
    def is_published(self) -> bool:
        return self.state == OfferState.PUBLISHED

    @property
    def steps(self) -> list[str]:
        """What the pupils get to do, one step per item."""
        return [line.strip() for line in self.programme_of_day.splitlines() if line.strip()]


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


HAS_PLACES = Q(pupils_taken__lt=F("pupils_capacity"), groups_taken__lt=F("groups_capacity"))


def is_open(now: datetime) -> Q:
    """Slots that take bookings at `now`, as far as the slot itself decides."""
    return Q(opens_at__lte=now, closes_at__gt=now, cancelled_at=None)


class VisitSlotQuerySet(models.QuerySet["VisitSlot"]):
    def upcoming(self) -> Self:
        return self.filter(starts_at__gt=timezone.now(), cancelled_at=None)

    def past(self) -> Self:
        return self.filter(starts_at__lte=timezone.now(), cancelled_at=None)

    def bookable(self) -> Self:
        """Slots that take bookings now: open, not begun, of a published offer. Places left are counted separately."""
        return self.filter(
            is_open(timezone.now()),
            offer__state=OfferState.PUBLISHED,
            offer__company__joined_at__isnull=False,
            offer__company__ceased_at=None,
        )

    def of_public_offers(self) -> Self:
        """Slots whose booking page may be opened; of a paused offer too, so that nothing typed is lost to a 404."""
        return self.filter(
            offer__state__in=[OfferState.PUBLISHED, OfferState.PAUSED], offer__company__joined_at__isnull=False
        )

    def with_places(self) -> Self:
        """Slots with room for at least one more group of at least one pupil."""
        return self.filter(HAS_PLACES)

    def with_waiting_count(self) -> Self:
        waiting = VisitBooking.objects.pending().filter(slot=OuterRef("pk")).order_by().values("slot")
        return self.annotate(waiting_count=_count(waiting, Count("pk")))

    def editable_by(self, user: Any) -> Self:
        return self.filter(offer__in=VisitOffer.objects.editable_by(user))


@pghistory.track(exclude=["pupils_taken", "groups_taken"])
class VisitSlot(PublicIdModel):
    """A time when an offer is held, with places for pupils and for groups.

    The two `_taken` counters are changed by one conditional update in visits/places.py and nowhere else.
    """

    offer = models.ForeignKey(VisitOffer, on_delete=models.PROTECT, related_name="slots")
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    pupils_capacity = models.PositiveSmallIntegerField(_("places for pupils"), validators=[MinValueValidator(1)])
    groups_capacity = models.PositiveSmallIntegerField(
        _("places for groups"), default=1, validators=[MinValueValidator(1)]
    )
    pupils_taken = models.PositiveSmallIntegerField(_("pupils booked"), default=0, editable=False)
    groups_taken = models.PositiveSmallIntegerField(_("groups booked"), default=0, editable=False)
    opens_at = models.DateTimeField(_("booking opens"), default=timezone.now)
    closes_at = models.DateTimeField(_("booking closes"))
    cancel_by = models.DateTimeField(_("free to cancel until"))
    cancelled_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    waiting_count: int  # from with_waiting_count()

    objects = VisitSlotQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        verbose_name = _("visit slot")
        verbose_name_plural = _("visit slots")
        constraints = [
            models.CheckConstraint(
                name="visit_slot_times_in_order",
                condition=Q(ends_at__gt=F("starts_at"), closes_at__lte=F("starts_at"), cancel_by__lte=F("starts_at"))
                & Q(opens_at__lt=F("closes_at")),
                violation_error_message=_("The times are in the wrong order."),
            ),
            models.CheckConstraint(
                name="visit_slot_pupils_within_capacity",
                condition=Q(pupils_taken__gte=0, pupils_taken__lte=F("pupils_capacity")),
            ),
            models.CheckConstraint(
                name="visit_slot_groups_within_capacity",
                condition=Q(groups_taken__gte=0, groups_taken__lte=F("groups_capacity")),
            ),
        ]
        indexes = [models.Index(fields=["offer", "starts_at"], name="visit_slot_by_offer")]

    def __str__(self) -> str:
        return f"{timezone.localtime(self.starts_at):%Y-%m-%d %H:%M}"

    @property
    def day(self) -> date:
        """The local day it starts on."""
        return timezone.localdate(self.starts_at)

    @property
    def is_over(self) -> bool:
        return self.starts_at <= timezone.now()

    @property
    def pupils_left(self) -> int:
        return self.pupils_capacity - self.pupils_taken if self.groups_left else 0

    @property
    def groups_left(self) -> int:
        return self.groups_capacity - self.groups_taken

    @property
    def status(self) -> SlotStatus:
        """Whether the slot can be booked now, and if not, why."""
        now = timezone.now()
        if self.cancelled_at:
            return SlotStatus.WITHDRAWN
        if self.closes_at <= now:
            return SlotStatus.CLOSED
        if not self.pupils_left:
            return SlotStatus.FULL
        return SlotStatus.FREE if self.opens_at <= now else SlotStatus.NOT_YET_OPEN


class VisitBookingQuerySet(models.QuerySet["VisitBooking"]):
    def live(self) -> Self:
        """Bookings whose places are taken."""
        return self.filter(state__in=LIVE_STATES)

    def pending(self) -> Self:
        return self.filter(state=BookingState.PENDING)

    def visible_to(self, user: Any) -> Self:
        """Bookings of the user's schools and of the user's companies."""
        return self.filter(
            Q(school__in=School.objects.with_member(user)) | Q(slot__offer__in=VisitOffer.objects.editable_by(user))
        )

    def of_schools_of(self, user: Any) -> Self:
        return self.filter(school__in=School.objects.with_member(user))

    def answerable_by(self, user: Any) -> Self:
        return self.filter(slot__offer__in=VisitOffer.objects.editable_by(user))


class _ClassAsRange(Func):
    """A class id as a range of itself: exclusion constraints compare ranges with built-in operators."""

    function = "int8range"
    template = "%(function)s(%(expressions)s, %(expressions)s, '[]')"


@pghistory.track()
class VisitBooking(PublicIdModel):
    """A class's places on a slot, from request to visit. Both sides follow it on one page."""

    slot = models.ForeignKey(VisitSlot, on_delete=models.PROTECT, related_name="bookings")
    # Another time the host has proposed; its places are held until the school has answered.
    proposed_slot = models.ForeignKey(
        VisitSlot, on_delete=models.PROTECT, null=True, blank=True, related_name="proposed_bookings"
    )
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="visit_bookings")
    school_class = models.ForeignKey(SchoolClass, on_delete=models.PROTECT, related_name="visit_bookings")
    group_name = models.CharField(_("class"), max_length=20)
    grade = models.PositiveSmallIntegerField(_("grade"), choices=Grade)
    pupil_count = models.PositiveSmallIntegerField(_("pupils"), validators=[MinValueValidator(1)])
    adult_count = models.PositiveSmallIntegerField(_("accompanying adults"), default=1)
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="visit_bookings")
    phone = models.CharField(_("telephone on the day"), max_length=30)
    note = models.TextField(
        _("message to the host"),
        max_length=1000,
        blank=True,
        help_text=_("No names of pupils and nothing about health."),
    )
    accepted_rules = models.JSONField(_("accepted rules"), default=list)
    state = models.CharField(_("status"), max_length=10, choices=BookingState, default=BookingState.PENDING)
    answer_by = models.DateTimeField(_("answer by"))
    during = DateTimeRangeField(_("time"))  # the slot's time, kept here for the constraint below
    request_key = models.UUIDField(unique=True, editable=False)  # one per form: the same click books once
    requested_at = models.DateTimeField(_("requested"), default=timezone.now)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    ended_by = models.CharField(_("ended by"), max_length=10, choices=Side, blank=True)
    reason = models.CharField(_("reason"), max_length=20, blank=True)
    reason_text = models.CharField(_("in your own words"), max_length=500, blank=True)

    objects = VisitBookingQuerySet.as_manager()

    class Meta:
        ordering = ["slot__starts_at", "pk"]
        verbose_name = _("booking")
        verbose_name_plural = _("bookings")
        constraints = [
            models.CheckConstraint(name="visit_booking_has_pupils", condition=Q(pupil_count__gte=1)),
            models.CheckConstraint(
                name="visit_booking_proposal_has_slot",
                condition=Q(state="proposed", proposed_slot__isnull=False)
                | (~Q(state="proposed") & Q(proposed_slot__isnull=True)),
            ),
            ExclusionConstraint(
                name="class_in_one_place_at_a_time",
                expressions=[(_ClassAsRange(F("school_class")), "&&"), (F("during"), "&&")],
                condition=Q(state__in=["pending", "proposed", "confirmed"]),
                violation_error_message=_("The class is already booked somewhere at this time."),
            ),
        ]
        indexes = [
            models.Index(fields=["school", "state"], name="visit_booking_by_school"),
            models.Index(fields=["slot", "state"], name="visit_booking_by_slot"),
            models.Index(
                fields=["answer_by"], name="visit_booking_unanswered", condition=Q(state__in=["pending", "proposed"])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group_name}, {self.slot}"

    def get_absolute_url(self) -> str:
        return reverse("visits:booking_detail", args=[self.public_id])

    def can_move_to(self, state: str) -> bool:
        return state in BOOKING_MOVES[self.state]

    @property
    def is_live(self) -> bool:
        return self.state in LIVE_STATES

    @property
    def can_be_cancelled(self) -> bool:
        """Until the visit begins. After `slot.cancel_by` the host is told that it came late."""
        return self.is_live and self.slot.starts_at > timezone.now()

    @property
    def reason_label(self) -> str:
        """The reason code in words, whichever side gave it."""
        labels = dict(DeclineReason.choices) if self.state == BookingState.DECLINED else dict(CancelReason.choices)
        return str(labels.get(self.reason, ""))


class BookingStep(models.Model):
    """One step in a booking's life, as both sides may read it."""

    booking = models.ForeignKey(VisitBooking, on_delete=models.CASCADE, related_name="steps")  # part of the booking
    from_state = models.CharField(max_length=10, choices=BookingState, blank=True)
    to_state = models.CharField(max_length=10, choices=BookingState)
    side = models.CharField(max_length=10, choices=Side)
    by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    by_link = models.BooleanField(default=False)
    happened_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]


def answer_deadline(slot: VisitSlot, now: datetime) -> datetime:
    """When the host must have answered: after the offer's days, and at the latest a day before the visit."""
    by_days = now + timedelta(days=slot.offer.answer_days)
    return max(now, min(by_days, slot.starts_at - timedelta(days=1)))
