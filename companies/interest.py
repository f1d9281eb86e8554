"""What companies could take this school year: asked once a year by mail, answered by link, without an account."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from accounts.enums import Language
from accounts.models import User
from companies import emails
from companies.models import Company, InterestAnswer, InterestInvitation
from companies.search import refresh_company_rows
from core.errors import ActionRefused
from regions.enums import Country
from regions.models import Municipality, Region
from regions.school_year import current_school_year

PAUSE_BETWEEN_LINKS = timedelta(hours=1)


@transaction.atomic
def ask(
    company: Company, *, email: str, region: Region, school_year: int, by: User | None, language: str = ""
) -> InterestInvitation:
    """Send the question of a school year. Refused when it was asked or answered, or when they asked us to wait."""
    Company.objects.select_for_update(no_key=True).get(pk=company.pk)
    if company.interest_invitations.filter(school_year=school_year).exists():
        raise ActionRefused(_("%(company)s has already been asked.") % {"company": company})
    if company.interest_answers.filter(school_year=school_year).exists():
        raise ActionRefused(_("%(company)s has already answered.") % {"company": company})
    waits = company.interest_answers.filter(ask_again_on__gt=timezone.localdate())
    if day := waits.values_list("ask_again_on", flat=True).first():
        raise ActionRefused(
            _("%(company)s asked us to come back on %(day)s.") % {"company": company, "day": formats.date_format(day)}
        )
    invitation = company.interest_invitations.create(
        school_year=school_year,
        email=email,
        language=language or language_of(company),
        region=region,
        asked_by=by,
    )
    emails.interest_asked(invitation)
    return invitation


@transaction.atomic
def ask_new_company(
    *, region: Region, org_number: str, name: str, municipality: Municipality, **question: Any
) -> InterestInvitation:
    """Send the question to a company that no register gave us. One that is here already is asked as it is."""
    company, _created = Company.objects.get_or_create(
        country=region.country, org_number=org_number, defaults={"name": name, "municipality": municipality}
    )
    if not Company.objects.in_region(region).filter(pk=company.pk).exists():
        raise ActionRefused(
            _("The number belongs to %(company)s in %(municipality)s, outside your region.")
            % {"company": company, "municipality": company.municipality}
        )
    return ask(company, region=region, **question)


def language_of(company: Company) -> str:
    """The contact person's language, or the country's."""
    contact = company.contacts.first()
    if contact:
        return contact.language
    return Language.NB if company.country == Country.NO else Language.SV


@transaction.atomic
def renew(invitation: InterestInvitation) -> InterestInvitation:
    """Send a new link to the stored address; older links stop working. At most one an hour, whoever asks.

    When the school year of the question is over, the new link asks about this one.
    """
    invitation = _locked(invitation)
    if invitation.is_over:
        newer = (
            invitation.company.interest_invitations.filter(school_year__gte=current_school_year())
            .order_by("school_year")
            .first()
        )
        if newer is None:
            return ask(
                invitation.company,
                email=invitation.email,
                language=invitation.language,
                region=invitation.region,
                school_year=current_school_year(),
                by=None,
            )
        invitation = _locked(newer)
    if invitation.sent_at > timezone.now() - PAUSE_BETWEEN_LINKS:
        raise ActionRefused(
            _("A link was sent less than an hour ago. Look in the inbox, and in the folder for unwanted mail.")
        )
    invitation.link_number += 1
    invitation.sent_at = timezone.now()
    invitation.save(update_fields=["link_number", "sent_at"])
    emails.interest_asked(invitation)
    return invitation


@transaction.atomic
def answer(
    company: Company, *, school_year: int, invitation: InterestInvitation | None = None, **fields: Any
) -> InterestAnswer:
    """Store what the company says, in place of what it said before.

    Whoever answers an invitation by its link is not shown what was said about persons: what they leave empty stays.
    """
    fields["answered_at"] = timezone.now()
    changes = fields
    if invitation:
        fields["invitation"] = invitation
        changes = {name: value for name, value in fields.items() if value or name not in InterestAnswer.PERSONAL}
    given, _created = InterestAnswer.objects.update_or_create(
        company=company, school_year=school_year, defaults=changes, create_defaults=fields
    )
    refresh_company_rows([company.pk])
    return given


@transaction.atomic
def remind(invitation_id: int) -> None:
    """Ask once more, if it is still due."""
    due = InterestInvitation.objects.due_for_reminder().select_for_update(no_key=True, of=("self",))
    if invitation := due.filter(pk=invitation_id).first():
        invitation.reminded_at = timezone.now()
        invitation.save(update_fields=["reminded_at"])
        emails.interest_reminded(invitation)


def _locked(invitation: InterestInvitation) -> InterestInvitation:
    return InterestInvitation.objects.select_for_update(no_key=True, of=("self",)).get(pk=invitation.pk)
