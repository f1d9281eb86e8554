"""A list of visits for other people's pages: a school, a company or a region shows it in a frame."""

from csp.decorators import csp_replace
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import translation
from django.views.decorators.clickjacking import xframe_options_exempt

from core.access import GET_ONLY, access, anyone
from visits.filters import OfferFilter
from visits.models import SearchRow, VisitOffer

FIVE_MINUTES = 300


@access(anyone, methods=GET_ONLY)
@xframe_options_exempt
@csp_replace({"frame-ancestors": ["*"], "script-src": ["'none'"], "form-action": ["'none'"]})
def embed_list(request: HttpRequest) -> HttpResponse:
    """The public search's first page as a plain list: no script, no form, no cookie, the same for every reader.

    The search's own parameters narrow it; `company` shows one company's visits, `lang` the words' language.
    """
    request.user = AnonymousUser()  # where a signed-in reader lives must not decide the order
    rows = SearchRow.objects.all()
    if company := request.GET.get("company"):
        rows = rows.filter(offer__company__public_id=company)
    filterset = OfferFilter(request.GET, rows, request=request)
    found = filterset.found()
    cards = (
        VisitOffer.objects.published()
        .select_related("company", "workplace__municipality")
        .in_bulk([row.pk for row in found.rows])
    )
    language = request.GET.get("lang", "")
    with translation.override(language if language in dict(settings.LANGUAGES) else translation.get_language()):
        # Without the request: nothing of the reader can get into it.
        page = render_to_string(
            "visits/embed/list.html",
            {
                "cards": [(row, cards[row.pk]) for row in found.rows if row.pk in cards],
                "total": found.total,
                "site_url": settings.SITE_URL,
                "all_url": f"{settings.SITE_URL}{reverse('visits:offer_search')}?{filterset.state.urlencode()}",
                "language": translation.get_language(),
            },
        )
    response = HttpResponse(page)
    response["Cache-Control"] = f"public, max-age={FIVE_MINUTES}"
    return response


@access(anyone, methods=GET_ONLY)
def embed_how(request: HttpRequest) -> HttpResponse:
    """The line of HTML that shows the list the reader has just searched for."""
    state: QueryDict = OfferFilter(request.GET, SearchRow.objects.all(), request=request).state
    if company := request.GET.get("company"):
        state["company"] = company
    state["lang"] = translation.get_language() or "sv"
    address = f"{settings.SITE_URL}{reverse('visits:embed_list')}?{state.urlencode()}"
    return TemplateResponse(request, "visits/embed/how.html", {"address": address})
