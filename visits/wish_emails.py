"""The mail of saved searches."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from notifications.enums import Channel
from notifications.models import QueuedMail
from notifications.outbox import queue_mail
from notifications.registry import MailKind, register
from notifications.staff import looked_after_by
from visits.models import VisitOffer


def something_new(user: User, *, offers: list[int], expires_at: datetime) -> None:
    """One mail for all of the day."""
    queue_mail(
        NEW_OFFERS,
        to=user,
        details={"offers": offers},
        occasion=timezone.localdate().isoformat(),
        expires_at=expires_at,
    )


def _context(mail: QueuedMail) -> dict[str, Any] | None:
    """What is still to be had when the mail leaves."""
    offers = VisitOffer.objects.published().filter(pk__in=mail.details.get("offers") or [mail.about_id or 0])
    found = list(offers.select_related("company", "workplace__municipality").order_by("title", "pk"))
    if not found:
        return None
    return {
        "offers": [(offer, settings.SITE_URL + offer.get_absolute_url()) for offer in found],
        "list_url": settings.SITE_URL + reverse("visits:wish_list"),
    }


def _newest(user: Any) -> QuerySet[VisitOffer]:
    covered = looked_after_by(user).values("pk")
    return VisitOffer.objects.published().filter(workplace__municipality__in=covered).order_by("-published_at")


NEW_OFFERS = register(
    MailKind(
        "new_offers",
        "visits/wishes/emails/new_offers",
        title=_("Something new fits your search"),
        to=_("The one who has saved the search."),
        rule=_("Once a day at most, when one of the saved searches finds a visit for the first time."),
        audience=(),
        channels=(Channel.MAIL, Channel.PAGE),
        necessary=None,
        context=_context,
        newest=_newest,
    )
)
