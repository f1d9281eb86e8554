from datetime import datetime, timedelta
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.db import transaction
from django.template.loader import get_template
from django.utils import timezone, translation

from accounts.models import User
from notifications.delivery import render_plain
from notifications.outbox import queue_ready_mail


class AccountAdapter(DefaultAccountAdapter):
    """Mails about accounts and memberships go through the outbox like all others.

    They are written out at once, because a code or an invitation's token must be in no other place: the outbox
    forgets the words when they are sent. Sign-in pages never wait for a mail server.
    """

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """One of allauth's own mails, in the language of the account, else of the page."""
        language = self._language_of(email)
        context = {"site_url": settings.SITE_URL, "email": email, **context}
        with translation.override(language):
            message = self.render_mail(template_prefix, email, context)
        with transaction.atomic():
            queue_ready_mail(
                to_email=email,
                language=language,
                subject=message.subject,
                text=message.body,
                expires_at=_useless_after(template_prefix),
            )

    def queue_house_mail(
        self,
        template: str,
        *,
        to_email: str,
        language: str,
        context: dict[str, Any],
        expires_at: datetime | None = None,
    ) -> None:
        """One of our mails: `<template>.subject.txt`, `.txt` and `.html`. Stands or falls with the caller's change."""
        context = {"site_url": settings.SITE_URL, "mail": {"language": language}, **context}
        with translation.override(language):
            queue_ready_mail(
                to_email=to_email,
                language=language,
                subject=render_plain(f"{template}.subject.txt", context),
                text=render_plain(f"{template}.txt", context),
                html=get_template(f"{template}.html").render(context),
                expires_at=expires_at,
            )

    def _language_of(self, email: str) -> str:
        user = User.objects.filter(email__iexact=email).only("language").first()
        return user.language if user else (translation.get_language() or settings.LANGUAGE_CODE)[:2]


def _useless_after(template_prefix: str) -> datetime | None:
    """A code that comes too late is not sent at all."""
    lifetimes = {
        "account/email/login_code": app_settings.LOGIN_BY_CODE_TIMEOUT,
        "account/email/email_confirmation": app_settings.EMAIL_VERIFICATION_BY_CODE_TIMEOUT,
        "account/email/email_confirmation_signup": app_settings.EMAIL_VERIFICATION_BY_CODE_TIMEOUT,
        "account/email/password_reset_key": settings.PASSWORD_RESET_TIMEOUT,
    }
    seconds = lifetimes.get(template_prefix)
    return timezone.now() + timedelta(seconds=seconds) if seconds else None
