from typing import Any

from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.cache import patch_vary_headers


def wants_fragment(request: HttpRequest) -> bool:
    asked_by_htmx = request.headers.get("HX-Request") == "true"
    restoring = request.headers.get("HX-History-Restore-Request") == "true"
    return asked_by_htmx and not restoring


def page_or_fragment(request: HttpRequest, page: str, fragment: str, context: dict[str, Any]) -> TemplateResponse:
    """The fragment alone for an htmx request, the whole page for everyone else and for history restores."""
    response = TemplateResponse(request, fragment if wants_fragment(request) else page, context)
    patch_vary_headers(response, ["HX-Request"])
    return response
