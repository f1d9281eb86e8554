from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from core.access import GET_ONLY, access, anyone


@access(anyone, methods=GET_ONLY)
def about_data(request: HttpRequest) -> HttpResponse:
    """Where the data comes from, under which licences, and how sure it is."""
    return TemplateResponse(request, "coordination/about_data.html", {})
