"""Mails about companies: one function per mail."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.enums import OrganisationKind
from accounts.models import User
from companies import interest_links
from companies.models import Company, InterestInvitation
from notifications.enums import Channel
from notifications.models import QueuedMail
from notifications.outbox import queue_mail
from notifications.registry import MailKind, register
from notifications.staff import looked_after_by
from regions.school_year import label

Context = Callable[[QueuedMail], dict[str, Any] | None]


def company_joined(company: Company, *, to: User) -> None:
    """Welcome to the one who signed the company up, with the next step."""
    queue_mail(COMPANY_JOINED, to=to, about=company)


def interest_asked(invitation: InterestInvitation) -> None:
    """The yearly question with its link; once per link."""
    queue_mail(INTEREST_ASKED, to=invitation, about=invitation, occasion=str(invitation.link_number))


def interest_reminded(invitation: InterestInvitation) -> None:
    """The same question once more, to those who have not answered."""
    queue_mail(INTEREST_REMINDED, to=invitation, about=invitation)


def _company_joined(mail: QueuedMail) -> dict[str, Any] | None:
    company = Company.objects.filter(pk=mail.about_id or 0).first()
    if company is None:
        return None
    return {
        "company": company,
        "profile_url": settings.SITE_URL + reverse("companies:company_profile", args=[company.public_id]),
    }


def _interest_asked(mail: QueuedMail) -> dict[str, Any] | None:
    """The link of the day the mail is sent: a link renewed meanwhile has its own mail."""
    invitation = InterestInvitation.objects.select_related("company", "region").filter(pk=mail.about_id or 0).first()
    if invitation is None or invitation.is_over:
        return None
    return _question(invitation)


def _interest_reminded(mail: QueuedMail) -> dict[str, Any] | None:
    """Nothing when the answer came between queueing and sending."""
    invitation = (
        InterestInvitation.objects.unanswered()
        .select_related("company", "region")
        .filter(pk=mail.about_id or 0)
        .first()
    )
    return _question(invitation) if invitation else None


def _question(invitation: InterestInvitation) -> dict[str, Any]:
    return {
        "invitation": invitation,
        "school_year": label(invitation.school_year),
        "answer_url": settings.SITE_URL
        + reverse("companies:interest_answer", args=[interest_links.token_of(invitation)]),
    }


def _newest_companies(user: Any) -> QuerySet[Company]:
    return Company.objects.listed().filter(municipality__in=looked_after_by(user).values("pk")).order_by("-joined_at")


def _newest_questions(user: Any) -> QuerySet[InterestInvitation]:
    covered = looked_after_by(user).values("pk")
    return InterestInvitation.objects.filter(company__municipality__in=covered).order_by("-sent_at", "-pk")


def _yearly(name: str, title: Promise, rule: Promise, context: Context) -> MailKind:
    return register(
        MailKind(
            name,
            f"companies/emails/{name}",
            title=title,
            to=_("The company’s address that the region has, also without an account."),
            rule=rule,
            audience={OrganisationKind.COMPANY},
            channels=(Channel.MAIL,),
            necessary=None,
            context=context,
            newest=_newest_questions,
        )
    )


COMPANY_JOINED = register(
    MailKind(
        "company_joined",
        "companies/emails/company_joined",
        title=_("Your company is on Industriporten"),
        to=_("The one who signed the company up."),
        rule=_("Once, when a company has been signed up."),
        audience={OrganisationKind.COMPANY},
        channels=(Channel.MAIL, Channel.PAGE),
        necessary=_("It is the receipt, and comes once."),
        context=_company_joined,
        newest=_newest_companies,
    )
)
INTEREST_ASKED = _yearly(
    "interest_asked",
    _("What could you take this school year?"),
    _("Once a school year, when the region asks, and again when somebody asks for a new link."),
    _interest_asked,
)
INTEREST_REMINDED = _yearly(
    "interest_reminded",
    _("The yearly question once more"),
    _("Once, a fortnight after the question, to those who have not answered."),
    _interest_reminded,
)
