from __future__ import annotations

from datetime import timedelta
from typing import Any, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.models import PublicIdModel
from visits.enums import FollowUpKind, FollowUpState
from visits.models.bookings import VisitBooking

# How long a wish without an answer is shown to the host.
SHOWN_FOR = timedelta(days=60)


class FollowUpQuerySet(models.QuerySet["FollowUp"]):
    def unanswered(self) -> Self:
        """What the hosts still see as news."""
        return self.filter(state=FollowUpState.OPEN, wished_at__gt=timezone.now() - SHOWN_FOR)

    def answerable_by(self, user: Any) -> Self:
        return self.filter(booking__in=VisitBooking.objects.answerable_by(user))


class FollowUp(PublicIdModel):
    """After a visit, pupils of the class wish for more. Of what kind, never who or how many: no text of anybody."""

    booking = models.ForeignKey(
        VisitBooking, on_delete=models.CASCADE, related_name="follow_ups"
    )  # part of the booking
    kind = models.CharField(_("wish"), max_length=12, choices=FollowUpKind)
    state = models.CharField(_("answer"), max_length=10, choices=FollowUpState, default=FollowUpState.OPEN)
    wished_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    wished_at = models.DateTimeField(default=timezone.now)
    answered_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = FollowUpQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name = _("wish after a visit")
        verbose_name_plural = _("wishes after visits")
        constraints = [models.UniqueConstraint(fields=["booking", "kind"], name="follow_up_once_per_kind")]
        indexes = [models.Index(fields=["wished_at"], name="follow_up_open", condition=models.Q(state="open"))]
