"""Who joined, changed role or left, as the triggers recorded it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps

from accounts.enums import Role
from accounts.models import User
from accounts.organisations import kind_of

LINES_SHOWN = 20


@dataclass(frozen=True)
class HistoryLine:
    """One change of one membership. `by` is empty when the system or a command made it."""

    at: datetime
    what: str  # insert, update or delete
    person: str
    role: Role
    by: str


def history_of(organisation: Any) -> list[HistoryLine]:
    """The latest changes, newest first, in two queries."""
    event_model = apps.get_model("accounts", "MembershipEvent")
    events = list(
        event_model.objects.filter(**{kind_of(organisation).value: organisation})
        .select_related("pgh_context")
        .order_by("-pgh_created_at", "-pgh_id")[:LINES_SHOWN]
    )
    by_ids = [event.pgh_context.metadata.get("user") if event.pgh_context else None for event in events]
    # The event may outlive the person it is about.
    people = User.objects.in_bulk([user_id for user_id in {*by_ids, *(e.user_id for e in events)} if user_id])
    return [
        HistoryLine(
            at=event.pgh_created_at,
            what=event.pgh_label,
            person=str(people.get(event.user_id, "")),
            role=Role(event.role),
            by=str(people.get(by_id, "")) if by_id else "",
        )
        for event, by_id in zip(events, by_ids, strict=True)
    ]
