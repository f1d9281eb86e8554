"""Where a reader's distances are measured from."""

from dataclasses import dataclass
from typing import Any

from core.distance import Point
from regions.models import Municipality


@dataclass(frozen=True)
class StartingPoint:
    name: str
    point: Point
    is_school: bool = False  # the reader's own, so that we know whether a host comes that far


def starting_point(user: Any, near: Municipality | None) -> StartingPoint | None:
    """The municipality the reader named, else their school, else nothing."""
    if near:
        return StartingPoint(near.name, Point(near.lat, near.lon))
    if not user.is_authenticated:
        return None
    memberships = user.memberships.filter(school__isnull=False).select_related("school__municipality")
    for school in (membership.school for membership in memberships):
        if school.point:
            return StartingPoint(school.name, Point(*school.point), is_school=True)
    return None
