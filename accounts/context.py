from typing import Any

from django.http import HttpRequest

from accounts.permissions import roles_of


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Which parts of the house the reader's roles open: {"works_at": {"company", "school"}}."""
    return {"works_at": {kind.value for kind, _ in roles_of(request.user)} if hasattr(request, "user") else set()}
