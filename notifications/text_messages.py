"""A person's mobile number: given, confirmed by a code, taken away. And when a telephone may ring."""

import secrets
from datetime import datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from core.errors import ActionRefused
from notifications.enums import Channel
from notifications.models import MobileNumber, NoticeChoice, QueuedMail
from notifications.registry import MailKind, register

QUIET_FROM, QUIET_UNTIL = time(21), time(7)
CODE_LIFETIME = timedelta(minutes=15)
TRIES = 5
CODES_A_DAY = 5


def is_on() -> bool:
    return bool(settings.SMS_URL)


def number_of(user: User) -> str:
    """The confirmed number, or nothing."""
    known = MobileNumber.objects.filter(user=user).exclude(confirmed_at=None).first()
    return known.number if known else ""


def after_quiet_hours(now: datetime) -> datetime | None:
    """When a telephone may ring again, by the local clock; None when it may ring now."""
    local = timezone.localtime(now)
    if QUIET_UNTIL <= local.time() < QUIET_FROM:
        return None
    day = local.date() + timedelta(days=1) if local.time() >= QUIET_FROM else local.date()
    return timezone.make_aware(datetime.combine(day, QUIET_UNTIL))


@transaction.atomic
def give_number(user: User, number: str) -> None:
    """Keep the number as not confirmed yet, and send a code to it. Refused when too many have been sent today."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    day = timezone.now() - timedelta(days=1)
    sent = QueuedMail.objects.filter(user=user, kind=CODE.name, created_at__gt=day).count()
    if sent >= CODES_A_DAY:
        raise ActionRefused(_("Five codes have been sent today. Try again tomorrow."))
    code = f"{secrets.randbelow(10**6):06d}"
    now = timezone.now()
    MobileNumber.objects.update_or_create(
        user=user,
        defaults={
            "number": number,
            "code_hash": _hash(user, code),
            "code_sent_at": now,
            "code_tries": 0,
            "confirmed_at": None,
        },
    )
    QueuedMail.objects.create(
        key=f"{CODE.name}:{user.pk}:{secrets.token_hex(8)}",
        channel=Channel.SMS,
        kind=CODE.name,
        details={"code": code},
        user=user,
        to_email=user.email,
        language=user.language,
        due_at=now,
        next_attempt_at=now,
        expires_at=now + CODE_LIFETIME,
    )


def confirm_number(user: User, code: str) -> None:
    """Refused when the code is wrong, too old, or has been guessed at too often."""
    with transaction.atomic():
        known = MobileNumber.objects.select_for_update(no_key=True).filter(user=user).first()
        if known is None or known.code_sent_at is None or not known.code_hash:
            raise ActionRefused(_("Enter your number first."))
        if known.code_tries >= TRIES or known.code_sent_at < timezone.now() - CODE_LIFETIME:
            raise ActionRefused(_("This code is too old. Ask for a new one."))
        known.code_tries += 1
        is_right = constant_time_compare(known.code_hash, _hash(user, "".join(code.split())))
        if is_right:
            known.confirmed_at, known.code_hash = timezone.now(), ""
        known.save(update_fields=["code_tries", "confirmed_at", "code_hash"])
    if not is_right:  # after the commit: the try is counted
        raise ActionRefused(_("That code is not right."))


@transaction.atomic
def forget_number(user: User) -> None:
    """No number, no text messages, and none again because of an old choice when there is a number once more."""
    MobileNumber.objects.filter(user=user).delete()
    NoticeChoice.objects.filter(email=user.email.lower(), channel=Channel.SMS).delete()


def _hash(user: User, code: str) -> str:
    return salted_hmac("notifications.mobile-number", f"{user.pk}:{code}", algorithm="sha256").hexdigest()


def _code(mail: QueuedMail) -> dict[str, Any] | None:
    return {"code": mail.details["code"]} if "code" in mail.details else None


CODE = register(
    MailKind(
        "mobile_code",
        "notifications/emails/mobile_code",
        title=gettext_lazy("A code for your mobile number"),
        to=gettext_lazy("The one who has entered the number."),
        rule=gettext_lazy("When somebody enters a mobile number, five times a day at most."),
        audience=(),
        channels=(Channel.SMS,),
        necessary=gettext_lazy("You have asked for it yourself."),
        forms=(),
        context=_code,
        newest=lambda user: User.objects.none(),
        may_wake=True,
    )
)
