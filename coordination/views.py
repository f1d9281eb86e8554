from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from coordination.landing import figures, newest_offers
from core.access import GET_ONLY, access, anyone


@access(anyone, methods=GET_ONLY)
def landing(request: HttpRequest) -> HttpResponse:
    """The front door."""
    context = {"offers": newest_offers(), "figures": figures()}
    return TemplateResponse(request, "landing.html", context)
