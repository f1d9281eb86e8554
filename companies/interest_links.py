"""The link in the yearly question: one company's answer for one school year, and nothing else."""

from datetime import timedelta

from companies.models import InterestInvitation
from core.signed_links import LinkExpired, LinkInvalid, SignedLink

# Longer than a school year asked about in spring. What ends a link is its school year, or a newer link.
_LINK = SignedLink(purpose="companies.interest", lifetime=timedelta(days=500))


class LinkOver(Exception):
    """The link was good once: its school year has ended, or a newer link has taken its place."""

    def __init__(self, invitation: InterestInvitation) -> None:
        super().__init__()
        self.invitation = invitation


def token_of(invitation: InterestInvitation) -> str:
    return _LINK.token([invitation.public_id, invitation.link_number])


def invitation_of(token: str) -> InterestInvitation:
    """The question that the link may answer. Raises LinkOver, or LinkInvalid for a link that was never ours."""
    try:
        public_id, link_number = _LINK.read(token)
        in_time = True
    except LinkExpired as expired:
        public_id, link_number = expired.payload
        in_time = False
    invitation = InterestInvitation.objects.select_related("company", "region").filter(public_id=public_id).first()
    if invitation is None:
        raise LinkInvalid
    if not in_time or invitation.is_over or link_number != invitation.link_number:
        raise LinkOver(invitation)
    return invitation
