"""Mails about companies: one function per mail."""

from typing import Any

from django.conf import settings
from django.urls import reverse

from accounts.models import User
from companies import interest_links
from companies.models import Company, InterestInvitation
from notifications.models import QueuedMail
from notifications.outbox import queue_mail
from notifications.registry import MailKind, register
from regions.school_year import label


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


COMPANY_JOINED = register(MailKind("company_joined", "companies/emails/company_joined", _company_joined))
INTEREST_ASKED = register(MailKind("interest_asked", "companies/emails/interest_asked", _interest_asked))
INTEREST_REMINDED = register(MailKind("interest_reminded", "companies/emails/interest_reminded", _interest_reminded))
