from typing import Any

from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import bounces
from accounts.enums import Role
from accounts.models import User
from companies import emails
from companies.models import Company, CompanyContact, Workplace
from companies.org_numbers import NO_SOLE_TRADERS
from companies.search import refresh_company
from core.errors import ActionRefused


class CompanyHasPeople(ActionRefused):
    """The company is here and has members: ask them to be let in. `company` says which one."""

    def __init__(self, company: Company) -> None:
        super().__init__(_("This company is already here. Ask the people there to let you in."))
        self.company = company


@transaction.atomic
def register_company(*, country: str, org_number: str, by: User, details: dict[str, Any]) -> Company:
    """The company with this number, now with `by` as its owner and with the details that `by` has confirmed.

    One number is one company, also when two people send it at the same moment: the second waits for the first and is
    then refused with CompanyHasPeople. A member who comes back gets their company as it is.
    """
    company, _created = Company.objects.get_or_create(country=country, org_number=org_number, defaults=details)
    company = Company.objects.select_for_update(no_key=True).get(pk=company.pk)
    if company.memberships.filter(user=by).exists():
        return company
    if company.memberships.exists():
        raise CompanyHasPeople(company)
    refuse_unless_it_can_join(company)
    for field, value in details.items():
        setattr(company, field, value)
    save_company(company)
    company.memberships.create(user=by, role=Role.OWNER)
    return company


@transaction.atomic
def save_company(company: Company) -> Company:
    """Store what a company says about itself, and let search know."""
    company.save()
    refresh_company(company.pk)
    return company


def refuse_unless_it_can_join(company: Company) -> None:
    """Say why a company of the register cannot sign up: it has ceased, or it is one person."""
    if company.ceased_at:
        raise ActionRefused(
            _("The register says that this company has ceased. Check the number, or sign up the one that took over.")
        )
    if company.is_sole_trader:
        raise ActionRefused(str(NO_SOLE_TRADERS))


@transaction.atomic
def save_first_workplace(company: Company, **fields: Any) -> Workplace:
    """Where the first visitors go: the workplace the register knows, with what its people say, or a new one."""
    company = Company.objects.select_for_update(no_key=True).get(pk=company.pk)
    workplace = company.workplaces.filter(is_active=True).first() or Workplace(company=company)
    for field, value in fields.items():
        setattr(workplace, field, value)
    workplace.save()
    refresh_company(company.pk)
    return workplace


@transaction.atomic
def finish_sign_up(company: Company, *, by: User, **contact: Any) -> Company:
    """Store who answers and make the company public. A second click changes nothing and sends no second welcome."""
    company = Company.objects.select_for_update(no_key=True).get(pk=company.pk)
    if not company.workplaces.filter(is_active=True).exists():
        raise ActionRefused(_("Say first where visitors come to: the address of your workplace is missing."))
    email = contact.pop("email")
    company.contacts.update_or_create(email=email, defaults=contact | {"user": _member(company, email)})
    if company.joined_at is None:
        company.joined_at = timezone.now()
        company.save(update_fields=["joined_at"])
        refresh_company(company.pk)
        emails.company_joined(company, to=by)
    return company


@transaction.atomic
def save_contact(contact: CompanyContact) -> CompanyContact:
    """Store a contact person; one with an account here is linked to it. One who is no substitute always remains."""
    company = Company.objects.select_for_update(no_key=True).get(pk=contact.company_id)
    if contact.is_substitute:
        _refuse_without_first_contact(company, without=contact)
    contact.user = _member(company, contact.email)
    contact.save()
    bounces.clear(contact.email)  # somebody has looked at the address
    return contact


@transaction.atomic
def remove_contact(contact: CompanyContact) -> None:
    """Forget a contact person. Refused while visits have them as contact, and for the last one who answers."""
    company = Company.objects.select_for_update(no_key=True).get(pk=contact.company_id)
    _refuse_without_first_contact(company, without=contact)
    try:
        contact.delete()
    except ProtectedError as error:
        raise ActionRefused(
            _("%(name)s is the contact person of a visit. Choose somebody else there first, then remove them here.")
            % {"name": contact.name}
        ) from error


@transaction.atomic
def save_workplace(workplace: Workplace) -> Workplace:
    """Store a workplace. The last one in use stays in use."""
    company = Company.objects.select_for_update(no_key=True).get(pk=workplace.company_id)
    others = company.workplaces.filter(is_active=True).exclude(pk=workplace.pk)
    if not workplace.is_active and not others.exists():
        raise ActionRefused(_("A company needs one workplace in use. Add the new one first."))
    workplace.save()
    refresh_company(company.pk)
    return workplace


def _refuse_without_first_contact(company: Company, *, without: CompanyContact) -> None:
    if not company.contacts.filter(is_substitute=False).exclude(pk=without.pk).exists():
        raise ActionRefused(
            _("Somebody must answer for the company. Add another contact person who is no substitute first.")
        )


def _member(company: Company, email: str) -> User | None:
    return User.objects.filter(memberships__company=company, email__iexact=email).first()
