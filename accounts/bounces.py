"""Addresses from which mail comes back, shown to the one who can mend them.

The mark belongs to the address: a person or a contact person with another address is free of it at once.
"""

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Exists, F, OuterRef
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class BouncedAddress(models.Model):
    """A mail server has said that it will never take mail for this address."""

    email = models.EmailField(_("e-mail"), unique=True)  # lower case
    status = models.CharField(_("reason"), max_length=20, blank=True)  # RFC 3463, as 5.1.1
    first_at = models.DateTimeField(_("first time"), default=timezone.now)
    last_at = models.DateTimeField(_("last time"), default=timezone.now)
    times = models.PositiveIntegerField(_("times"), default=1)

    class Meta:
        app_label = "accounts"
        ordering = ["-last_at"]
        verbose_name = _("address from which mail comes back")
        verbose_name_plural = _("addresses from which mail comes back")
        constraints = [
            models.CheckConstraint(name="bounced_address_lower_case", condition=models.Q(email=Lower("email")))
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def reason(self) -> Any:
        """The most usual reasons in words."""
        if self.status.startswith("5.2.2"):
            return _("The mailbox is full.")
        if self.status.startswith("5.1"):
            return _("There is no such address.")
        return _("The mail server there refuses the address.")


def record(email: str, status: str, *, at: datetime | None = None) -> None:
    """Mark the address, or count once more."""
    at = at or timezone.now()
    known, is_new = BouncedAddress.objects.get_or_create(
        email=email.lower(), defaults={"status": status, "first_at": at, "last_at": at}
    )
    if not is_new:
        BouncedAddress.objects.filter(pk=known.pk).update(status=status, last_at=at, times=F("times") + 1)


def clear(email: str) -> None:
    """Somebody who should know says that the address is right."""
    BouncedAddress.objects.filter(email=email.lower()).delete()


def of(email: str) -> BouncedAddress | None:
    return BouncedAddress.objects.filter(email=email.lower()).first()


def with_bounces(rows: Any, address: str = "email") -> Any:
    """Each row with `has_bounced`: does mail to its address come back?"""
    return rows.annotate(has_bounced=Exists(BouncedAddress.objects.filter(email=Lower(OuterRef(address)))))
