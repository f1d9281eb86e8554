from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID

import pghistory
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import BigIntegerRangeField, DateTimeRangeField
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Count, Exists, F, Func, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from psycopg.types.range import TimestamptzRange

from accounts.models import Membership, User
from companies.models import Company, CompanyContact
from core.dates import midnight, span
from core.models import PublicIdModel
from core.planning import among
from core.ready_queries import ready
from regions.school_year import current_school_year, first_day
from schools.enums import Grade
from schools.models import School, SchoolClass
from visits import models as visits  # as a module: offers, slots and bookings ask about each other
from visits.enums import (
    ASK_ENDS,
    ASK_STATES,
    BOOKING_MOVES,
    CHECKS_AFTER,
    LIVE_STATES,
    OUT_KINDS,
    BookingState,
    CancelReason,
    DeclineReason,
    Side,
    StepKind,
)
from visits.models.slots import VisitSlot
from visits.programme import Line
from visits.programme import on as programme_on


def booker_is_member() -> Exists:
    """Whether the person who booked, or stands in line, still works at the school."""
    theirs = Membership.objects.filter(school=OuterRef("school"), user=OuterRef("requested_by"), user__is_active=True)
    return Exists(theirs)


class VisitBookingQuerySet(models.QuerySet["VisitBooking"]):
    def live(self) -> Self:
        """Bookings whose places are taken."""
        return self.filter(state__in=LIVE_STATES)

    def out_this_year(self) -> Self:
        """Confirmed visits outside the school from the first day of this school year on, those to come included."""
        out = self.filter(state=BookingState.CONFIRMED, slot__offer__kind__in=OUT_KINDS)
        return out.filter(slot__starts_at__gte=midnight(first_day(current_school_year())))

    def pending(self) -> Self:
        return self.filter(state=BookingState.PENDING)

    def with_booker(self) -> Self:
        """With the person who booked and `booker_is_member`, whether they still work at the school."""
        return self.select_related("requested_by").annotate(booker_is_member=booker_is_member())

    def in_the_way(self, school_class: int, during: TimestamptzRange, request_key: UUID | None = None) -> Self:
        """Where a class is at a time, and what that form has booked before.

        Asked as the exclusion constraint asks, whose index knows class and time together. By the time alone there
        are a hundred visits in the country on a good morning.
        """
        asked = Func(
            Value(school_class),
            Value(school_class),
            Value("[]"),
            function="int8range",
            output_field=BigIntegerRangeField(),
        )
        clash = Q(class_range__overlap=asked, during__overlap=during, state__in=LIVE_STATES)
        if request_key:
            clash |= Q(request_key=request_key)
        class_range = ClassAsRange(F("school_class"), output_field=BigIntegerRangeField())
        return self.alias(class_range=class_range).filter(clash).order_by("pk")

    def with_checks(self) -> Self:
        """With `checked`, how much of the host's list before the visit is ticked."""
        ticked = visits.HostCheck.objects.filter(booking=OuterRef("pk")).exclude(item__in=CHECKS_AFTER)
        number = ticked.order_by().values("booking").annotate(number=Count("pk")).values("number")
        return self.annotate(checked=Coalesce(Subquery(number), 0))

    def untold(self) -> Self:
        """Visits of the last two weeks of which the host has not said who came."""
        now = timezone.now()
        ended = self.filter(state=BookingState.CONFIRMED, slot__ends_at__lte=now)
        return ended.filter(slot__ends_at__gt=now - timedelta(days=14), outcome=None)

    def visible_to(self, user: Any) -> Self:
        """Bookings of the user's schools and of the user's companies.

        A union, since an OR over two tables lets PostgreSQL use the index of neither.
        """
        bookings = VisitBooking.objects.order_by()
        of_schools, of_companies = bookings.of_schools_of(user), bookings.answerable_by(user)
        return self.filter(pk__in=of_schools.values("pk").union(of_companies.values("pk"), all=True))

    def of_schools_of(self, user: Any) -> Self:
        return self.filter(among("school", School.objects.with_member(user).values("pk")))

    def answerable_by(self, user: Any) -> Self:
        return self.filter(among("slot__offer__company", Company.objects.hosted_by(user).values("pk")))


