from datetime import datetime, timedelta
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.db import transaction
from django.template.loader import get_template
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from notifications.delivery import render_plain
from notifications.outbox import queue_ready_mail


class AccountAdapter(DefaultAccountAdapter):
    """Mails about accounts and memberships go through the outbox like all others.

    They are written out at once, because a code or an invitation's token must be in no other place: the outbox
    forgets the words when they are sent. Sign-in pages never wait for a mail server.
    """

    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": _("This account has been closed. Contact us if you think that is a mistake."),
        "cannot_remove_primary_email": _("This is your main address: choose another one as the main address first."),
        "duplicate_email": _("This address already belongs to your account."),
        "email_password_mismatch": _("The address or the password is not right. You can also sign in with a code."),
        "email_taken": _("There is already an account with this address."),
        "enter_current_password": _("Enter the password you have used until now."),
        "incorrect_code": _("That code is not right. Look for the newest mail."),
        "incorrect_password": _("That password is not right."),
        "invalid_or_expired_key": _("This link has been used or is too old. Ask for a new one."),
        "invalid_login": _("The address or the password is not right. You can also sign in with a code."),
        "invalid_password_reset": _("This link has been used or is too old. Ask for a new one."),
        "max_email_addresses": _("You cannot have more than %d addresses."),
        "too_many_login_attempts": _("Too many attempts. Wait five minutes, or choose a new password."),
        "unverified_primary_email": _("Your main address must be confirmed first."),
        "same_as_current": _("This is what you have already. Choose something new."),
        "rate_limited": _("Too many attempts in a short time. Wait a few minutes and try again."),
    }

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
