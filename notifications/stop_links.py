"""The way out of a mail that is not necessary: one click, without signing in."""

from datetime import timedelta

from django.conf import settings
from django.urls import reverse

from core.signed_links import LinkInvalid, SignedLink
from notifications.models import QueuedMail
from notifications.registry import KINDS

# The link names the row of the outbox, not the person: no address stands in a URL. It works as long as the outbox
# remembers to whom the mail went, thirty days.
STOP = SignedLink("notices.stop", lifetime=timedelta(days=60))


def stop_url(mail: QueuedMail) -> str:
    """Empty for a mail that nobody can switch off, and in a preview."""
    kind = KINDS.get(mail.kind)
    if kind is None or kind.necessary is not None or mail.pk is None:
        return ""
    return settings.SITE_URL + reverse("notifications:stop", args=[STOP.token(mail.pk)])


def mail_of(token: str) -> QueuedMail:
    """The mail that the link stood in. Raises LinkExpired or LinkInvalid."""
    mail = QueuedMail.objects.filter(pk=STOP.read(token)).exclude(to_email="").first()
    if mail is None or mail.kind not in KINDS or KINDS[mail.kind].necessary is not None:
        raise LinkInvalid
    return mail
