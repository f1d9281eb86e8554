"""From a row of the outbox to a mail on its way. Called by the worker only."""

import hashlib
import smtplib
from datetime import datetime, timedelta
from email.encoders import encode_base64
from email.mime.base import MIMEBase
from enum import Enum, auto
from typing import Any
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import QuerySet
from django.template import Context
from django.template.loader import get_template
from django.utils import timezone, translation
from psycopg.types.json import Jsonb

from accounts import bounces
from core.planning import joins_as_written
from core.ready_queries import prepared_cursor, ready
from notifications.choices import is_switched_off
from notifications.enums import Channel, MailState
from notifications.models import QueuedMail
from notifications.outbox import READY
from notifications.registry import KINDS, Attachment
from notifications.smtp_answers import AddressRefused, refusal_of
from notifications.stop_links import stop_url

log = structlog.get_logger(__name__)

ATTEMPTS = 8
AT_ONCE = 100
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(minutes=15)


class ServerUnreachable(Exception):
    """The mail server itself does not answer: no fault of the row, and no use in trying the next one now."""


def deliver_due(limit: int = 500) -> int:
    """Send what is due, one row per transaction, over one connection; how many rows were dealt with.

    Stops early when the mail server cannot be reached. Two sweeps at once share the rows between them.
    """
    done, progress = 0, True
    connection = get_connection()  # opened by the first mail, so that an idle sweep talks to nobody
    try:
        while done < limit and progress:
            progress = False
            # Looked up some at a time; each is locked, and looked at again, before it is sent.
            for pk in QueuedMail.objects.due().values_list("pk", flat=True)[: min(AT_ONCE, limit - done)]:
                outcome = _deliver_one(pk, connection)
                if outcome == Outcome.UNREACHABLE:
                    return done
                if outcome == Outcome.DONE:
                    done, progress = done + 1, True
    finally:
        connection.close()
    return done


class Outcome(Enum):
    DONE = auto()
    NOT_OURS = auto()  # another sweep has it in hand, or has dealt with it
    UNREACHABLE = auto()


def _deliver_one(pk: int, connection: BaseEmailBackend) -> Outcome:
    with transaction.atomic():
        joins_as_written()
        mail = next(iter(_still_due(pk, timezone.now())), None)
        if mail is None:
            return Outcome.NOT_OURS
        try:
            with transaction.atomic():  # a failed query must not spoil the note about the failure
                _deliver(mail, connection)
        except ServerUnreachable as error:
            # The outage is the server's: the row waits, its attempts are not used up.
            try_later(mail, error)
            return Outcome.UNREACHABLE
        except AddressRefused as error:
            _give_up(mail, error)
        except Exception as error:
            # One broken mail must not stop the others.
            count_failure(mail, error)
        return Outcome.DONE


@ready
def _still_due(pk: int, now: datetime) -> QuerySet[QueuedMail]:
    """The mail, locked, unless somebody else has it."""
    return QueuedMail.objects.due(now=now).filter(pk=pk).select_for_update(skip_locked=True, of=("self",))


def _give_up(mail: QueuedMail, error: AddressRefused) -> None:
    """The address takes no mail: noted for the one who can mend it."""
    log.warning("address_refused", mail=mail.pk, kind=mail.kind, status=error.status)
    bounces.record(mail.to_email, error.status)
    mail.attempts += 1
    mail.last_error = f"refused {error.status}"
    mail.save(update_fields=["attempts", "last_error"])
    close(mail, MailState.PARKED)


def count_failure(mail: QueuedMail, error: Exception) -> None:
    """Try again, but not for ever."""
    mail.attempts += 1
    try_later(mail, error)
    if mail.attempts >= ATTEMPTS:
        mail.state = MailState.PARKED
        mail.save(update_fields=["state"])


def try_later(mail: QueuedMail, error: Exception) -> None:
    log.warning("mail_not_sent", mail=mail.pk, kind=mail.kind, attempts=mail.attempts, error=type(error).__name__)
    mail.last_error = type(error).__name__
    mail.next_attempt_at = timezone.now() + min(FIRST_PAUSE * 2**mail.attempts, LONGEST_PAUSE)
    mail.save(update_fields=["attempts", "last_error", "next_attempt_at"])


