"""Mails about membership. They leave through allauth's adapter, which writes them into the outbox.

The outbox stands above this app, and an invitation's token must not stay in it: the adapter does both.
"""

from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.shortcuts import resolve_url
from django.urls import reverse

from accounts.models import Invitation, JoinRequest, Membership, User


def invited(invitation: Invitation, token: str) -> None:
    """The link to accept, in the invited person's language if we know them, else in the inviter's."""
    known = User.objects.filter(email__iexact=invitation.email).first()
    get_adapter().queue_house_mail(
        "accounts/emails/invited",
        to_email=invitation.email,
        language=(known or invitation.invited_by).language,
        context={"invitation": invitation, "path": reverse("accounts:invitation_accept", args=[token])},
        expires_at=invitation.expires_at,
    )


def join_requested(join_request: JoinRequest, *, to: User) -> None:
    path = reverse("accounts:people", args=[join_request.organisation_kind, join_request.organisation.public_id])
    _queue("join_requested", to, {"join_request": join_request, "path": path})


def admitted(join_request: JoinRequest) -> None:
    path = resolve_url(settings.LOGIN_REDIRECT_URL)
    _queue("admitted", join_request.user, {"join_request": join_request, "path": path})


def declined(join_request: JoinRequest) -> None:
    _queue("declined", join_request.user, {"join_request": join_request})


def role_changed(membership: Membership) -> None:
    _queue("role_changed", membership.user, {"membership": membership})


def removed(membership: Membership) -> None:
    _queue("removed", membership.user, {"membership": membership})


def _queue(name: str, to: User, context: dict[str, Any]) -> None:
    get_adapter().queue_house_mail(f"accounts/emails/{name}", to_email=to.email, language=to.language, context=context)
