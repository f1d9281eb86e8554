"""Organisations of all four kinds, found through the foreign keys: their apps stand above this one."""

from typing import Any

from django.db.models import Q, QuerySet

from accounts.enums import JOINABLE_KINDS, MANAGING_ROLES, OrganisationKind, Role
from accounts.models import Membership

# A company that has ceased and a school that has closed let nobody in any more.
_STILL_THERE = {OrganisationKind.COMPANY: Q(ceased_at=None), OrganisationKind.SCHOOL: Q(is_active=True)}


def organisations(kind: OrganisationKind) -> QuerySet[Any]:
    """All companies, schools, school owners or regions."""
    model: Any = Membership._meta.get_field(kind.value).related_model
    return model._default_manager.all()


def kind_of(organisation: Any) -> OrganisationKind:
    return next(kind for kind in OrganisationKind if isinstance(organisation, organisations(kind).model))


def joinable(kind: OrganisationKind) -> QuerySet[Any]:
    """Organisations a person may ask to be let in by."""
    if kind not in JOINABLE_KINDS:
        return organisations(kind).none()
    return organisations(kind).filter(_STILL_THERE[kind])


def where_member(kind: OrganisationKind, user: Any) -> QuerySet[Any]:
    """Organisations the user belongs to."""
    return organisations(kind).filter(memberships__user=user)


def where_people_visible(kind: OrganisationKind, user: Any) -> QuerySet[Any]:
    """Own organisations and, for schools, those in a region the user coordinates."""
    return organisations(kind).filter(
        Q(pk__in=where_member(kind, user).values("pk")) | Q(pk__in=where_answering(kind, user).values("pk"))
    )


def where_answering(kind: OrganisationKind, user: Any) -> QuerySet[Any]:
    """Organisations whose requests to join the user answers: as a manager or, for a school, as its region."""
    managed = Membership.objects.managing().filter(user=user).exclude(**{kind.value: None}).values(kind.value)
    condition = Q(pk__in=managed)
    if kind == OrganisationKind.SCHOOL:
        coordinated = Membership.objects.filter(user=user, role=Role.COORDINATOR).exclude(region=None).values("region")
        condition |= Q(municipality__in=_municipalities_of(coordinated))
    return organisations(kind).filter(condition)


def _municipalities_of(regions: Any) -> QuerySet[Any]:
    covered = organisations(OrganisationKind.REGION).filter(pk__in=regions)
    return covered.exclude(municipalities=None).values("municipalities")


def managers_of(organisation: Any) -> QuerySet[Membership]:
    """Memberships of the people who run the organisation and can still sign in."""
    kind = kind_of(organisation)
    return Membership.objects.of(kind, organisation).filter(role__in=MANAGING_ROLES[kind], user__is_active=True)


def coordinators_around(organisation: Any) -> QuerySet[Membership]:
    """The region's coordinators for a school; nobody for other kinds."""
    if kind_of(organisation) != OrganisationKind.SCHOOL or organisation.municipality_id is None:
        return Membership.objects.none()
    return Membership.objects.filter(
        role=Role.COORDINATOR, region__municipalities=organisation.municipality_id, user__is_active=True
    ).distinct()
