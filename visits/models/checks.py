from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from visits.enums import CheckItem
from visits.models.bookings import VisitBooking


class HostCheck(models.Model):
    """One thing that the host has seen to for one booking. No row is not yet; who ticked it is nobody's business."""

    booking = models.ForeignKey(VisitBooking, on_delete=models.CASCADE, related_name="checks")  # part of the booking
    item = models.CharField(_("what is seen to"), max_length=20, choices=CheckItem)

    class Meta:
        verbose_name = _("ticked item of a host")
        verbose_name_plural = _("ticked items of a host")
        constraints = [
            models.UniqueConstraint(fields=["booking", "item"], name="host_check_once"),
        ]

    def __str__(self) -> str:
        return str(CheckItem(self.item).label)
