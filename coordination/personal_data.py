"""All that is stored about one person, gathered from every model that config/retention.toml knows.

A row is theirs when it points at their account or carries one of their addresses. A model that somebody adds is found
the same way; tests/coordination/test_personal_data.py is red for one that cannot be.
"""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from allauth.account.models import EmailAddress
from django.apps import apps
from django.db.models import CharField, EmailField, FileField, ForeignKey, Model, Q, TextField

from accounts.models import User
from core.retention import retention

# Roundabout ways from a model to a person: an address or an account some steps away.
_FURTHER_WAYS = {
    "account.EmailConfirmation": ["email_address__user"],
    "pghistory.Context": ["metadata__user"],
    "visits.VisitOffer": ["contact__email"],
}

# Models without a way to a person who has an account, and why.
NOT_ABOUT_AN_ACCOUNT = {
    "coordination.ImportFinding": "rows of public registers, of people without an account",
    "sessions.Session": "a key in a browser; when and where it was begun stands in the list of sessions",
    "visits.BookingNeeds": "what a class needs, for the two sides of its booking only; whose need it is is not stored",
    "visits.VisitPicture": "what a company shows to everybody; who is on a picture is not stored",
}

# Rows the person acted on, whose personal fields are about somebody else: told are the plain facts only.
_ABOUT_OTHERS = {
    "accounts.Invitation": "invited_by",
    "accounts.InvitationEvent": "invited_by",
    "accounts.JoinRequest": "decided_by",
    "accounts.JoinRequestEvent": "decided_by",
    "companies.InterestInvitation": "asked_by",
}

# Keys, and texts in which others may be named beside the person.
_KEPT_BACK = {
    "password",
    "token_hash",
    "key",
    "session_key",
    "data",
    "details",
    "metadata",
    "last_error",
    "request_key",
}
_PEOPLE = {"accounts.User", "companies.CompanyContact", "schools.SchoolContact"}


def gathered(user: User) -> dict[str, list[dict[str, Any]]]:
    """Everything about the user, by model: what can be written as JSON."""
    found = {}
    addresses = {user.email, *EmailAddress.objects.filter(user=user).values_list("email", flat=True)}
    for label in sorted(retention().models):
        model = apps.get_model(label)
        rows = [_told(row, user) for row in _rows(model, user, addresses)]
        if rows:
            found[str(model._meta.verbose_name_plural)] = rows
    return found


def ways(model: type[Model]) -> list[str]:
    """The fields that lead from a row of the model to a person: an account or an e-mail address."""
    label = model._meta.label
    found = list(_FURTHER_WAYS.get(label, []))
    for field in model._meta.concrete_fields:
        is_account = isinstance(field, ForeignKey) and field.related_model is User
        if is_account or isinstance(field, EmailField):
            found.append(field.name)
    return ["pk"] if model is User else found


def _rows(model: type[Model], user: User, addresses: set[str]) -> Iterator[Model]:
    theirs = Q()
    for way in ways(model):
        if "email" in way.split("__")[-1]:
            for address in addresses:
                theirs |= Q(**{f"{way}__iexact": address})
        else:
            theirs |= Q(**{way: user.pk})
    if theirs:
        yield from model._default_manager.filter(theirs).order_by("pk").distinct()


def _told(row: Model, user: User) -> dict[str, Any]:
    """The row's fields as a person reads them, without keys, files and other people."""
    label = row._meta.label
    other = _ABOUT_OTHERS.get(label)
    is_about_another = other is not None and getattr(row, f"{other}_id") == user.pk
    told: dict[str, Any] = {}
    for field in row._meta.concrete_fields:
        if field.primary_key or field.name in _KEPT_BACK or field.name.startswith("pgh_") or field.name == "public_id":
            continue
        if isinstance(field, FileField):
            continue
        if isinstance(field, ForeignKey):
            if field.related_model._meta.label not in _PEOPLE and getattr(row, field.attname):
                told[field.name] = str(getattr(row, field.name))
            continue
        if is_about_another and isinstance(field, CharField | TextField) and not field.choices:
            continue
        value = getattr(row, field.attname)
        if value not in (None, "", [], {}):
            told[field.name] = _plain(value)
    if hasattr(row, "pgh_created_at"):
        told["recorded_at"] = _plain(row.pgh_created_at)
    return told


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value if isinstance(value, bool | int | float | list | dict) else str(value)
