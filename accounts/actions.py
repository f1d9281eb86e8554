"""Membership: invited, asked for, given, changed, ended.

Every action locks the organisation first. Under that lock the rules about all of its members stay true: one
membership per person, one open invitation per address, never without somebody who manages it.
"""

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import emails
from accounts.enums import JoinState, Role
from accounts.models import Invitation, JoinRequest, Membership, User
from accounts.organisations import (
    coordinators_around,
    joinable,
    kind_of,
    managers_of,
    organisations,
    where_answering,
)
from core.errors import ActionRefused

INVITATION_LIFETIME = timedelta(days=14)
TOKEN_BYTES = 16
MOST_REQUESTS_AT_ONCE = 5


def token_hash(token: str) -> str:
    """What the database keeps of an invitation's token: enough to recognise it, not to use it."""
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def invite(*, organisation: Any, email: str, role: Role, by: User) -> Invitation:
    """Offer somebody a role. Refused above one's own role, to members, and while an invitation is open."""
    kind = _lock(organisation)
    _check_may_grant(organisation, role, by=by)
    email = email.lower()
    if Membership.objects.of(kind, organisation).filter(user__email__iexact=email).exists():
        raise ActionRefused(_("This person is already a member. Change their role in the list instead."))
    if Invitation.objects.open().filter(**{kind.value: organisation}, email__iexact=email).exists():
        raise ActionRefused(_("This address has already been invited. Send the invitation again from the list."))
    token = secrets.token_urlsafe(TOKEN_BYTES)
    invitation = Invitation.objects.create(
        **{kind.value: organisation},
        email=email,
        role=role,
        invited_by=by,
        token_hash=token_hash(token),
        expires_at=timezone.now() + INVITATION_LIFETIME,
    )
    emails.invited(invitation, token)
    return invitation


@transaction.atomic
def renew_invitation(invitation: Invitation, *, by: User) -> None:
    """Send a new link that lives for another two weeks; the old link stops working."""
    _lock(invitation.organisation)
    _check_may_grant(invitation.organisation, Role(invitation.role), by=by)
    _reload_unanswered(invitation)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    invitation.token_hash = token_hash(token)
    invitation.expires_at = timezone.now() + INVITATION_LIFETIME
    invitation.invited_by = by
    invitation.save(update_fields=["token_hash", "expires_at", "invited_by"])
    emails.invited(invitation, token)


@transaction.atomic
def revoke_invitation(invitation: Invitation, *, by: User) -> None:
    """Take an invitation back: its link stops working."""
    _lock(invitation.organisation)
    _check_may_grant(invitation.organisation, Role(invitation.role), by=by)
    _reload_unanswered(invitation)
    invitation.revoked_at = timezone.now()
    invitation.save(update_fields=["revoked_at"])


@transaction.atomic
def accept_invitation(invitation: Invitation, *, by: User) -> Membership:
    """Become a member, once, with the invited address."""
    kind = _lock(invitation.organisation)
    if not Invitation.objects.open().filter(pk=invitation.pk, token_hash=invitation.token_hash).exists():
        raise ActionRefused(_("This invitation is no longer valid. Ask the person who invited you for a new one."))
    if not is_for(invitation, by):
        raise ActionRefused(_("This invitation was sent to another address."))
    if Membership.objects.of(kind, invitation.organisation).filter(user=by).exists():
        raise ActionRefused(_("You are already a member. Somebody who manages the members can change your role."))
    membership = Membership.objects.create(**{kind.value: invitation.organisation}, user=by, role=invitation.role)
    invitation.accepted_at = timezone.now()
    invitation.save(update_fields=["accepted_at"])
    _close_request(invitation.organisation, by)
    return membership


def is_for(invitation: Invitation, user: User) -> bool:
    """The invited address is one the user has shown to be theirs."""
    return EmailAddress.objects.filter(user=user, verified=True, email__iexact=invitation.email).exists()


@transaction.atomic
def ask_to_join(*, organisation: Any, role: Role, message: str, by: User) -> JoinRequest:
    """Ask to be let in. Refused to members, while a request waits, and where nobody could answer."""
    kind = _lock(organisation)
    if not joinable(kind).filter(pk=organisation.pk).exists():
        raise ActionRefused(_("%(organisation)s takes no new members.") % {"organisation": organisation})
    if Membership.objects.of(kind, organisation).filter(user=by).exists():
        raise ActionRefused(_("You are already a member."))
    if JoinRequest.objects.pending().filter(**{kind.value: organisation}, user=by).exists():
        raise ActionRefused(_("You have already asked. You get a mail when somebody has answered."))
    if JoinRequest.objects.pending().filter(user=by).count() >= MOST_REQUESTS_AT_ONCE:
        raise ActionRefused(_("You have several requests waiting. Wait for an answer to one of them first."))
    answering = list(managers_of(organisation).select_related("user")) or list(
        coordinators_around(organisation).select_related("user")
    )
    if not answering:
        raise ActionRefused(
            _("Nobody at %(organisation)s can let you in yet. Contact the coordinator of your region.")
            % {"organisation": organisation}
        )
    join_request = JoinRequest.objects.create(**{kind.value: organisation}, user=by, role=role, message=message)
    for membership in answering:
        emails.join_requested(join_request, to=membership.user)
    return join_request


