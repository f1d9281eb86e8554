from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from companies.place_filters import PlaceFilterSet
from companies.place_map import place_map
from core.fragments import page_or_fragment


def search_page(
    request: HttpRequest, filterset: PlaceFilterSet, cards: "QuerySet[Any]", *, page: str, results: str
) -> HttpResponse:
    """The page of a search, or its results alone for htmx. `cards` fetches what the found rows show."""
    found = filterset.found()
    options = filterset.options(found)
    by_pk = cards.in_bulk([row.pk for row in found.rows])
    context = {
        "filterset": filterset,
        "found": found,
        "options": options,
        "cards": [(row, by_pk[row.pk]) for row in found.rows],
        "page": found.page_of_results,
        "map": place_map(filterset, options),
    }
    response = page_or_fragment(request, page, results, context)
    # The address to come back to: what was understood and chosen, without the form's empty fields.
    address = filterset.state
    if found.page > 1:
        address["page"] = str(found.page)
    response["HX-Push-Url"] = f"{request.path}?{address.urlencode()}" if address else request.path
    return response
