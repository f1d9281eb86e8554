"""Who may call a view: the rules for `@access`. Which objects they see is a queryset's business."""

from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.db.models import QuerySet

from accounts.enums import MANAGING_ROLES, OrganisationKind, Role
from accounts.models import Membership
from accounts.requests import SignedInRequest as SignedInRequest
from core.access import Rule
from core.ready_queries import ready


def roles_of(user: Any) -> set[tuple[OrganisationKind, Role]]:
    """The user's kinds of organisation and roles, read once per request (the user object lives as long)."""
    if not user.is_authenticated:
        return set()
    if not hasattr(user, "_roles"):
        user._roles = {(m.organisation_kind, Role(m.role)) for m in _memberships_of(user.pk)}
    return user._roles


@ready
def _memberships_of(user: int) -> QuerySet[Membership]:
    return Membership.objects.filter(user=user)


def works_at(*kinds: OrganisationKind) -> Any:
    return lambda user: any(kind in kinds for kind, _ in roles_of(user))


def has_role(kind: OrganisationKind, *roles: Role) -> Any:
    return lambda user: any((kind, role) in roles_of(user) for role in roles)


def needs_second_factor_role(user: Any) -> bool:
    """Coordinators and administrators must show a second factor."""
    return user.is_staff or any(role == Role.COORDINATOR for _, role in roles_of(user))


def lacks_second_factor(user: Any) -> bool:
    return needs_second_factor_role(user) and not is_mfa_enabled(user)


def manages_something(user: Any) -> bool:
    return any(role in MANAGING_ROLES[kind] for kind, role in roles_of(user))


def _rule(name: str, allows: Any) -> Rule:
    return Rule(name, allows=allows, needs_second_factor=lacks_second_factor)


member = _rule("member", lambda user: bool(roles_of(user)))
signed_in = _rule("signed_in", lambda user: True)
company_staff = _rule("company_staff", works_at(OrganisationKind.COMPANY))
company_host = _rule("company_host", has_role(OrganisationKind.COMPANY, Role.OWNER, Role.CONTACT))
school_staff = _rule("school_staff", works_at(OrganisationKind.SCHOOL))
booking_party = _rule("booking_party", works_at(OrganisationKind.COMPANY, OrganisationKind.SCHOOL))
owner_staff = _rule("owner_staff", works_at(OrganisationKind.SCHOOL_OWNER))
region_staff = _rule("region_staff", works_at(OrganisationKind.REGION))
region_coordinator = _rule("region_coordinator", has_role(OrganisationKind.REGION, Role.COORDINATOR))
manager = _rule("manager", manages_something)
# Who answers for what the messages say: those who run the platform, and coordinators.
notice_staff = _rule(
    "notice_staff",
    lambda user: (user.is_staff and user.is_superuser) or (OrganisationKind.REGION, Role.COORDINATOR) in roles_of(user),
)
