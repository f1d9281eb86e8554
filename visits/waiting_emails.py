"""The mails to a group in line, to those at the school who read what concerns it (visits/recipients.py)."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.enums import OrganisationKind
from notifications.enums import Channel
from notifications.models import QueuedMail
from notifications.outbox import mail_row, write
from notifications.registry import MailKind, register
from notifications.staff import looked_after_by
from visits import links
from visits.enums import CancelReason, WaitingState
from visits.models import WaitingGroup
from visits.recipients import school_readers


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
        "offer_url": settings.SITE_URL + offer.get_absolute_url(),
        "reason_label": str(dict(CancelReason.choices).get(mail.details.get("reason", ""), "")),
        "reason_text": mail.details.get("reason_text", ""),
        "other_times": group.other_times if group.state == WaitingState.NO_FIT else [],
    }


def _newest(user: Any) -> QuerySet[WaitingGroup]:
    near = looked_after_by(user).values("pk")
    return WaitingGroup.objects.filter(
        Q(slot__offer__workplace__municipality__in=near) | Q(school__municipality__in=near)
    ).order_by("-pk")


def _newest_taken_out(user: Any) -> QuerySet[WaitingGroup]:
    return _newest(user).filter(state=WaitingState.NO_FIT)


def _kind(
    name: str,
    title: Promise,
    rule: Promise,
    *,
    necessary: Promise | None,
    newest: Callable[[Any], QuerySet[WaitingGroup]] = _newest,
) -> MailKind:
    return register(
        MailKind(
            name,
            f"visits/waiting/emails/{name}",
            title=title,
            to=_("The one who put the class in line."),
            rule=rule,
            audience={OrganisationKind.SCHOOL},
            channels=(Channel.MAIL, Channel.PAGE),
            necessary=necessary,
            context=_context,
            newest=newest,
        )
    )


_ABOUT_PLACES = _("Places for your class depend on it.")
JOINED = _kind(
    "waiting_joined",
    _("Your class is in line"),
    _("When a class is put in line, with the link to see its place and to leave."),
    necessary=None,
)
OFFERED = _kind(
    "waiting_offered",
    _("Places have become free"),
    _("When a class is next in line and its places are held for it."),
    necessary=_ABOUT_PLACES,
)
LAPSED = _kind(
    "waiting_lapsed",
    _("The places went to the next in line"),
    _("When nobody has said yes while the places were held."),
    necessary=_ABOUT_PLACES,
)
PASSED_OVER = _kind(
    "waiting_passed_over",
    _("The host passed over your class"),
    _("When the host offers the places to another class, with the reason."),
    necessary=_ABOUT_PLACES,
)
NO_FIT = _kind(
    "waiting_no_fit",
    _("Your class no longer fits"),
    _("When the host makes a visit smaller or otherwise another one. The mail says why, and which times have room."),
    necessary=_ABOUT_PLACES,
    newest=_newest_taken_out,
)
CLOSED = _kind(
    "waiting_closed",
    _("The line is closed"),
    _("When the visit is over, cancelled or no longer to be had."),
    necessary=_ABOUT_PLACES,
)
MOVED = _kind(
    "waiting_moved",
    _("The time in line has moved"),
    _("When the host moves a time that a class stands in line for; the class keeps its place."),
    necessary=_ABOUT_PLACES,
)


def joined(group: WaitingGroup) -> None:
    """A receipt, with the link to see one's place and to leave."""
    _tell(JOINED, group, details={"only_in": [WaitingState.WAITING]})


def place_offered(group: WaitingGroup) -> None:
    _tell(
        OFFERED,
        group,
        details={"only_in": [WaitingState.OFFERED]},
        expires_at=group.offer_ends_at,
    )


def offer_lapsed(group: WaitingGroup) -> None:
    _tell(LAPSED, group)


def passed_over(group: WaitingGroup) -> None:
    _tell(PASSED_OVER, group)


def no_longer_fits(group: WaitingGroup) -> None:
    _tell(NO_FIT, group)


def time_moved(group: WaitingGroup, *, reason: str, reason_text: str) -> None:
    """Once for each move; the words take the time from the slot as it is when the mail leaves."""
    _tell(
        MOVED,
        group,
        details={
            "only_in": [WaitingState.WAITING, WaitingState.OFFERED],
            "reason": reason,
            "reason_text": reason_text,
        },
        occasion=timezone.now().isoformat(),
    )


def line_closed(group: WaitingGroup) -> None:
    _tell(CLOSED, group)


def _tell(kind: MailKind, group: WaitingGroup, **options: Any) -> None:
    write(mail_row(kind, to=person, about=group, **options) for person in school_readers(group))
