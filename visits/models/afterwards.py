from __future__ import annotations

from datetime import timedelta
from typing import Any, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Avg, Count, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from visits.enums import Attendance, BookingState, Side
from visits.models.bookings import VisitBooking
from visits.models.offers import VisitOffer

# How long after the visit the two sides may still say how it was.
TELL_WITHIN = timedelta(days=60)
# Fewer answers would tell who has given which.
FEWEST_FOR_AVERAGES = 5


def is_over(booking: VisitBooking) -> bool:
    """The visit was agreed and its time has passed."""
    return booking.state == BookingState.CONFIRMED and booking.slot.ends_at <= timezone.now()


def can_be_told(booking: VisitBooking) -> bool:
    return is_over(booking) and booking.slot.ends_at + TELL_WITHIN > timezone.now()


def got_a_visit(booking: VisitBooking) -> bool:
    """The visit is over, and the host has not said that nobody came."""
    return is_over(booking) and not VisitOutcome.objects.filter(booking=booking, attendance=Attendance.NO_SHOW).exists()


class VisitOutcome(models.Model):
    """What became of a visit, as the host tells it: a number of pupils, never which."""

    booking = models.OneToOneField(
        VisitBooking, on_delete=models.CASCADE, related_name="outcome"
    )  # part of the booking
    attendance = models.CharField(_("attendance"), max_length=10, choices=Attendance)
    pupils_came = models.PositiveSmallIntegerField(_("pupils who came"))
    told_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    told_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("outcome of a visit")
        verbose_name_plural = _("outcomes of visits")
        constraints = [
            models.CheckConstraint(
                name="visit_outcome_nobody_is_nobody",
                condition=Q(attendance="no_show", pupils_came=0) | ~Q(attendance="no_show") & Q(pupils_came__gte=1),
            ),
        ]


class VisitFeedbackQuerySet(models.QuerySet["VisitFeedback"]):
    def of_schools_about(self, offer: VisitOffer) -> Self:
        return self.filter(side=Side.SCHOOL, booking__slot__offer=offer)

    def averages(self) -> dict[str, Any] | None:
        """Count and averages, or None while there are too few to hide who said what."""
        figures = self.aggregate(
            answers=Count("visit"), visit=Avg("visit"), fit=Avg("fit"), information=Avg("information")
        )
        return figures if figures["answers"] >= FEWEST_FOR_AVERAGES else None


def _rating(label: Any) -> Any:
    return models.PositiveSmallIntegerField(label, validators=[MinValueValidator(1), MaxValueValidator(5)])


class VisitFeedback(models.Model):
    """How a visit was for one side, in three numbers from 1 to 5. Shown as averages of five and more, never alone."""

    booking = models.ForeignKey(VisitBooking, on_delete=models.CASCADE, related_name="feedback")  # part of the booking
    side = models.CharField(max_length=10, choices=Side)
    visit = _rating(_("the visit as a whole"))
    fit = _rating(_("how well it fitted"))
    information = _rating(_("the information beforehand"))
    given_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    given_at = models.DateTimeField(default=timezone.now)

    objects = VisitFeedbackQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name = _("feedback on a visit")
        verbose_name_plural = _("feedback on visits")
        constraints = [
            models.UniqueConstraint(fields=["booking", "side"], name="visit_feedback_once_per_side"),
            models.CheckConstraint(
                name="visit_feedback_from_one_to_five",
                condition=Q(visit__range=(1, 5), fit__range=(1, 5), information__range=(1, 5)),
            ),
        ]
