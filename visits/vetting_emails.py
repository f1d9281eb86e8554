"""What the host hears from the region about an offer."""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.enums import OrganisationKind
from companies.recipients import answering_contacts
from notifications.enums import Channel
from notifications.models import QueuedMail
from notifications.outbox import mail_row, write
from notifications.registry import MailKind, register
from notifications.staff import looked_after_by
from visits.enums import VettingOutcome
from visits.models import OfferVetting


def offer_vetted(vetting: OfferVetting) -> None:
    """To those who answer for the offer: published, or what the region wants changed."""
    kind = APPROVED if vetting.outcome == VettingOutcome.APPROVED else SENT_BACK
    write(mail_row(kind, to=person, about=vetting) for person in _recipients(vetting))


def _recipients(vetting: OfferVetting) -> list[Any]:
    return answering_contacts(vetting.offer.company, vetting.offer.contact)


def _context(mail: QueuedMail) -> dict[str, Any] | None:
    vetting = OfferVetting.objects.select_related("offer__company").filter(pk=mail.about_id or 0).first()
    if vetting is None:
        return None
    offer = vetting.offer
    return {
        "vetting": vetting,
        "offer": offer,
        "company": offer.company,
        "host_url": settings.SITE_URL + reverse("visits:host_offer_detail", args=[offer.public_id]),
        "public_url": settings.SITE_URL + offer.get_absolute_url(),
    }


def _newest(user: Any) -> QuerySet[OfferVetting]:
    near = looked_after_by(user).values("pk")
    return OfferVetting.objects.filter(offer__workplace__municipality__in=near).order_by("-pk")


def _kind(name: str, title: Promise, rule: Promise) -> MailKind:
    return register(
        MailKind(
            name,
            f"visits/emails/{name}",
            title=title,
            to=_("Those who answer for the host."),
            rule=rule,
            audience={OrganisationKind.COMPANY},
            channels=(Channel.MAIL,),
            necessary=_("It decides whether schools find the offer."),
            context=_context,
            newest=_newest,
        )
    )


APPROVED = _kind(
    "offer_approved", _("The region has approved an offer"), _("When a coordinator approves an offer that waited.")
)
SENT_BACK = _kind(
    "offer_sent_back",
    _("The region asks for a change of an offer"),
    _("When a coordinator sends an offer back, with the reason."),
)
