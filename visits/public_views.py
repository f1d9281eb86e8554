from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from companies.place_map import point_map
from companies.search_pages import search_page
from core.access import GET_ONLY, access, anyone
from core.fragments import page_or_fragment
from visits import ages, fair_share, first_turn, insurance, materials
from visits.enums import OfferState
from visits.filters import OfferFilter
from visits.models import SearchRow, VisitFeedback, VisitOffer, VisitPicture, VisitSlot
from visits.month import month_of

CARD_COLUMNS = [
    *["public_id", "title", "summary", "kind", "lowest_grade", "highest_grade", "subjects"],
    *["cost_kind", "cost_amount"],
]


@access(anyone, methods=GET_ONLY)
def offer_search(request: HttpRequest) -> HttpResponse:
    return search_page(
        request,
        lambda: OfferFilter(request.GET, SearchRow.objects.all(), request=request),
        _cards,
        page="visits/offer_search.html",
        main="visits/_offer_search_main.html",
        results="visits/_offer_results.html",
    )


def _cards() -> "QuerySet[VisitOffer]":
    pictures = Prefetch("pictures", VisitPicture.objects.ready(), to_attr="ready_pictures")
    return (
        VisitOffer.objects.published()
        .with_open_to_all_at()
        .select_related("company", "workplace__municipality")
        .only(*CARD_COLUMNS, "company__public_id", "company__name", "company__kind", "workplace__municipality__name")
        .prefetch_related(pictures)
    )


@access(anyone, methods=GET_ONLY)
def offer_detail(request: HttpRequest, public_id: str) -> HttpResponse:
    """A published offer, or one of one's own company in any state, with one month of its times."""
    offers = (
        VisitOffer.objects.visible_to(request.user)
        .select_related("company", "contact", "workplace__municipality__county", "co_host__company")
        .with_region_rules()
    )
    offer = get_object_or_404(offers, public_id=public_id)
    month = month_of(list(VisitSlot.objects.upcoming().filter(offer=offer)), request.GET.get("m", ""))
    sharing = fair_share.rules_of(offer, offer.region_rules)
    context = {
        "offer": offer,
        "month": month,
        "must_wait": first_turn.mark(month.slots, offer, sharing, request.user),
        "is_favourite": request.user.is_authenticated and request.user.favourites.filter(offer=offer).exists(),
        "is_public": offer.state == OfferState.PUBLISHED and offer.company.is_listed,
        "crumbs": [(_("Visits"), reverse("visits:offer_search")), (offer.title, None)],
        "pictures": offer.pictures.ready(),
        "rules": offer.rules.all(),
        "fair_share": first_turn.in_words(sharing),
        "materials": materials.by_time(offer),
        "insurance": insurance.in_words(offer, offer.company.country),
        "my_classes": ages.classes_with_parts(offer, request.user),
        "averages": VisitFeedback.objects.of_schools_about(offer).averages(),
        "occupations": offer.occupations.all(),
        "map": point_map(offer.workplace.municipality, [offer.workplace.point]) if offer.is_at_workplace else None,
    }
    return page_or_fragment(request, "visits/offer_detail.html", "visits/_month.html", context)
