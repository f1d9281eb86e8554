"""My list: favourites and saved searches."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.permissions import SignedInRequest, signed_in
from companies.models import Company
from core.access import GET_ONLY, POST_ONLY, access
from core.errors import ActionRefused
from visits import wishes
from visits.models import Favourite, SavedSearch, VisitOffer

PAGE_SIZE = 20


@access(signed_in, methods=GET_ONLY)
def wish_list(request: SignedInRequest) -> HttpResponse:
    favourites = Favourite.objects.filter(user=request.user, offer__in=VisitOffer.objects.visible_to(request.user))
    favourites = favourites.select_related("offer__company", "offer__workplace__municipality")
    context = {
        "page": Paginator(favourites, PAGE_SIZE).get_page(request.GET.get("page")),
        "hosts": wishes.followed_hosts(request.user),
        "searches": SavedSearch.objects.filter(user=request.user),
        "taken_off": _visible(VisitOffer, request, "off"),
        "host_taken_off": _visible(Company, request, "host_off"),
    }
    return TemplateResponse(request, "visits/wishes/wish_list.html", context)


def _visible(model: type[VisitOffer] | type[Company], request: SignedInRequest, parameter: str) -> Any:
    """What has just been taken off the list, to be put back with one click."""
    wanted = request.GET.get(parameter)
    return model.objects.visible_to(request.user).filter(public_id=wanted).first() if wanted else None


@access(signed_in, methods=POST_ONLY)
def favourite_set(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Put a visit on my list, or take it off; back to where I was."""
    offer = get_object_or_404(VisitOffer.objects.visible_to(request.user), public_id=public_id)
    is_on = request.POST.get("on") == "1"
    wishes.set_favourite(offer, request.user, is_on=is_on)
    if is_on:
        messages.success(request, _("The visit is on your list."))
    else:
        messages.success(request, _("The visit is off your list."))
    if "list" not in request.POST:
        return redirect(offer)
    return redirect("visits:wish_list") if is_on else redirect(_list_without("off", offer))


@access(signed_in, methods=POST_ONLY)
def favourite_host_set(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Follow a host on my list, or no longer; back to where I was."""
    company = get_object_or_404(Company.objects.visible_to(request.user), public_id=public_id)
    is_on = request.POST.get("on") == "1"
    try:
        wishes.set_favourite_host(company, request.user, is_on=is_on)
        told = _("%(host)s is on your list.") if is_on else _("%(host)s is off your list.")
        messages.success(request, told % {"host": company.name})
    except ActionRefused as refusal:
        messages.error(request, str(refusal))
    if "list" not in request.POST:
        return redirect(company)
    return redirect("visits:wish_list") if is_on else redirect(_list_without("host_off", company))


def _list_without(parameter: str, taken_off: VisitOffer | Company) -> str:
    return reverse("visits:wish_list", query={parameter: taken_off.public_id})


@access(signed_in, methods=POST_ONLY)
def search_save(request: SignedInRequest) -> HttpResponse:
    try:
        wishes.save_search(request.user, request.POST.get("query", "")[:2000])
        messages.success(request, _("Saved. You get a mail when something new comes, once a day at most."))
    except ActionRefused as refusal:
        messages.error(request, str(refusal))
    return redirect("visits:wish_list")


@access(signed_in, methods=POST_ONLY)
def search_remove(request: SignedInRequest, search_id: str) -> HttpResponse:
    get_object_or_404(SavedSearch, user=request.user, public_id=search_id).delete()
    messages.success(request, _("The search is removed. It tells you nothing more."))
    return redirect("visits:wish_list")
