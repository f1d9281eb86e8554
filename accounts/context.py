from typing import Any

from django.http import HttpRequest

from accounts.permissions import company_host, roles_of


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Which parts of the house the reader's roles open: {"works_at": {"company", "school"}, "hosts": True}."""
    roles = roles_of(request.user) if hasattr(request, "user") else set()
    return {
        "works_at": {kind.value for kind, _ in roles},
        "hosts": hasattr(request, "user") and company_host.allows(request.user),
    }
