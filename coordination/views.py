from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from core.access import GET_ONLY, access, anyone


@access(anyone, methods=GET_ONLY)
def landing(request: HttpRequest) -> HttpResponse:
    """The front door."""
    return TemplateResponse(request, "landing.html", {})
