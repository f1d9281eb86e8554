"""What a person finds on the page."""

from django.core.mail import EmailMultiAlternatives
from django.utils import timezone

from accounts.models import User
from notifications.delivery import message_of
from notifications.models import InboxNotice, QueuedMail


def unread(user: User) -> int:
    return InboxNotice.objects.filter(user=user, read_at=None).count()


def open_notice(notice: InboxNotice) -> EmailMultiAlternatives | None:
    """Mark it as read, and say it in the words of today; None when it is no longer true."""
    if notice.read_at is None:
        notice.read_at = timezone.now()
        notice.save(update_fields=["read_at"])
    as_mail = QueuedMail(
        kind=notice.kind,
        about_id=notice.about_id,
        details=notice.details,
        user=notice.user,
        to_email=notice.user.email,
        language=notice.user.language,
    )
    return message_of(as_mail)


def mark_all_as_read(user: User) -> None:
    InboxNotice.objects.filter(user=user, read_at=None).update(read_at=timezone.now())
