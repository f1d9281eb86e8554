"""What members of staff may look at when they preview a message."""

from typing import Any

from django.db.models import QuerySet

from accounts.enums import Role
from regions.models import Municipality


def looked_after_by(user: Any) -> QuerySet[Municipality]:
    """The municipalities of the regions the user coordinates; all of them for who administers the platform."""
    if user.is_staff and user.is_superuser:
        return Municipality.objects.all()
    return Municipality.objects.filter(regions__memberships__user=user, regions__memberships__role=Role.COORDINATOR)
