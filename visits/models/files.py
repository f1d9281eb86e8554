from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.models import PublicIdModel
from visits.enums import FileKind, FileState
from visits.models.bookings import VisitBooking


class CheckedFileQuerySet(models.QuerySet["CheckedFile"]):
    def ready(self) -> Self:
        """Files a worker has looked through: the only ones that are ever handed out."""
        return self.filter(state=FileState.READY)

    def due(self) -> Self:
        return self.filter(state=FileState.WAITING, next_check_at__lte=timezone.now())

    def of_messages_visible_to(self, user: Any) -> Self:
        bookings = VisitBooking.objects.of_schools_of(user) | VisitBooking.objects.answerable_by(user)
        return self.filter(pk__in=CheckedFile.objects.filter(messages__booking__in=bookings).values("pk"))


class CheckedFile(PublicIdModel):
    """A file that somebody sends along: kept in private until a worker has looked through it.

    Whatever it belongs to points here, and decides who may have it.
    """

    upload = models.FileField(upload_to="uploads/", blank=True)  # as it came, until it has been looked through
    file = models.FileField(upload_to="files/", blank=True)  # what is handed out; pictures are drawn anew
    name = models.CharField(_("name of the file"), max_length=100)
    kind = models.CharField(_("kind"), max_length=10, choices=FileKind)
    size = models.PositiveIntegerField(_("size"), default=0)
    state = models.CharField(_("status"), max_length=10, choices=FileState, default=FileState.WAITING)
    uploaded_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    uploaded_at = models.DateTimeField(default=timezone.now)
    next_check_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)

    objects = CheckedFileQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name = _("file sent along")
        verbose_name_plural = _("files sent along")
        indexes = [
            models.Index(fields=["next_check_at"], name="checked_file_due", condition=models.Q(state="waiting")),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_ready(self) -> bool:
        return self.state == FileState.READY
