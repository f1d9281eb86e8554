"""News on the page and as text messages, from the same outbox and with the same care as mail."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation

from notifications import text_messages
from notifications.choices import is_switched_off
from notifications.delivery import close, count_failure, render_plain, try_later
from notifications.enums import Channel, MailState
from notifications.models import InboxNotice, MobileNumber, QueuedMail
from notifications.registry import KINDS
from notifications.sms import Gateway, GatewayUnreachable, MessageRefused, gateway

# A row is handed over, or says itself why not; what goes wrong is raised.
HandOver = Callable[[QueuedMail, dict[str, Any]], None]


def deliver_pages(limit: int = 500) -> int:
    """Put what is due into the inboxes; how many rows were dealt with."""
    return _sweep(Channel.PAGE, _put_into_inbox, limit)


def deliver_texts(limit: int = 100) -> int:
    """Send the text messages that are due. Without a gateway they wait, and miss their time."""
    through = gateway()
    if through is None:
        return 0
    return _sweep(Channel.SMS, lambda row, context: _send_text(row, context, through), limit)


def _sweep(channel: Channel, hand_over: HandOver, limit: int) -> int:
    """One row per transaction; a gateway that does not answer ends the round, one broken row does not."""
    done = 0
    while done < limit:
        with transaction.atomic():
            row = QueuedMail.objects.due(channel).select_for_update(skip_locked=True, of=("self",)).first()
            if row is None:
                break
            try:
                with transaction.atomic():
                    _deliver(row, hand_over)
            except GatewayUnreachable as error:
                try_later(row, error)
                break
            except MessageRefused as error:
                row.last_error = type(error).__name__
                row.save(update_fields=["last_error"])
                close(row, MailState.PARKED)
            except Exception as error:
                count_failure(row, error)
        done += 1
    return done


def _deliver(row: QueuedMail, hand_over: HandOver) -> None:
    if row.expires_at and row.expires_at < timezone.now():
        close(row, MailState.MISSED)
    elif is_switched_off(row):
        close(row, MailState.UNWANTED)
    else:
        with translation.override(row.language):
            context = KINDS[row.kind].context(row)
            if context is None or row.user is None:
                close(row, MailState.CANCELLED)
            else:
                hand_over(row, context | {"site_url": settings.SITE_URL, "mail": row})


def _put_into_inbox(row: QueuedMail, context: dict[str, Any]) -> None:
    title = " ".join(render_plain(f"{KINDS[row.kind].template}.subject.txt", context).split())[:250]
    assert row.user is not None  # written for people with an account only
    InboxNotice.objects.create(user=row.user, kind=row.kind, about_id=row.about_id, details=row.details, title=title)
    row.sent_at = timezone.now()
    close(row, MailState.SENT)


def _send_text(row: QueuedMail, context: dict[str, Any], through: Gateway) -> None:
    kind = KINDS[row.kind]
    number = _number(row)
    if not number or not kind.sms_if(context):
        close(row, MailState.CANCELLED)
        return
    if not kind.may_wake and (later := text_messages.after_quiet_hours(timezone.now())):
        row.next_attempt_at = later
        row.save(update_fields=["next_attempt_at"])
        return
    text = " ".join(render_plain(f"{kind.template}.sms.txt", context).split())
    through.send(number, text)
    row.sent_at = timezone.now()
    close(row, MailState.SENT)


def _number(row: QueuedMail) -> str:
    """A code goes to the number that is to be confirmed, everything else to one that is."""
    known = MobileNumber.objects.filter(user=row.user_id).first()
    if known is None or (known.confirmed_at is None and row.kind != text_messages.CODE.name):
        return ""
    return known.number
