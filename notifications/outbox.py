"""The outbox: news is written in the transaction that makes it true, and sent by a worker afterwards.

Nothing here touches the network or Redis, so no page waits for either (RELIABILITY §1, promise 7). The worker's
sweep (notifications/tasks.py) finds due rows within seconds.
"""

import hashlib
import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Protocol

from django.db import models, transaction
from django.utils import timezone

from accounts.models import User
from core.ready_queries import insert_new, prepared_cursor
from notifications.enums import Channel
from notifications.models import QueuedMail
from notifications.registry import KINDS, MailKind

READY = "ready"  # subject and text were made by the sender (allauth): details hold them until they are sent


# What people have chosen beside mail. Written out, because everything that happens asks it.
_CHOSEN = """
SELECT email, kind, channel FROM notifications_noticechoice
WHERE kind = ANY(%s) AND email = ANY(%s) AND channel IN ('page', 'sms') AND is_wanted
"""


class Recipient(Protocol):
    """A user or a contact person."""

    email: str
    language: str


def queue_mail(kind: MailKind, *, to: Recipient, **options: Any) -> None:
    """Write one mail into the outbox; the options are those of `mail_row`.

    Refuses to run outside a transaction: a mail must stand or fall with what it tells about.
    """
    write([mail_row(kind, to=to, **options)])


def mail_row(
    kind: MailKind,
    *,
    to: Recipient,
    about: models.Model | None = None,
    details: dict[str, Any] | None = None,
    occasion: str = "",
    due_at: datetime | None = None,
    expires_at: datetime | None = None,
) -> QueuedMail:
    """A mail for `write`. The same kind, object, recipient and occasion is written once.

    `occasion` tells apart mails of one kind about one object: a date, a step number.
    """
    key = f"{kind.name}:{about.pk if about else '-'}:{to.email.lower()}:{occasion}"
    due_at = due_at or timezone.now()
    return QueuedMail(
        key=_short(key),
        kind=kind.name,
        about_id=about.pk if about else None,
        details=details or {},
        user=to if isinstance(to, User) else None,
        to_email=to.email,
        language=to.language,
        due_at=due_at,
        next_attempt_at=due_at,
        expires_at=expires_at,
    )


def queue_ready_mail(
    *, to_email: str, language: str, subject: str, text: str, html: str = "", expires_at: datetime | None = None
) -> None:
    """Write a mail whose words exist already. They are erased from the row once sent: they may hold a code."""
    now = timezone.now()
    write(
        [
            QueuedMail(
                key=f"{READY}:{uuid.uuid4()}",
                kind=READY,
                details={"subject": subject, "text": text, "html": html},
                to_email=to_email,
                language=language,
                due_at=now,
                next_attempt_at=now,
                expires_at=expires_at,
            )
        ]
    )


def write(mails: Iterable[QueuedMail]) -> None:
    """Put the mails into the outbox, in one statement; those already there are left as they are."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("Queue mail inside the transaction of what it tells about.")
    mails = list(mails)
    insert_new([*mails, *_on_other_channels(mails)])


def _on_other_channels(mails: list[QueuedMail]) -> list[QueuedMail]:
    """The same news as a text message or on the page, for those who have an account and have chosen so."""
    by_choice = [mail for mail in mails if mail.kind in KINDS and len(KINDS[mail.kind].channels) > 1]
    if not by_choice:
        return []
    with prepared_cursor() as cursor:
        kinds, emails = {mail.kind for mail in by_choice}, {mail.to_email.lower() for mail in by_choice}
        cursor.execute(_CHOSEN, [list(kinds), list(emails)])
        chosen = cursor.fetchall()
    if not chosen:
        return []
    users = {user.email: user for user in User.objects.filter(email__in={email for email, _, _ in chosen})}
    return [
        _copy(mail, Channel(channel), users[email])
        for mail in by_choice
        for email, kind, channel in chosen
        if mail.kind == kind and mail.to_email.lower() == email and email in users
    ]


def _copy(mail: QueuedMail, channel: Channel, user: User) -> QueuedMail:
    return QueuedMail(
        key=_short(f"{channel}:{mail.key}"),
        channel=channel,
        kind=mail.kind,
        about_id=mail.about_id,
        details=mail.details,
        user=user,
        to_email=user.email,
        language=user.language,
        due_at=mail.due_at,
        next_attempt_at=mail.next_attempt_at,
        expires_at=mail.expires_at,
    )


def _short(key: str) -> str:
    return key if len(key) <= 200 else hashlib.sha256(key.encode()).hexdigest()
