"""The mails between two organisations that hold a visit together."""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.enums import OrganisationKind
from companies.models import Company
from companies.recipients import answering_contacts
from notifications.enums import Channel
from notifications.models import QueuedMail
from notifications.outbox import mail_row, write
from notifications.registry import MailKind, register
from notifications.staff import looked_after_by
from visits import links
from visits.models import CoHost, VisitOffer


def _context(mail: QueuedMail) -> dict[str, Any] | None:
    offer = VisitOffer.objects.select_related("company", "workplace").filter(pk=mail.about_id or 0).first()
    if offer is None:
        return None
    other = Company.objects.filter(pk=mail.details.get("company", 0)).first() or offer.company
    return {
        "offer": offer,
        "other": other,
        "what": mail.details.get("what", ""),
        "answer_url": links.co_host_url(offer, other),
        "offer_url": links.offer_url(offer),
        "host_url": settings.SITE_URL + reverse("visits:host_offer_detail", args=[offer.public_id]),
    }


def _asked_context(mail: QueuedMail) -> dict[str, Any] | None:
    """Nothing to ask when the owner has taken the question back. A preview names no company."""
    company = mail.details.get("company")
    if company and not CoHost.objects.filter(offer=mail.about_id, company=company, confirmed_at=None).exists():
        return None
    return _context(mail)


def _newest(user: Any) -> QuerySet[VisitOffer]:
    return VisitOffer.objects.filter(workplace__municipality__in=looked_after_by(user).values("pk")).order_by("-pk")


ASKED = register(
    MailKind(
        "co_host_asked",
        "visits/co_hosts/emails/co_host_asked",
        title=_("Another host would like to hold a visit with you"),
        to=_("Those who answer for the organisation that is asked."),
        rule=_("When a host names you as the second host of a visit. Nobody sees your name before you have said yes."),
        audience={OrganisationKind.COMPANY},
        channels=(Channel.MAIL, Channel.PAGE),
        necessary=_("It asks for your yes: without it nobody may name you."),
        context=_asked_context,
        newest=_newest,
    )
)
TOLD = register(
    MailKind(
        "co_host_told",
        "visits/co_hosts/emails/co_host_told",
        title=_("What became of a visit that two hold together"),
        to=_("Those who answer for the host on the other side."),
        rule=_("When the second host says yes or no or steps back, or the first one ends it."),
        audience={OrganisationKind.COMPANY},
        channels=(Channel.MAIL, Channel.PAGE),
        necessary=None,
        context=_context,
        newest=_newest,
        examples=({"what": "yes"}, {"what": "no"}, {"what": "left"}, {"what": "removed"}),
    )
)


def co_host_asked(co_host: CoHost) -> None:
    details = {"company": co_host.company_id}
    write(
        mail_row(ASKED, to=person, about=co_host.offer, details=details, occasion=f"company{co_host.company_id}")
        for person in answering_contacts(co_host.company)
    )


def owner_told(co_host: CoHost, *, what: str) -> None:
    offer = co_host.offer
    _tell(co_host, what, answering_contacts(offer.company, offer.contact))


def co_host_removed(co_host: CoHost) -> None:
    _tell(co_host, "removed", answering_contacts(co_host.company))


def _tell(co_host: CoHost, what: str, people: list[Any]) -> None:
    details = {"company": co_host.company_id, "what": what}
    write(
        mail_row(TOLD, to=person, about=co_host.offer, details=details, occasion=f"{what}{co_host.pk}")
        for person in people
    )
