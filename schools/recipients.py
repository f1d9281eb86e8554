"""Who at a school reads what concerns one of its classes."""

from django.db.models import Q, QuerySet

from accounts.enums import Role
from accounts.models import Membership, User
from core.ready_queries import ready


def readers(school: int, person: User) -> list[User]:
    """The person who looks after it, while a member; then those who guide and lead, and without them all members."""
    memberships = _who_may_read(school, person.pk) or _members(school)
    own = [each.user for each in memberships if each.user_id == person.pk]
    return own or [each.user for each in memberships]


def leading(school: int) -> list[User]:
    """Those who guide and lead the school; without them all members."""
    memberships = _who_lead(school) or _members(school)
    return [each.user for each in memberships]


@ready
def _who_lead(school: int) -> QuerySet[Membership]:
    return _active(school).filter(Q(role=Role.COUNSELLOR.value) | Q(role=Role.PRINCIPAL.value))


@ready
def _who_may_read(school: int, person: int) -> QuerySet[Membership]:
    leads = Q(role=Role.COUNSELLOR.value) | Q(role=Role.PRINCIPAL.value)
    return _active(school).filter(Q(user=person) | leads)


@ready
def _members(school: int) -> QuerySet[Membership]:
    return _active(school)


def _active(school: int) -> QuerySet[Membership]:
    return Membership.objects.filter(school=school, user__is_active=True).select_related("user").order_by("pk")
