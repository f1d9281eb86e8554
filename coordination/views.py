from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from accounts import bounces
from accounts.enums import OrganisationKind
from accounts.permissions import SignedInRequest, company_host, signed_in
from coordination import start as start_page
from coordination.landing import figures, newest_offers
from core.access import GET_ONLY, access, anyone
from notifications import inbox


@access(anyone, methods=GET_ONLY)
def landing(request: HttpRequest) -> HttpResponse:
    """The front door."""
    context = {"offers": newest_offers(), "figures": figures()}
    return TemplateResponse(request, "landing.html", context)


@access(signed_in, methods=GET_ONLY)
def start(request: SignedInRequest) -> HttpResponse:
    """What needs me, by all my memberships; two doors for somebody who has none yet."""
    sections = start_page.sections_for(request.user)
    context: dict[str, Any] = {
        "sections": sections,
        "needs_me": start_page.needs_me(sections),
        "is_host": company_host.allows(request.user),
        "unread": inbox.unread(request.user),
        "bounce": bounces.of(request.user.email),
        "memberships": request.user.memberships.select_related(*OrganisationKind.values),
    }
    if not sections:
        context["waiting"] = start_page.my_requests(request.user)
    return TemplateResponse(request, "coordination/start.html", context)
