from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from companies.models import Company, Workplace
from core.dates import days_of
from core.models import PublicIdModel
from visits import models as visits

LONGEST = timedelta(days=366)


class HostClosureQuerySet(models.QuerySet["HostClosure"]):
    def editable_by(self, user: Any) -> Self:
        return self.filter(company__in=Company.objects.hosted_by(user))

    def coming(self) -> Self:
        """Those that have not ended, the first ones first."""
        return self.filter(last_day__gte=timezone.localdate())

    def touching(self, first: date, last: date) -> Self:
        return self.filter(first_day__lte=last, last_day__gte=first)

    def of_offer(self, offer: visits.VisitOffer) -> Self:
        """What blocks an offer: days of the whole host, and of its workplace when that is where the class comes."""
        place = Q(workplace=None)
        if offer.is_at_workplace:
            place |= Q(workplace=offer.workplace_id)
        return self.filter(place, company=offer.company_id)


class HostClosure(PublicIdModel):
    """Days on which a host, or one of its workplaces, takes no visits. Times that are there already stay."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="closures")  # part of the company
    workplace = models.ForeignKey(
        Workplace,
        on_delete=models.CASCADE,  # part of the workplace
        related_name="closures",
        null=True,
        blank=True,
        verbose_name=_("workplace"),
    )
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    reason = models.CharField(
        _("why"), max_length=100, blank=True, default="", help_text=_("For example: Summer holiday. Only you see it.")
    )

    objects = HostClosureQuerySet.as_manager()

    class Meta:
        ordering = ["first_day", "pk"]
        verbose_name = _("blocked days")
        verbose_name_plural = _("blocked days")
        constraints = [
            models.CheckConstraint(
                name="host_closure_days_in_order",
                condition=Q(last_day__gte=F("first_day"), last_day__lte=F("first_day") + LONGEST),
                violation_error_message=_("The last day comes after the first, and within a year."),
            ),
            models.UniqueConstraint(
                name="host_closure_once",
                fields=["company", "workplace", "first_day", "last_day"],
                nulls_distinct=False,
                violation_error_message=_("These days are blocked already."),
            ),
        ]

    def __str__(self) -> str:
        return self.reason or f"{self.first_day} – {self.last_day}"

    def covers(self, first: date, last: date) -> bool:
        return self.first_day <= last and first <= self.last_day

    def blocks(self, slot: visits.VisitSlot) -> bool:
        """Whether a time of the same company lies on these days. What `of_offer` asks, for one row."""
        offer = slot.offer
        is_here = self.workplace_id is None or (offer.is_at_workplace and offer.workplace_id == self.workplace_id)
        return is_here and self.covers(*days_of(slot.starts_at, slot.ends_at))
