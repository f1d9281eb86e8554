from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.enums import Role
from accounts.models import User
from core.models import PublicIdModel
from regions.models import Municipality, Region
from visits.enums import VettingOutcome
from visits.models.offers import VisitOffer


def covered_by_coordinator(user: Any) -> models.QuerySet[Municipality]:
    """The municipalities of the regions that the user coordinates."""
    regions = Region.objects.filter(memberships__user=user, memberships__role=Role.COORDINATOR)
    return Municipality.objects.filter(regions__in=regions)


class OfferVettingQuerySet(models.QuerySet["OfferVetting"]):
    def undecided(self) -> Self:
        return self.filter(decided_at=None)

    def of_coordinator(self, user: Any) -> Self:
        """Where the visit takes place in a region that the user coordinates."""
        return self.filter(offer__workplace__municipality__in=covered_by_coordinator(user))


class OfferVetting(PublicIdModel):
    """One look of the region at one offer: asked for when the host publishes, decided by a coordinator."""

    offer = models.ForeignKey(VisitOffer, on_delete=models.CASCADE, related_name="vettings")  # part of the offer
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    outcome = models.CharField(_("decision"), max_length=10, choices=VettingOutcome, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)

    objects = OfferVettingQuerySet.as_manager()

    class Meta:
        ordering = ["asked_at", "pk"]
        verbose_name = _("vetting")
        verbose_name_plural = _("vettings")
        constraints = [
            models.UniqueConstraint(
                fields=["offer"], name="offer_vetted_once_at_a_time", condition=Q(decided_at__isnull=True)
            ),
            models.CheckConstraint(
                name="offer_vetting_decided_with_outcome",
                condition=Q(decided_at=None, outcome="") | (Q(decided_at__isnull=False) & ~Q(outcome="")),
            ),
        ]
