"""Who at a company gets its mail."""

from django.db.models import Prefetch, QuerySet

from accounts.enums import Role
from companies.models import Company, CompanyContact
from core.ready_queries import ready


def answering_contacts(company: Company, first: CompanyContact | None = None) -> list[CompanyContact]:
    """The one who answers, then the substitutes, each address once. Never somebody who no longer works there.

    Without `first`, or when they have left, the company's own first contact person answers. A company without contact
    persons is answered for by its owners; they come as unsaved contact persons.
    """
    known: list[CompanyContact] | None = getattr(company, "reachable_contacts", None)
    contacts = _contacts_of(company.pk) if known is None else known
    if first not in contacts:
        first = next((contact for contact in contacts if not contact.is_substitute), None)
    substitutes = [contact for contact in contacts if contact.is_substitute]
    people = [first, *substitutes] if first else substitutes or _owners(company)
    by_address: dict[str, CompanyContact] = {}
    for person in people:
        by_address.setdefault(person.email.lower(), person)
    return list(by_address.values())


def with_answering_contacts(path: str) -> Prefetch:
    """For `prefetch_related`, where many are asked about: `path` leads to the companies."""
    return Prefetch(f"{path}__contacts", CompanyContact.objects.reachable(), to_attr="reachable_contacts")


@ready
def _contacts_of(company: int) -> QuerySet[CompanyContact]:
    return CompanyContact.objects.reachable().filter(company=company)


def _owners(company: Company) -> list[CompanyContact]:
    memberships = company.memberships.filter(role=Role.OWNER, user__is_active=True).select_related("user")
    return [
        CompanyContact(
            company=company,
            user=membership.user,
            name=str(membership.user),
            email=membership.user.email,
            phone=membership.user.phone,
            language=membership.user.language,
        )
        for membership in memberships
    ]
