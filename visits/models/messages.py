from __future__ import annotations

from datetime import timedelta
from typing import Any, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from companies.models import CompanyContact
from core.models import PublicIdModel
from visits.enums import Side
from visits.models.bookings import VisitBooking
from visits.models.files import CheckedFile

# How long after the visit the two sides may still write to each other.
OPEN_FOR = timedelta(days=60)


class BookingMessageQuerySet(models.QuerySet["BookingMessage"]):
    def unread_by(self, sides: set[Side]) -> Self:
        """What nobody on the reader's side has seen yet."""
        return self.filter(read_at=None).filter(side__in=[other for side in sides for other in _others(side)])

    def unread_for(self, user: Any) -> Self:
        """The messages that wait for the user's sides, over all bookings."""
        to_host = Q(side=Side.SCHOOL, booking__in=VisitBooking.objects.answerable_by(user))
        to_school = Q(side=Side.HOST, booking__in=VisitBooking.objects.of_schools_of(user))
        return self.filter(to_host | to_school, read_at=None)


def with_unread(bookings: models.QuerySet[VisitBooking], user: Any) -> models.QuerySet[VisitBooking]:
    """With `has_unread`: whether a message waits for the user's side of the booking."""
    unread = BookingMessage.objects.unread_for(user).filter(booking=OuterRef("pk"))
    return bookings.annotate(has_unread=Exists(unread))


class BookingMessage(PublicIdModel):
    """What one side of a booking writes to the other. Read by the two sides and by nobody else.

    One reader is enough: `read_at` is when somebody on the other side first saw it.
    """

    booking = models.ForeignKey(VisitBooking, on_delete=models.CASCADE, related_name="messages")  # part of the booking
    side = models.CharField(max_length=10, choices=Side)
    by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    # Who wrote by the link in the mail, without an account. A contact person may go; what was said stays.
    contact = models.ForeignKey(CompanyContact, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    text = models.TextField(_("message"), max_length=2000)
    files: models.ManyToManyField[CheckedFile, Any] = models.ManyToManyField(
        CheckedFile, blank=True, related_name="messages"
    )
    request_key = models.UUIDField(editable=False)  # one per form: the same click writes once
    sent_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True, blank=True)

    objects = BookingMessageQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name = _("message about a booking")
        verbose_name_plural = _("messages about bookings")
        constraints = [models.UniqueConstraint(fields=["booking", "request_key"], name="booking_message_once")]
        indexes = [
            models.Index(fields=["booking", "side"], name="booking_message_unread", condition=Q(read_at__isnull=True)),
        ]

    @property
    def writer(self) -> str:
        """The person's name as far as it is known; the page names the side beside it."""
        return str(self.by or self.contact or "")


def _others(side: Side) -> list[Side]:
    return [other for other in (Side.SCHOOL, Side.HOST) if other != side]


def takes_messages(booking: VisitBooking) -> bool:
    """Also when the booking has ended: there may be something left to say."""
    return booking.slot.ends_at + OPEN_FOR > timezone.now()
