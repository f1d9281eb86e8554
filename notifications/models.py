from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.enums import Language
from core.models import PublicIdModel
from notifications.enums import Channel, MailState


class QueuedMailQuerySet(models.QuerySet["QueuedMail"]):
    def due(self, channel: str = Channel.MAIL, now: datetime | None = None) -> Self:
        """Waiting rows whose time has come, the longest waiting first."""
        waiting = self.filter(state=MailState.WAITING, channel=channel, next_attempt_at__lte=now or timezone.now())
        return waiting.order_by("next_attempt_at", "pk")


class QueuedMail(models.Model):
    """The outbox: one mail, text message or line on the page to one person.

    Written in the transaction of what it tells about, sent by a worker.

    The row names the kind of mail and the object; the worker renders it when it sends, so that no lock is held
    while text is made. `key` is unique: the same news is never queued twice.
    """

    key = models.CharField(max_length=200, unique=True)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel, default=Channel.MAIL)
    kind = models.CharField(_("kind"), max_length=60)
    about_id = models.BigIntegerField(_("about"), null=True)
    details = models.JSONField(_("details"), default=dict)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,  # an erased person gets no mail
        null=True,
        blank=True,
        related_name="+",
    )
    to_email = models.EmailField(_("to"))
    language = models.CharField(_("language"), max_length=2, choices=Language)
    state = models.CharField(_("status"), max_length=10, choices=MailState, default=MailState.WAITING)
    created_at = models.DateTimeField(_("queued"), auto_now_add=True)
    due_at = models.DateTimeField(_("due"))
    next_attempt_at = models.DateTimeField(_("next attempt"))
    expires_at = models.DateTimeField(_("of no use after"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    last_error = models.CharField(_("last error"), max_length=200, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    subject = models.CharField(_("subject"), max_length=250, blank=True)

    objects = QueuedMailQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        indexes = [
            # By channel: text messages that wait in vain must not stand before the mails.
            models.Index(
                fields=["channel", "next_attempt_at", "id"], name="queued_mail_due", condition=Q(state="waiting")
            ),
            models.Index(fields=["kind", "about_id"], name="queued_mail_about"),
        ]


class NoticeChoice(models.Model):
    """What a person wants of one kind on one channel. No row: mail yes, the others no."""

    email = models.EmailField(_("e-mail"))  # lower case; people without an account choose too
    kind = models.CharField(_("kind"), max_length=60)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    is_wanted = models.BooleanField(_("wanted"))
    chosen_at = models.DateTimeField(_("chosen"), auto_now=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("choice of notices")
        verbose_name_plural = _("choices of notices")
        constraints = [
            models.UniqueConstraint(fields=["email", "kind", "channel"], name="notice_choice_once"),
            models.CheckConstraint(name="notice_choice_lower_case", condition=Q(email=Lower("email"))),
        ]


class InboxNotice(PublicIdModel):
    """What a person who wants it there finds on the page. Rendered anew when it is read: no key is stored in words."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,  # an erased person reads nothing
        related_name="inbox",
    )
    kind = models.CharField(_("kind"), max_length=60)
    about_id = models.BigIntegerField(_("about"), null=True)
    details = models.JSONField(_("details"), default=dict)
    title = models.CharField(_("subject"), max_length=250)
    arrived_at = models.DateTimeField(_("arrived"), default=timezone.now)
    read_at = models.DateTimeField(_("read"), null=True, blank=True)

    class Meta:
        ordering = ["-arrived_at", "-pk"]
        verbose_name = _("notice on the page")
        verbose_name_plural = _("notices on the page")
        indexes = [
            models.Index(fields=["user", "-arrived_at"], name="inbox_of_user"),
            models.Index(fields=["user"], name="inbox_unread", condition=Q(read_at=None)),
        ]


class MobileNumber(models.Model):
    """Where a person gets text messages, once they have shown that the number is theirs."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,  # an erased person gets no text messages
        related_name="mobile_number",
    )
    number = models.CharField(_("mobile number"), max_length=20)  # E.164
    code_hash = models.CharField(max_length=64, blank=True)
    code_sent_at = models.DateTimeField(_("code sent"), null=True, blank=True)
    code_tries = models.PositiveSmallIntegerField(_("attempts"), default=0)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("mobile number")
        verbose_name_plural = _("mobile numbers")
