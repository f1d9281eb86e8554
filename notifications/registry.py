"""Every message the system sends, by name. Apps register theirs in <app>/emails.py, which is imported at start-up.

A message says of itself who gets it and by which rule, on which channels, and why it cannot be switched off, if so.
A message that leaves something out stops the start, and says what. docs/notices.md lists them all
(`manage.py list_notices --write`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import KW_ONLY, dataclass, field
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ImproperlyConfigured
from django.utils.functional import Promise

from accounts.enums import OrganisationKind
from notifications.enums import Channel

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from notifications.models import QueuedMail

MAIL_FORMS = (".subject.txt", ".txt", ".html")
SMS_FORM = ".sms.txt"


@dataclass(frozen=True)
class Attachment:
    """A file that travels with a mail."""

    name: str
    content: bytes
    mime_type: str
    parameters: dict[str, str] = field(default_factory=dict)  # of the Content-Type header


def _no_attachments(context: dict[str, Any]) -> list[Attachment]:
    return []


def _always(context: dict[str, Any]) -> bool:
    return True


@dataclass(frozen=True)
class Notice:
    """What is known of every message, also of those whose words others make (allauth)."""

    name: str
    template: str  # without ending: `forms` follow
    _: KW_ONLY
    title: str | Promise  # what its recipient calls it: "A visit is coming"
    to: str | Promise  # who gets it, one sentence
    rule: str | Promise  # when, and by which rule, one sentence
    # People of which organisations get it. Empty: everybody.
    audience: Collection[OrganisationKind]
    # Mail, and what a person may choose beside it or instead of it.
    channels: tuple[Channel, ...]
    # Why nobody can switch it off, one sentence. None: everybody can.
    necessary: str | Promise | None
    forms: tuple[str, ...] = MAIL_FORMS

    @property
    def templates(self) -> list[str]:
        forms = (*self.forms, SMS_FORM) if Channel.SMS in self.channels else self.forms
        return [self.template + form for form in forms]


@dataclass(frozen=True, kw_only=True)
class MailKind(Notice):
    """One kind of mail of our own.

    `context` gets the row when it is about to be sent and returns what the templates need, or None when the news
    is no longer true: then the mail is cancelled instead of sent.
    """

    context: Callable[[QueuedMail], dict[str, Any] | None]
    # For the preview: what such a mail may be about, of what this member of staff may see.
    newest: Callable[[Any], QuerySet[Any]]
    # For the preview: the details an action writes, one example for each.
    examples: tuple[dict[str, Any], ...] = ({},)
    attachments: Callable[[dict[str, Any]], list[Attachment]] = _no_attachments
    sms_if: Callable[[dict[str, Any]], bool] = _always  # not each is worth a text message
    may_wake: bool = False  # a text message that somebody waits for comes at any hour


NOTICES: dict[str, Notice] = {}
KINDS: dict[str, MailKind] = {}  # those the worker renders


def register(kind: MailKind) -> MailKind:
    """Make the kind known to the worker. A name may be taken once."""
    announce(kind)
    KINDS[kind.name] = kind
    return kind


def announce(notice: Notice) -> None:
    """Put a message into the registry, or refuse to start when it leaves something out."""
    if notice.name in NOTICES and NOTICES[notice.name].template != notice.template:
        raise ImproperlyConfigured(f"Two kinds of mail are called {notice.name}.")
    lacking = [name for name in ("title", "to", "rule", "channels") if not getattr(notice, name)]
    if notice.necessary is not None and not notice.necessary:
        lacking.append("necessary (a reason, or None when everybody may switch it off)")
    for name in ("title", "to", "rule", "necessary"):
        if isinstance(getattr(notice, name), str) and getattr(notice, name):
            lacking.append(f"{name} as gettext_lazy")
    if lacking:
        raise ImproperlyConfigured(
            f"The notice {notice.name!r} lacks: {', '.join(lacking)}. notifications/registry.py says what each means."
        )
    if Channel.MAIL not in notice.channels and notice.necessary is None:
        raise ImproperlyConfigured(f"The notice {notice.name!r}: what can be chosen can be had by mail.")
    NOTICES[notice.name] = notice