def _deliver(mail: QueuedMail, connection: BaseEmailBackend) -> None:
    if mail.expires_at and mail.expires_at < timezone.now():
        close(mail, MailState.MISSED)
        return
    if mail.kind != READY and is_switched_off(mail):
        close(mail, MailState.UNWANTED)
        return
    message = message_of(mail)
    if message is None:
        close(mail, MailState.CANCELLED)
        return
    try:
        connection.open()
        connection.send_messages([message])
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError, smtplib.SMTPSenderRefused) as error:
        connection.close()  # this mail was refused; a fresh session for the next
        if isinstance(error, smtplib.SMTPRecipientsRefused) and (refusal := refusal_of(error)):
            raise refusal from error
        raise
    except (OSError, smtplib.SMTPException) as error:
        connection.close()
        raise ServerUnreachable from error
    mail.sent_at = timezone.now()
    close(mail, MailState.SENT, subject="" if mail.kind == READY else str(message.subject))


_CLOSE = """
UPDATE notifications_queuedmail SET state = %s, subject = %s, sent_at = %s, details = %s WHERE id = %s
"""


def close(mail: QueuedMail, state: MailState, subject: str = "") -> None:
    mail.state = state
    mail.subject = subject[:250]
    if mail.kind == READY or mail.channel == Channel.SMS:  # there may be a code in it
        mail.details = {}
    with prepared_cursor() as cursor:
        cursor.execute(_CLOSE, [mail.state, mail.subject, mail.sent_at, Jsonb(mail.details), mail.pk])


def message_of(mail: QueuedMail) -> EmailMultiAlternatives | None:
    """The mail in its recipient's language, or None when its news is no longer true."""
    with translation.override(mail.language):
        if mail.kind == READY:
            return _message(mail, mail.details["subject"], mail.details["text"], mail.details["html"], [])
        kind = KINDS[mail.kind]
        context = kind.context(mail)
        if context is None:
            return None
        context |= {"site_url": settings.SITE_URL, "mail": mail, "stop_url": stop_url(mail)}
        return _message(
            mail,
            render_plain(f"{kind.template}.subject.txt", context),
            render_plain(f"{kind.template}.txt", context),
            get_template(f"{kind.template}.html").render(context),
            kind.attachments(context),
        )


def render_plain(template: str, context: dict[str, Any]) -> str:
    """A text template without HTML escaping."""
    return get_template(template).template.render(Context(context, autoescape=False))  # type: ignore[attr-defined]


def _message(
    mail: QueuedMail, subject: str, text: str, html: str, attachments: list[Attachment]
) -> EmailMultiAlternatives:
    message = EmailMultiAlternatives(
        subject=" ".join(subject.split()),  # a line break in a name must not reach the header
        body=text,
        # Reports of failure go to the envelope's sender (manage.py read_bounces); people see the other one.
        from_email=settings.BOUNCE_EMAIL,
        to=[mail.to_email],
        headers={
            "From": settings.DEFAULT_FROM_EMAIL,
            "Message-ID": message_id(mail),
            "Auto-Submitted": "auto-generated",
        }
        | _way_out(mail),
    )
    if html:
        message.attach_alternative(html, "text/html")
    for attachment in attachments:
        message.attach(_part(attachment))
    return message


def _way_out(mail: QueuedMail) -> dict[str, str]:
    """Mail programs show a button for this (RFC 8058): one click and no more of the kind."""
    url = stop_url(mail)
    return {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"} if url else {}


def _part(attachment: Attachment) -> MIMEBase:
    """Built by hand: Django's `attach` has no room for parameters such as a calendar's `method`."""
    main, _, sub = attachment.mime_type.partition("/")
    part = MIMEBase(main, sub)
    for name, value in attachment.parameters.items():
        part.set_param(name, value)
    part.set_payload(attachment.content)
    encode_base64(part)
    part.add_header("Content-Disposition", "attachment", filename=attachment.name)
    return part


def message_id(mail: QueuedMail) -> str:
    """The same row always carries the same id: a repeat after a crash is recognised as one."""
    host = urlsplit(settings.SITE_URL).hostname
    return f"<{hashlib.sha256(mail.key.encode()).hexdigest()[:40]}@{host}>"
