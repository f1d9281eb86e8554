import zlib
from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe
from django.utils.translation import get_language

from accounts.starting_point import starting_point
from companies.place_filters import PlaceFilterSet
from companies.place_map import place_map
from core.fragments import page_or_fragment, wants_fragment
from core.kept import kept


def search_page(
    request: HttpRequest,
    search: Callable[[], PlaceFilterSet],
    cards: Callable[[], "QuerySet[Any]"],
    *,
    page: str,
    main: str,
    results: str,
) -> HttpResponse:
    """The page of a search, or its results alone for htmx. `cards` is what the found rows show of themselves.

    What lies inside the page, `main` or `results`, is kept for everyone who asks the same from the same place: nothing
    in it may be about one person.
    """
    template = results if wants_fragment(request) else main

    def make() -> tuple[bytes, str]:
        filterset = search()
        found = filterset.found()
        options = filterset.options(found)
        by_pk = cards().in_bulk([row.pk for row in found.rows])
        context = {
            "filterset": filterset,
            "found": found,
            "options": options,
            # What is found is some seconds old: what has been taken down meanwhile is left out.
            "cards": [(row, by_pk[row.pk]) for row in found.rows if row.pk in by_pk],
            "page": found.page_of_results,
            "map": place_map(filterset, options),
        }
        # The address to come back to: what was understood and chosen, without the form's empty fields.
        address = filterset.state
        if found.page > 1:
            address["page"] = str(found.page)
        html = render_to_string(template, context, request)
        return zlib.compress(html.encode(), level=1), address.urlencode()

    reader = request.user.is_authenticated, starting_point(request.user, None)
    html, address = kept(make, template, request.get_full_path(), get_language(), reader)
    answer = {"answer": mark_safe(zlib.decompress(html).decode())}  # noqa: S308 - a template has written it
    response = page_or_fragment(request, page, "search/_answer.html", answer)
    response["HX-Push-Url"] = f"{request.path}?{address}" if address else request.path
    return response
