"""Every mail the system sends, by name. Apps register theirs in <app>/emails.py, which is imported at start-up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from notifications.models import QueuedMail


@dataclass(frozen=True)
class Attachment:
    """A file that travels with a mail."""

    name: str
    content: bytes
    mime_type: str
    parameters: dict[str, str] = field(default_factory=dict)  # of the Content-Type header


def _no_attachments(context: dict[str, Any]) -> list[Attachment]:
    return []


@dataclass(frozen=True)
class MailKind:
    """One kind of mail.

    `context` gets the row when it is about to be sent and returns what the templates need, or None when the news
    is no longer true: then the mail is cancelled instead of sent.
    """

    name: str
    template: str  # without ending: .subject.txt, .txt and .html follow
    context: Callable[[QueuedMail], dict[str, Any] | None]
    attachments: Callable[[dict[str, Any]], list[Attachment]] = _no_attachments


KINDS: dict[str, MailKind] = {}


def register(kind: MailKind) -> MailKind:
    """Make the kind known to the worker. A name may be taken once."""
    if kind.name in KINDS and KINDS[kind.name].template != kind.template:
        raise ValueError(f"Two kinds of mail are called {kind.name}.")
    KINDS[kind.name] = kind
    return kind