@transaction.atomic
def admit(join_request: JoinRequest, *, by: User) -> Membership:
    """Let somebody in with the role they asked for."""
    kind = _decide(join_request, JoinState.ADMITTED, by=by)
    # Invited and admitted at the same time: the invitation's role stands.
    membership = Membership.objects.get_or_create(
        **{kind.value: join_request.organisation}, user=join_request.user, defaults={"role": join_request.role}
    )[0]
    emails.admitted(join_request)
    return membership


@transaction.atomic
def decline(join_request: JoinRequest, *, by: User) -> None:
    _decide(join_request, JoinState.DECLINED, by=by)
    emails.declined(join_request)


@transaction.atomic
def change_membership(
    membership: Membership, *, role: Role, responsibility: str, is_substitute: bool, by: User
) -> None:
    """Change what somebody does here. Refused above one's own role, and for the last one who manages."""
    _lock(membership.organisation)
    _reload(membership)
    _check_may_grant(membership.organisation, Role(membership.role), by=by)
    _check_may_grant(membership.organisation, role, by=by)
    if (role_changed := membership.role != role) and membership.manages:
        still_manages = Membership(role=role, **{membership.organisation_kind.value: membership.organisation}).manages
        if not still_manages:
            _check_not_last(membership)
            _withdraw_invitations_by(membership)
    membership.role = role
    membership.responsibility = responsibility
    membership.is_substitute = is_substitute
    membership.save(update_fields=["role", "responsibility", "is_substitute"])
    if role_changed and membership.user != by:
        emails.role_changed(membership)


@transaction.atomic
def remove_member(membership: Membership, *, by: User) -> None:
    """End somebody else's membership and tell them."""
    _lock(membership.organisation)
    _reload(membership)
    _check_may_grant(membership.organisation, Role(membership.role), by=by)
    _end(membership)
    emails.removed(membership)


@transaction.atomic
def leave(membership: Membership) -> None:
    """End one's own membership. The last one who manages the organisation stays until somebody else can."""
    _lock(membership.organisation)
    _reload(membership)
    _end(membership)


def _lock(organisation: Any) -> Any:
    """Lock the organisation and return its kind."""
    kind = kind_of(organisation)
    organisations(kind).select_for_update(no_key=True).get(pk=organisation.pk)
    return kind


def _reload(membership: Membership) -> None:
    try:
        membership.refresh_from_db(fields=["role", "responsibility", "is_substitute"])
    except Membership.DoesNotExist as error:
        raise ActionRefused(_("This person is no longer a member.")) from error


def _reload_unanswered(invitation: Invitation) -> None:
    invitation.refresh_from_db(fields=["accepted_at", "revoked_at"])
    if invitation.accepted_at or invitation.revoked_at:
        raise ActionRefused(_("This invitation has been answered or withdrawn. Invite again if needed."))


def _check_may_grant(organisation: Any, role: Role, *, by: User) -> None:
    own = Membership.objects.of(kind_of(organisation), organisation).filter(user=by).first()
    if own is None or not own.manages:
        raise ActionRefused(_("You no longer manage the members here."))
    if role not in own.grantable_roles:
        raise ActionRefused(
            _("Your own role does not reach that far. Ask somebody with the role %(role)s.") % {"role": role.label}
        )


def _check_not_last(membership: Membership) -> None:
    if not managers_of(membership.organisation).exclude(pk=membership.pk).exists():
        raise ActionRefused(
            _("Somebody must be able to manage %(organisation)s. Give another member that role first.")
            % {"organisation": membership.organisation}
        )


def _end(membership: Membership) -> None:
    if membership.manages:
        _check_not_last(membership)
        _withdraw_invitations_by(membership)
    Membership.objects.filter(pk=membership.pk).delete()


def _withdraw_invitations_by(membership: Membership) -> None:
    """Who may no longer invite leaves no open doors behind."""
    Invitation.objects.open().filter(
        **{membership.organisation_kind.value: membership.organisation}, invited_by=membership.user
    ).update(revoked_at=timezone.now())


def _decide(join_request: JoinRequest, state: JoinState, *, by: User) -> Any:
    organisation = join_request.organisation
    kind = _lock(organisation)
    join_request.refresh_from_db(fields=["state"])
    if join_request.state != JoinState.PENDING:
        raise ActionRefused(_("Somebody has already answered this request."))
    if not where_answering(kind, by).filter(pk=organisation.pk).exists():
        raise ActionRefused(_("You no longer manage the members here."))
    if state == JoinState.ADMITTED and not coordinators_around(organisation).filter(user=by).exists():
        _check_may_grant(organisation, Role(join_request.role), by=by)
    join_request.state = state
    join_request.decided_by = by
    join_request.decided_at = timezone.now()
    join_request.save(update_fields=["state", "decided_by", "decided_at"])
    return kind


def _close_request(organisation: Any, user: User) -> None:
    """Who came in by invitation no longer waits to be let in."""
    JoinRequest.objects.pending().filter(**{kind_of(organisation).value: organisation}, user=user).update(
        state=JoinState.ADMITTED, decided_at=timezone.now()
    )
