from django.db import models
from django.utils.translation import gettext_lazy as _


class MailState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    SENT = "sent", _("sent")
    PARKED = "parked", _("given up after several attempts")
    CANCELLED = "cancelled", _("no longer needed")
    MISSED = "missed", _("too late to be of use")
    UNWANTED = "unwanted", _("switched off by the recipient")


class Channel(models.TextChoices):
    MAIL = "mail", _("by mail")
    PAGE = "page", _("on my page")
    SMS = "sms", _("by text message")
