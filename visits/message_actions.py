"""What the two sides write to each other about a booking."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from companies.models import CompanyContact
from core.errors import ActionRefused
from visits import message_emails
from visits.enums import Side
from visits.file_actions import keep_upload
from visits.models import BookingMessage, VisitBooking, takes_messages

# A conversation needs fewer; more are a script, or a quarrel.
MOST_AN_HOUR = 20


def write_message(
    booking: VisitBooking,
    *,
    side: Side,
    text: str,
    request_key: UUID,
    by: User | None = None,
    contact: CompanyContact | None = None,
    files: Iterable[UploadedFile] = (),
) -> BookingMessage:
    """One message to the other side, and a mail that shows it. The same `request_key` gives the same message again.

    Refused long after the visit, and when the side has written too much within an hour.
    """
    with transaction.atomic():
        booking = (
            VisitBooking.objects.select_for_update(no_key=True, of=("self",))
            .select_related("slot__offer__company", "slot__offer__contact", "contact", "school", "requested_by")
            .get(pk=booking.pk)
        )
        if same := booking.messages.filter(request_key=request_key).first():
            return same
        if not takes_messages(booking):
            raise ActionRefused(_("The visit was long ago. Write to the other side by mail, or ring."))
        an_hour_ago = timezone.now() - timedelta(hours=1)
        if booking.messages.filter(side=side, sent_at__gt=an_hour_ago).count() >= MOST_AN_HOUR:
            raise ActionRefused(_("You have written much in a short time. Wait an hour, or ring the other side."))
        message = booking.messages.create(side=side, text=text, by=by, contact=contact, request_key=request_key)
        message.files.set(keep_upload(upload, by=by) for upload in files)
        mark_read(booking, {side})  # who answers has read
        message_emails.message_written(message)
    return message


def mark_read(booking: VisitBooking, sides: Iterable[Side]) -> int:
    """Somebody on these sides has seen the thread. Says how many messages that was news for."""
    unread: Any = BookingMessage.objects.unread_by(set(sides)).filter(booking=booking)
    return unread.update(read_at=timezone.now())
