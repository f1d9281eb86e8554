"""What each person wants, kind by kind: by address, because mail also goes to people without an account."""

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from accounts.permissions import roles_of
from core.ready_queries import ready
from notifications.enums import Channel
from notifications.models import NoticeChoice, QueuedMail
from notifications.registry import KINDS, NOTICES, Notice


def is_switched_off(mail: QueuedMail) -> bool:
    """Has the recipient said no to this kind on this channel? Nobody can to a mail that is necessary."""
    kind, channel = KINDS[mail.kind], Channel(mail.channel)
    if channel == kind.channels[0] and kind.necessary is not None:
        return False
    return not wants(mail.to_email, kind, channel)


def wants(email: str, kind: Notice, channel: Channel) -> bool:
    chosen = next(iter(_choices(email.lower(), kind.name, str(channel))), None)
    return chosen.is_wanted if chosen else channel == Channel.MAIL


@ready
def _choices(email: str, kind: str, channel: str) -> QuerySet[NoticeChoice]:
    return NoticeChoice.objects.filter(email=email, kind=kind, channel=channel)


def choose(email: str, kind: Notice, channel: Channel, *, is_wanted: bool) -> None:
    """Remember the choice. Mail of a necessary kind stays on."""
    if channel == Channel.MAIL and kind.necessary is not None:
        return
    NoticeChoice.objects.update_or_create(
        email=email.lower(), kind=kind.name, channel=channel, defaults={"is_wanted": is_wanted}
    )


def chosen_by(email: str) -> dict[tuple[str, str], bool]:
    rows = NoticeChoice.objects.filter(email=email.lower())
    return {(row.kind, row.channel): row.is_wanted for row in rows}


@transaction.atomic
def move(old: str, new: str) -> None:
    """The person has a new address: the choices go along, those made for the new one before stay."""
    known = NoticeChoice.objects.filter(email=new.lower()).values_list("kind", "channel")
    for row in NoticeChoice.objects.filter(email=old.lower()):
        if (row.kind, row.channel) not in set(known):
            row.email = new.lower()
            row.save(update_fields=["email"])


def notices_for(user: User) -> list[Notice]:
    """The messages that somebody with the user's memberships may get, those that can be chosen first."""
    mine = {kind for kind, _role in roles_of(user)}
    fitting = [
        notice
        for notice in NOTICES.values()
        if Channel.MAIL in notice.channels and (not notice.audience or mine & set(notice.audience))
    ]
    return sorted(fitting, key=lambda notice: (notice.necessary is not None, not notice.audience, str(notice.title)))
