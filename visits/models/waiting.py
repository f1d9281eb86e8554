from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Self

import pghistory
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.models import PublicIdModel
from schools.enums import Grade
from schools.models import School, SchoolClass
from visits.enums import IN_LINE, WAITING_MOVES, Misfit, Side, WaitingState
from visits.models.bookings import VisitBooking, booker_is_member
from visits.models.offers import VisitOffer, count_of
from visits.models.slots import VisitSlot

SHORTEST_HOLD = timedelta(hours=2)
MOST_OTHER_TIMES = 5


class WaitingGroupQuerySet(models.QuerySet["WaitingGroup"]):
    def in_line(self) -> Self:
        """Groups that wait or have been offered places."""
        return self.filter(state__in=IN_LINE)

    def offered(self) -> Self:
        return self.filter(state=WaitingState.OFFERED)

    def in_turn(self) -> Self:
        """Groups that may be offered places now, the one that has waited longest first."""
        may_book = Q(not_before=None) | Q(not_before__lte=timezone.now())
        waiting = self.filter(may_book, ~Exists(_booked_meanwhile()), state=WaitingState.WAITING)
        return waiting.order_by("created_at", "pk")

    def held_back(self) -> Self:
        """Groups that wait until schools that have not been out this year have had their days."""
        return self.filter(state=WaitingState.WAITING, not_before__gt=timezone.now())

    def booked_meanwhile(self) -> Self:
        """Groups that wait for a time where the class has got places otherwise, in a smaller group perhaps."""
        return self.filter(Exists(_booked_meanwhile()), state=WaitingState.WAITING)

    def with_booker(self) -> Self:
        """With the person who put it in line and `booker_is_member`, whether they still work at the school."""
        return self.select_related("requested_by").annotate(booker_is_member=booker_is_member())

    def with_position(self) -> Self:
        """With `number_in_line`: 1 for the group that has waited longest. Those with an offer are out of the way."""
        return self.annotate(number_in_line=1 + count_of(_in_front_of(OuterRef), Count("pk")))

    def of_schools_of(self, user: Any) -> Self:
        return self.filter(school__in=School.objects.with_member(user))

    def answerable_by(self, user: Any) -> Self:
        """The lines at the times of companies the user hosts for."""
        return self.filter(slot__offer__in=VisitOffer.objects.editable_by(user))


def _booked_meanwhile() -> models.QuerySet[VisitBooking]:
    return VisitBooking.objects.live().filter(slot=OuterRef("slot"), school_class=OuterRef("school_class"))


def _in_front_of(its: Callable[[str], Any]) -> models.QuerySet[Any]:
    """The groups that wait before another one for the same time; `its` reads a field of that one."""
    before = Q(created_at__lt=its("created_at")) | Q(created_at=its("created_at"), pk__lt=its("pk"))
    waiting = WaitingGroup.objects.filter(before, slot=its("slot_id"), state=WaitingState.WAITING)
    return waiting.order_by().values("slot")