class ClassAsRange(Func):
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
    # Another time the school has asked for; its places are held until the host has answered. visits/time_actions.py.
    asked_slot = models.ForeignKey(
        VisitSlot, on_delete=models.PROTECT, null=True, blank=True, related_name="asked_bookings"
    )
    asked_at = models.DateTimeField(_("asked for another time"), null=True, blank=True)
    asked_until = models.DateTimeField(_("answer about another time by"), null=True, blank=True)
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="visit_bookings")
    school_class = models.ForeignKey(SchoolClass, on_delete=models.PROTECT, related_name="visit_bookings")
    group_name = models.CharField(_("class"), max_length=20)
    grade = models.PositiveSmallIntegerField(_("grade"), choices=Grade)
    pupil_count = models.PositiveSmallIntegerField(_("pupils"), validators=[MinValueValidator(1)])
    adult_count = models.PositiveSmallIntegerField(_("accompanying adults"), default=1)
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="visit_bookings")
    # Who looks after it at the host, where that is not the contact person of the offer.
    contact = models.ForeignKey(
        CompanyContact,
        on_delete=models.SET_NULL,  # without them the offer's contact person looks after it again
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("contact person"),
    )
    phone = models.CharField(_("telephone on the day"), max_length=30)
    note = models.TextField(
        _("message to the host"),
        max_length=1000,
        blank=True,
        help_text=_("No names of pupils and nothing about health."),
    )
    transport = models.CharField(_("how the class comes"), max_length=300, blank=True, default="", db_default="")
    accepted_rules = models.JSONField(_("accepted rules"), default=list)
    answers = models.JSONField(
        _("answers to the host's questions"), default=list, blank=True
    )  # see visits/questions.py
    state = models.CharField(_("status"), max_length=10, choices=BookingState, default=BookingState.PENDING)
    answer_by = models.DateTimeField(_("answer by"))
    during = DateTimeRangeField(_("time"))  # the slot's time, kept here for the constraint below
    request_key = models.UUIDField(unique=True, editable=False)  # one per form: the same click books once
    requested_at = models.DateTimeField(_("requested"), default=timezone.now)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    ended_by = models.CharField(_("ended by"), max_length=10, choices=Side, blank=True)
    reason = models.CharField(_("reason"), max_length=20, blank=True)
    reason_text = models.CharField(_("in your own words"), max_length=500, blank=True)
    # A visit that was changed after it was booked: until then the school may step back without being late.
    free_to_leave_until = models.DateTimeField(_("free to leave until"), null=True, blank=True)
    late = models.BooleanField(_("cancelled late"), default=False, db_default=False)

    checked: int  # from with_checks()
    booker_is_member: bool | None = None  # from with_booker()

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
            models.CheckConstraint(
                name="visit_booking_asks_for_another_time",
                condition=Q(asked_slot=None, asked_at=None, asked_until=None)
                | Q(
                    ~Q(asked_slot=F("slot")),
                    asked_slot__isnull=False,
                    asked_at__isnull=False,
                    asked_until__isnull=False,
                    state__in=["pending", "confirmed"],
                ),
            ),
            ExclusionConstraint(
                name="class_in_one_place_at_a_time",
                expressions=[(ClassAsRange(F("school_class")), "&&"), (F("during"), "&&")],
                condition=Q(state__in=["pending", "proposed", "confirmed"]),
                violation_error_message=_("The class is already booked somewhere at this time."),
            ),
        ]
        indexes = [
            models.Index(fields=["school", "state"], name="visit_booking_by_school"),
            models.Index(fields=["slot", "state"], name="visit_booking_by_slot"),
            # Whether a school has been out in a period, without a look at the slots.
            models.Index(
                F("school"),
                F("during__startswith"),
                name="visit_booking_agreed",
                condition=Q(state="confirmed"),
            ),
            models.Index(
                fields=["answer_by"], name="visit_booking_unanswered", condition=Q(state__in=["pending", "proposed"])
            ),
            # What waits for an answer, the longest first: what a coordinator sees of it is the beginning.
            models.Index(
                Coalesce("asked_until", "answer_by"),
                "id",
                name="visit_booking_stuck",
                condition=Q(state="pending") | Q(state="proposed") | Q(asked_slot__isnull=False),
            ),
            models.Index(fields=["asked_until"], name="visit_booking_asked", condition=Q(asked_slot__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.group_name}, {self.slot}"

    def get_absolute_url(self) -> str:
        return reverse("visits:booking_detail", args=[self.public_id])

    def can_move_to(self, state: str) -> bool:
        return state in BOOKING_MOVES[self.state]

    @cached_property
    def read_steps(self) -> list[BookingStep]:
        """The steps until now, read once: for mails and calendars, which change nothing."""
        is_known = "steps" in getattr(self, "_prefetched_objects_cache", {})
        return list(self.steps.all()) if is_known else _steps_of(self.pk)

    @property
    def programme(self) -> list[Line]:
        """What the class gets to do, at the hours of its own visit."""
        return programme_on(self.slot.starts_at, self.slot.offer.programme)

    @property
    def is_live(self) -> bool:
        return self.state in LIVE_STATES

    @property
    def place(self) -> str:
        """Where the two meet: the workplace, the school or the screen. Never the link, calendars are shared."""
        offer, school = self.slot.offer, self.school
        if offer.is_on_screen:
            return gettext("On screen")
        if offer.comes_to_school:
            return ", ".join(filter(None, [school.name, school.street, school.city]))
        return offer.place_in_words

    @property
    def screen_link(self) -> str:
        """The link to the meeting, for the two sides, once it is agreed and until it is called off."""
        return self.slot.offer.screen_link if self.state == BookingState.CONFIRMED else ""

    @property
    def waiting_since(self) -> datetime:
        """When the side whose turn it is was asked: by the request, a proposal, which is an answer, or a question."""
        return self.asked_at or self.answered_at or self.requested_at

    @property
    def waits_until(self) -> datetime:
        """When the side whose turn it is must have answered."""
        return self.asked_until or self.answer_by

    @property
    def can_ask_for_a_time(self) -> bool:
        return self.state in ASK_STATES and self.can_be_changed

    @property
    def can_be_cancelled(self) -> bool:
        """Until the visit begins. What comes after the last free day is marked late: `would_be_late`."""
        return self.is_live and self.slot.starts_at > timezone.now()

    @property
    def can_be_changed(self) -> bool:
        """Its size and who looks after it: until the visit begins."""
        return self.can_be_cancelled

    @property
    def host_contact(self) -> CompanyContact:
        """Whom the school rings, and who gets the mails."""
        return self.contact or self.slot.offer.contact

    @property
    def leave_by(self) -> datetime:
        """Until when the school may step back without being late."""
        return max(self.slot.cancel_by, self.free_to_leave_until or self.slot.cancel_by)

    def would_be_late(self, side: str) -> bool:
        """Whether cancelling now lets the other side down: only what was agreed can be left late."""
        last = {Side.SCHOOL: self.leave_by, Side.HOST: self.slot.cancel_by}.get(Side(side))
        return self.state == BookingState.CONFIRMED and last is not None and timezone.now() > last

    @property
    def may_step_back(self) -> bool:
        """Whether a change by the host still lets the class leave without being late."""
        until = self.free_to_leave_until
        return self.can_be_cancelled and until is not None and until >= timezone.now()

    def changes(self) -> models.QuerySet[visits.OfferChange]:
        """What the host has told the class of since it booked."""
        return visits.OfferChange.objects.filter(offer=self.slot.offer_id, made_at__gte=self.requested_at)

    def other_times(self) -> models.QuerySet[VisitSlot]:
        """Times of the same visit that have room for the group now."""
        room = Q(pupils_taken__lte=F("pupils_capacity") - self.pupil_count)
        return VisitSlot.objects.bookable().with_places().filter(room, offer=self.slot.offer_id)

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
    kind = models.CharField(max_length=20, choices=StepKind, default=StepKind.STATE)
    details = models.JSONField(default=dict, blank=True)  # numbers and times for the words of the kind, never a person
    reason_text = models.CharField(max_length=500, blank=True, default="", db_default="")  # why, in the actor's words
    side = models.CharField(max_length=10, choices=Side)
    by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    by_link = models.BooleanField(default=False)
    happened_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]

    @property
    def in_words(self) -> str:
        """What happened, in the reader's language."""
        if self.kind == StepKind.STATE:
            return self.get_to_state_display()
        details = {name: _in_words(value) for name, value in self.details.items()}
        return str(StepKind(self.kind).label) % details

    @property
    def is_move(self) -> bool:
        return self.kind in {StepKind.MOVED, StepKind.PROPOSAL_MOVED}

    @property
    def is_about_an_ask(self) -> bool:
        return self.kind == StepKind.ASKED or self.kind in ASK_ENDS

    @property
    def before(self) -> str:
        """Of a move: the time as it was, in the reader's language."""
        return str(_in_words(self.details["before"]))

    @property
    def after(self) -> str:
        return str(_in_words(self.details["after"]))

    @property
    def reason_label(self) -> str:
        return str(dict(CancelReason.choices).get(self.details.get("reason", ""), ""))


def _in_words(value: Any) -> Any:
    """A time is kept as when it starts and ends."""
    return span(*map(datetime.fromisoformat, value)) if isinstance(value, list) else value


@ready
def _steps_of(booking: int) -> models.QuerySet[BookingStep]:
    return BookingStep.objects.filter(booking=booking)


def answer_deadline(slot: VisitSlot, now: datetime) -> datetime:
    """When the host must have answered: after the offer's days, and at the latest a day before the visit."""
    by_days = now + timedelta(days=slot.offer.answer_days)
    return max(now, min(by_days, slot.starts_at - timedelta(days=1)))
