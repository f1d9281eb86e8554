"""Two organisations that hold a visit together: the owner's page, and the page where the other one answers."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.permissions import company_host
from companies.models import Company
from core.access import GET_ONLY, POST_ONLY, access, link_holder
from core.errors import ActionRefused
from core.secret_pages import secret
from core.signed_links import LinkExpired, LinkInvalid
from visits import co_hosts, links
from visits.host_views import crumbs, own_offer
from visits.models import CoHost


@access(company_host, methods=GET_ONLY)
def co_host_edit(request: HttpRequest, offer_id: str) -> HttpResponse:
    """Who hosts together with the owner, or a search for somebody to ask."""
    offer = own_offer(request, offer_id)
    text = request.GET.get("q", "").strip()[:100]
    context = {
        "offer": offer,
        "co_host": CoHost.objects.filter(offer=offer).select_related("company__municipality").first(),
        "q": text,
        "found": co_hosts.candidates(offer, text),
        "crumbs": crumbs((offer.title, reverse("visits:host_offer_detail", args=[offer_id])), _("A second host")),
    }
    return TemplateResponse(request, "visits/co_hosts/edit.html", context)


@access(company_host, methods=POST_ONLY)
def co_host_ask(request: HttpRequest, offer_id: str) -> HttpResponse:
    offer = own_offer(request, offer_id)
    company = get_object_or_404(Company.objects.listed(), public_id=request.POST.get("company", ""))
    try:
        co_hosts.ask(offer, company)
        messages.success(request, _("%(host)s has been asked. You are told when they answer.") % {"host": company})
    except ActionRefused as refusal:
        messages.error(request, str(refusal))
    return redirect("visits:co_host_edit", offer_id)


@access(company_host, methods=POST_ONLY)
def co_host_remove(request: HttpRequest, co_host_id: str) -> HttpResponse:
    """The owner ends it."""
    owned = CoHost.objects.of_owner(request.user).select_related("offer", "company")
    co_host = get_object_or_404(owned, public_id=co_host_id)
    try:
        co_hosts.remove(co_host)
        messages.success(request, _("%(host)s is no longer named.") % {"host": co_host.company})
    except ActionRefused as refusal:
        messages.error(request, str(refusal))
    return redirect("visits:co_host_edit", co_host.offer.public_id)


@access(company_host)
def co_host_answer(request: HttpRequest, co_host_id: str) -> HttpResponse:
    """The one that is asked says yes or no, and may step back later."""
    asked = CoHost.objects.of_co_host(request.user).select_related("offer__company", "offer__workplace", "company")
    co_host = get_object_or_404(asked, public_id=co_host_id)
    if request.method != "POST":
        return TemplateResponse(request, "visits/co_hosts/answer.html", {"co_host": co_host, "offer": co_host.offer})
    if _answered(request, co_host):
        return redirect("visits:co_host_answer", co_host_id)
    return redirect("visits:host_offer_list")


@access(link_holder)
def co_host_link(request: HttpRequest, token: str) -> HttpResponse:
    """The same from the mail, without an account. Acts on POST only."""
    try:
        offer_id, company_id = links.CO_HOST.read(token)
    except LinkExpired:
        return TemplateResponse(request, "visits/co_hosts/over.html", status=410)
    except LinkInvalid as error:
        raise Http404 from error
    rows = CoHost.objects.select_related("offer__company", "offer__workplace", "company")
    co_host = rows.filter(offer__public_id=offer_id, company__public_id=company_id).first()
    if co_host is None:
        return secret(TemplateResponse(request, "visits/co_hosts/over.html"))
    if request.method == "POST":
        _answered(request, co_host)
        return secret(redirect("visits:co_host_link", token))
    context = {"co_host": co_host, "offer": co_host.offer, "token": token}
    return secret(TemplateResponse(request, "visits/co_hosts/answer.html", context))


def _answered(request: HttpRequest, co_host: CoHost) -> bool:
    """Do what the button says. Whether the two hold the visit together after it."""
    host = {"host": co_host.offer.company}
    try:
        if "yes" in request.POST:
            co_hosts.say_yes(co_host)
            messages.success(request, _("Thank you! You are named beside %(host)s now.") % host)
            return True
        co_hosts.say_no(co_host)
        messages.success(request, _("Saved. You are not named, and %(host)s is told.") % host)
    except ActionRefused as refusal:
        messages.error(request, str(refusal))
    return False
