from __future__ import annotations

from datetime import date, datetime
from typing import Any, Self

import pghistory
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core.models import PublicIdModel
from regions.sharing import region_rules
from visits import models as visits  # as a module: offers, slots and bookings ask about each other
from visits.enums import CancelReason, MinimumOf, OfferState, SlotStatus
from visits.models.offers import VisitOffer, count_of

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
        waiting = visits.VisitBooking.objects.pending().filter(slot=OuterRef("pk")).order_by().values("slot")
        return self.annotate(waiting_count=count_of(waiting, Count("pk")))

    def undecided(self) -> Self:
        """Slots of which it is not decided whether enough have booked."""
        return self.filter(minimum__gt=0, runs_since=None, cancelled_at=None)

    def with_line_count(self) -> Self:
        """With `in_line`, how many groups wait or have been offered places."""
        line = visits.WaitingGroup.objects.in_line().filter(slot=OuterRef("pk")).order_by().values("slot")
        return self.annotate(in_line=count_of(line, Count("pk")))

    def with_line(self) -> Self:
        """Slots that somebody waits for."""
        return self.filter(Exists(visits.WaitingGroup.objects.in_line().filter(slot=OuterRef("pk"))))

    def with_region_rules(self) -> Self:
        """With `region_rules`, how the regions where they take place share visits (regions/sharing.py)."""
        return self.annotate(region_rules=region_rules(municipalities=OuterRef("offer__workplace__municipality")))

    def editable_by(self, user: Any) -> Self:
        return self.filter(offer__in=VisitOffer.objects.editable_by(user))


@pghistory.track(exclude=["pupils_taken", "groups_taken", "terms"])
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
    # Grows when the offer changes in a way that classes must be told of; see visits/offer_changes.py.
    terms = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    opens_at = models.DateTimeField(_("booking opens"), default=timezone.now)
    closes_at = models.DateTimeField(_("booking closes"))
    cancel_by = models.DateTimeField(_("free to cancel until"))
    cancelled_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)
    # It runs only if so many have booked when it is decided; 0: however few they are. visits/minimum.py.
    minimum = models.PositiveSmallIntegerField(_("runs only with at least"), default=0, db_default=0)
    minimum_of = models.CharField(
        _("counted in"), max_length=10, choices=MinimumOf, default=MinimumOf.PUPILS, db_default=MinimumOf.PUPILS
    )
    decide_at = models.DateTimeField(_("decided on"), null=True, blank=True)
    runs_since = models.DateTimeField(_("decided that it runs"), null=True, blank=True)
    # Given when somebody was waiting for the time or had booked it; the host's own words are with each of these.
    cancel_reason = models.CharField(
        _("reason"), max_length=20, choices=CancelReason, blank=True, default="", db_default=""
    )

    region_rules: list[dict[str, Any]]  # from with_region_rules()
    open_to_all_at: datetime | None = None  # these two from first_turn.mark()
    held_until: datetime | None = None
    questions: list[visits.HostQuestion]  # from slot_to_book() in visits/booking_queries.py
    waiting_count: int  # from with_waiting_count()
    in_line: int  # from with_line_count()

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
                name="visit_slot_minimum_has_day",
                condition=Q(minimum=0) | Q(decide_at__isnull=False, decide_at__lte=F("starts_at")),
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
        indexes = [
            models.Index(fields=["offer", "starts_at"], name="visit_slot_by_offer"),
            models.Index(fields=["starts_at"], name="visit_slot_coming", condition=Q(cancelled_at=None)),
            models.Index(
                fields=["decide_at"],
                name="visit_slot_undecided",
                condition=Q(minimum__gt=0, runs_since=None, cancelled_at=None),
            ),
        ]

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
    def is_undecided(self) -> bool:
        """Whether it runs only if enough book, and the day for that has not come."""
        return bool(self.minimum) and self.runs_since is None and self.cancelled_at is None

    @property
    def minimum_in_words(self) -> str:
        counted = {
            MinimumOf.PUPILS: ngettext("%(count)d pupil", "%(count)d pupils", self.minimum),
            MinimumOf.GROUPS: ngettext("%(count)d group", "%(count)d groups", self.minimum),
        }
        return counted[MinimumOf(self.minimum_of)] % {"count": self.minimum}

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