@pghistory.track()
class WaitingGroup(PublicIdModel):
    """A class in line for a time that is full, or has too few places left for it.

    A group that is offered places holds them: they count as taken on the slot until it has answered.
    """

    slot = models.ForeignKey(VisitSlot, on_delete=models.PROTECT, related_name="waiting_groups")
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="waiting_groups")
    school_class = models.ForeignKey(SchoolClass, on_delete=models.PROTECT, related_name="waiting_groups")
    group_name = models.CharField(_("class"), max_length=20)
    grade = models.PositiveSmallIntegerField(_("grade"), choices=Grade)
    pupil_count = models.PositiveSmallIntegerField(_("pupils"), validators=[MinValueValidator(1)])
    adult_count = models.PositiveSmallIntegerField(_("accompanying adults"), default=1)
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="waiting_groups")
    phone = models.CharField(_("telephone on the day"), max_length=30)
    note = models.TextField(_("message to the host"), max_length=1000, blank=True)
    accepted_rules = models.JSONField(_("accepted rules"), default=list)
    answers = models.JSONField(_("answers to the host's questions"), default=list, blank=True)
    request_key = models.UUIDField(unique=True, editable=False)  # one per form: the same click joins once
    state = models.CharField(_("status"), max_length=12, choices=WaitingState, default=WaitingState.WAITING)
    created_at = models.DateTimeField(_("in line since"), default=timezone.now)
    not_before = models.DateTimeField(_("may book from"), null=True, blank=True)  # other schools go first until then
    offered_at = models.DateTimeField(_("offered"), null=True, blank=True)
    offer_ends_at = models.DateTimeField(_("held until"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    ended_by = models.CharField(_("ended by"), max_length=10, choices=Side, blank=True)
    reason_text = models.CharField(_("reason"), max_length=500, blank=True)
    misfit = models.CharField(
        _("why it no longer fits"), max_length=10, choices=Misfit, blank=True, default="", db_default=""
    )
    booking = models.OneToOneField(
        VisitBooking, on_delete=models.PROTECT, null=True, blank=True, related_name="waited_as"
    )

    number_in_line: int  # from with_position()
    share_used: str = ""  # from fair_share.mark_passed_by()
    booker_is_member: bool | None = None  # from with_booker()

    objects = WaitingGroupQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "pk"]
        verbose_name = _("group in line")
        verbose_name_plural = _("groups in line")
        constraints = [
            models.CheckConstraint(name="waiting_group_has_pupils", condition=Q(pupil_count__gte=1)),
            models.CheckConstraint(
                name="waiting_group_offer_has_end",
                condition=~Q(state="offered") | Q(offered_at__isnull=False, offer_ends_at__isnull=False),
            ),
            models.CheckConstraint(
                name="waiting_group_accepted_has_booking",
                condition=Q(state="accepted", booking__isnull=False) | (~Q(state="accepted") & Q(booking=None)),
            ),
            models.CheckConstraint(
                name="waiting_group_no_fit_says_why",
                condition=(Q(state="no_fit") & ~Q(misfit="")) | (~Q(state="no_fit") & Q(misfit="")),
            ),
            models.UniqueConstraint(
                name="waiting_group_once_a_class",
                fields=["slot", "school_class"],
                condition=Q(state__in=["waiting", "offered"]),
                violation_error_message=_("The class already stands in this line."),
            ),
        ]
        indexes = [
            models.Index(
                fields=["slot", "created_at", "id"],
                name="waiting_group_line",
                condition=Q(state__in=["waiting", "offered"]),
            ),
            models.Index(fields=["offer_ends_at"], name="waiting_group_holds", condition=Q(state="offered")),
            models.Index(fields=["school", "state"], name="waiting_group_by_school"),
        ]

    def __str__(self) -> str:
        return f"{self.group_name}, {self.slot}"

    def get_absolute_url(self) -> str:
        return reverse("visits:waiting_detail", args=[self.public_id])

    def can_move_to(self, state: str) -> bool:
        return state in WAITING_MOVES[self.state]

    @property
    def is_in_line(self) -> bool:
        return self.state in IN_LINE

    @property
    def is_held_back(self) -> bool:
        """Whether schools that have not been out this year still go before this one."""
        return self.not_before is not None and self.not_before > timezone.now()

    @property
    def has_open_offer(self) -> bool:
        """Whether the places are held for the group and it may still say yes."""
        return (
            self.state == WaitingState.OFFERED
            and self.offer_ends_at is not None
            and self.offer_ends_at > timezone.now()
        )

    @property
    def position(self) -> int:
        """What `with_position` counts, for this one."""
        return _in_front_of(lambda name: getattr(self, name)).count() + 1

    @property
    def other_times(self) -> list[VisitSlot]:
        """The next times of the same visit that have room for the group right now."""
        times = VisitSlot.objects.bookable().with_places().filter(offer=self.slot.offer_id).exclude(pk=self.slot_id)
        room = Q(pupils_taken__lte=F("pupils_capacity") - self.pupil_count)
        return list(times.filter(room).order_by("starts_at", "pk")[:MOST_OTHER_TIMES])

    @property
    def places_lacking(self) -> int:
        """How many places would have to become free before the group fits."""
        return max(0, self.pupil_count - self.slot.pupils_capacity + self.slot.pupils_taken)


def hold_until(slot: VisitSlot, now: datetime) -> datetime:
    """When an offer made now ends: after the host's hours, but within half of the time that is left for booking.

    So the next group has a chance as well. Two hours are the least, and never is it later than booking closes.
    """
    left = slot.closes_at - now
    return now + min(left, max(SHORTEST_HOLD, min(timedelta(hours=slot.offer.hold_hours), left / 2)))
