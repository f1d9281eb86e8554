"""What a message looks like, with the newest rows the member of staff may see. People and keys are hidden in it.

Which fields are personal says config/retention.toml: they are replaced before anything is rendered.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import EmailField, ForeignKey, JSONField, Model
from django.template.loader import get_template
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.enums import Role
from accounts.models import Invitation, JoinRequest, Membership, User
from core.retention import ModelRetention, retention
from notifications.delivery import render_plain
from notifications.enums import Channel
from notifications.models import QueuedMail
from notifications.registry import KINDS, MAIL_FORMS, SMS_FORM, Notice
from regions.models import Region

LOOK_AT = 20  # the newest may be no longer true
DEPTH = 4
NAME, EMAIL, PHONE = "Kim Exempel", "kim@example.com", "070-174 06 05"


@dataclass(frozen=True)
class Preview:
    subject: str = ""
    text: str = ""
    html: str = ""
    sms: str = ""


def preview(notice: Notice, user: User, language: str, example: int = 0) -> Preview | None:
    """The message in a language, or None when the user may see nothing that it could be about."""
    with translation.override(language):
        context = _context_of(notice, user, language, example)
        if context is None:
            return None
        _hide(context)
        context |= {"site_url": settings.SITE_URL, "mail": {"language": language}, "stop_url": ""}
        sms = render_plain(notice.template + SMS_FORM, context) if Channel.SMS in notice.channels else ""
        if not notice.forms:
            return Preview(sms=sms.strip())
        subject, text = (render_plain(notice.template + form, context) for form in notice.forms[:2])
        html = get_template(notice.template + MAIL_FORMS[2]).render(context) if MAIL_FORMS[2] in notice.forms else ""
        return Preview(" ".join(subject.split()), text.strip(), html, " ".join(sms.split()))


def _context_of(notice: Notice, user: User, language: str, example: int) -> dict[str, Any] | None:
    kind = KINDS.get(notice.name)
    if kind is None or not kind.forms:
        return _invented(user)
    details = kind.examples[min(example, len(kind.examples) - 1)]
    for row in kind.newest(user)[:LOOK_AT]:
        mail = QueuedMail(
            kind=kind.name, about_id=row.pk, details=dict(details), user=user, to_email=EMAIL, language=language
        )
        if (context := kind.context(mail)) is not None:
            return context
    return None


def _invented(user: User) -> dict[str, Any]:
    """For messages about accounts: their real rows hold codes and keys."""
    someone, region = User(name=NAME, email=EMAIL), Region(pk=1, name="Region Exempel")
    belonging = {"region": region, "role": Role.COORDINATOR}
    now = timezone.now()
    return {
        "invitation": Invitation(email=EMAIL, invited_by=someone, expires_at=now + timedelta(days=14), **belonging),
        "join_request": JoinRequest(user=someone, **belonging),
        "membership": Membership(user=someone, **belonging),
        "user": someone,
        "email": EMAIL,
        "from_email": EMAIL,
        "to_email": EMAIL,
        "deleted_email": EMAIL,
        "code": "123456",
        "path": "/…",
        "ip": "192.0.2.1",
        "user_agent": "Firefox",
        "timestamp": now,
        **dict.fromkeys(["signup_url", "password_reset_url", "activate_url"], settings.SITE_URL + "/…"),
    }


def _hide(context: dict[str, Any]) -> None:
    """People become Kim, what they wrote a placeholder, a link that is a key an ellipsis."""
    for name, value in context.items():
        context[name] = _hidden(value, set(), DEPTH)


def _hidden(value: Any, seen: set[int], depth: int) -> Any:
    if isinstance(value, str) and value.startswith(settings.SITE_URL + "/"):
        return settings.SITE_URL + "/…"
    if isinstance(value, list | tuple):
        return type(value)(_hidden(each, seen, depth) for each in value)
    if isinstance(value, Model) and id(value) not in seen and depth:
        seen.add(id(value))
        _hide_row(value, seen, depth)
    return value


def _hide_row(row: Model, seen: set[int], depth: int) -> None:
    written = retention().models.get(row._meta.label)
    for field in row._meta.concrete_fields:
        if isinstance(field, ForeignKey):
            # Loaded now, so that the template loads nobody who is not hidden.
            _hidden(getattr(row, field.name), seen, depth - 1)
        elif written and _is_personal(field, written):
            _replace(row, field)
    for rows in getattr(row, "_prefetched_objects_cache", {}).values():
        for each in rows:
            _hidden(each, seen, depth - 1)


def _is_personal(field: Any, written: ModelRetention) -> bool:
    if field.choices or field.primary_key or field.name == "public_id":
        return False
    return bool(written.whole_row) or field.name in written.personal


def _replace(row: Model, field: Any) -> None:
    if isinstance(field, EmailField):
        setattr(row, field.name, EMAIL)
    elif isinstance(field, JSONField):
        setattr(row, field.name, type(getattr(row, field.name))())
    elif field.name == "phone":
        setattr(row, field.name, PHONE)
    elif "name" in field.name:
        setattr(row, field.name, NAME)
    elif isinstance(getattr(row, field.name), str) and getattr(row, field.name):
        setattr(row, field.name, _("(what somebody wrote)"))
