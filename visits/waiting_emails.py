"""The mails to a group in line. They go to the person who put it there."""

from typing import Any

from notifications.models import QueuedMail
from notifications.outbox import queue_mail
from notifications.registry import MailKind, register
from visits import links
from visits.enums import WaitingState
from visits.models import WaitingGroup


def _context(mail: QueuedMail) -> dict[str, Any] | None:
    """The group as it is when the mail leaves. Nothing to say about an offer that has been answered meanwhile."""
    group = (
        WaitingGroup.objects.select_related("slot__offer__company", "slot__offer__workplace", "school", "requested_by")
        .filter(pk=mail.about_id or 0)
        .first()
    )
    if group is None or group.state not in mail.details.get("only_in", [group.state]):
        return None
    offer = group.slot.offer
    return {
        "group": group,
        "slot": group.slot,
        "offer": offer,
        "company": offer.company,
        "workplace": offer.workplace,
        "group_url": links.waiting_url(group),
        "before": mail.details.get("before"),
    }


def _kind(name: str) -> MailKind:
    return register(MailKind(name, f"visits/waiting/emails/{name}", _context))


JOINED = _kind("waiting_joined")
OFFERED = _kind("waiting_offered")
LAPSED = _kind("waiting_lapsed")
PASSED_OVER = _kind("waiting_passed_over")
CLOSED = _kind("waiting_closed")


def joined(group: WaitingGroup) -> None:
    """A receipt, with the link to see one's place and to leave."""
    queue_mail(JOINED, to=group.requested_by, about=group, details={"only_in": [WaitingState.WAITING]})


def place_offered(group: WaitingGroup) -> None:
    queue_mail(
        OFFERED,
        to=group.requested_by,
        about=group,
        details={"only_in": [WaitingState.OFFERED]},
        expires_at=group.offer_ends_at,
    )


def offer_lapsed(group: WaitingGroup) -> None:
    queue_mail(LAPSED, to=group.requested_by, about=group)


def passed_over(group: WaitingGroup) -> None:
    queue_mail(PASSED_OVER, to=group.requested_by, about=group)


def line_closed(group: WaitingGroup) -> None:
    queue_mail(CLOSED, to=group.requested_by, about=group)
