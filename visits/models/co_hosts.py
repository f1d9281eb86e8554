from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from companies.models import Company
from core.models import PublicIdModel
from visits.models.offers import VisitOffer


class CoHostQuerySet(models.QuerySet["CoHost"]):
    def confirmed(self) -> Self:
        """Those who have said yes and whom anyone may see."""
        return self.filter(
            confirmed_at__isnull=False, company__joined_at__isnull=False, company__ceased_at=None
        ).select_related("company")

    def of_co_host(self, user: Any) -> Self:
        """Those that the user may answer, or step back from, for the host that was asked."""
        return self.filter(company__in=Company.objects.hosted_by(user))

    def of_owner(self, user: Any) -> Self:
        return self.filter(offer__in=VisitOffer.objects.editable_by(user))


class CoHost(PublicIdModel):
    """A second host of an offer: asked by the first, named to nobody before it has said yes. No or an end is no row."""

    offer = models.OneToOneField(VisitOffer, on_delete=models.CASCADE, related_name="co_host")  # part of the offer
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="co_hosting")  # nobody else's to say
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    confirmed_at = models.DateTimeField(_("said yes"), null=True, blank=True)

    objects = CoHostQuerySet.as_manager()

    class Meta:
        ordering = ["asked_at", "pk"]
        verbose_name = _("second host of a visit")
        verbose_name_plural = _("second hosts of visits")
