"""The coordinator's look at offers before schools find them, and the region's choice of how much to look at."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.enums import Role
from accounts.permissions import SignedInRequest, region_coordinator
from coordination.figures import FIGURES, Scope
from coordination.vetting_forms import RegionSettingsForm, SendBackForm
from core.access import GET_ONLY, access
from core.errors import ActionRefused
from core.forms import posted
from regions.models import Region
from regions.school_year import current_school_year
from visits import vetting
from visits.models import OfferVetting, VisitOffer

PAGE_SIZE = 20
HISTORY_ROWS = 10


@access(region_coordinator, methods=GET_ONLY)
def vetting_list(request: SignedInRequest) -> HttpResponse:
    """All offers that wait for the region, the longest waiting first."""
    rows = (
        OfferVetting.objects.undecided()
        .of_coordinator(request.user)
        .select_related("offer__company", "offer__workplace__municipality")
    )
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"page": page, "crumbs": [_start_crumb(), (_("Offers to look at"), None)]}
    return TemplateResponse(request, "coordination/vetting/vetting_list.html", context)


@access(region_coordinator)
def vetting_detail(request: SignedInRequest, public_id: str) -> HttpResponse:
    """One offer as schools would see it, what is known of the company, and the decision."""
    own = OfferVetting.objects.of_coordinator(request.user).select_related(
        "decided_by", "offer__company", "offer__contact", "offer__workplace__municipality__county"
    )
    asked = get_object_or_404(own, public_id=public_id)
    sends_back = "send_back" in request.POST
    form = SendBackForm(posted(request) if sends_back else None)
    refused = ""
    if request.method == "POST" and (not sends_back or form.is_valid()):
        try:
            if sends_back:
                vetting.send_back(asked, reason=form.cleaned_data["reason"], by=request.user)
                messages.success(request, _("The offer is sent back. The host has your words by mail."))
            else:
                vetting.approve(asked, by=request.user, version=request.POST.get("version", ""))
                messages.success(request, _("The offer is published, and the host has been told."))
            return redirect("coordination:vetting_list")
        except ActionRefused as refusal:
            refused = str(refusal)
            asked.refresh_from_db()
    offer = asked.offer
    context = {
        "vetting": asked,
        "offer": offer,
        "company": offer.company,
        "rules": offer.rules.all(),
        "pictures": offer.pictures.ready(),
        "occupations": offer.occupations.all(),
        "slots": offer.slots.upcoming()[:5],
        "history": OfferVetting.objects.filter(offer__company=offer.company)
        .exclude(pk=asked.pk)
        .select_related("offer", "decided_by")
        .order_by("-asked_at", "-pk")[:HISTORY_ROWS],
        "others": VisitOffer.objects.filter(company=offer.company)
        .exclude(pk=offer.pk)
        .order_by("title")[:HISTORY_ROWS],
        "form": form,
        "version": vetting.version_of(offer),
        "refused": refused,
        "crumbs": [_start_crumb(), (_("Offers to look at"), reverse("coordination:vetting_list")), (offer.title, None)],
    }
    return TemplateResponse(request, "coordination/vetting/vetting_detail.html", context)


@access(region_coordinator)
def region_settings(request: SignedInRequest, region_id: str) -> HttpResponse:
    """What the region wants to look at before schools find it, and how it shares visits among schools."""
    coordinated = Region.objects.filter(memberships__user=request.user, memberships__role=Role.COORDINATOR)
    region = get_object_or_404(coordinated, public_id=region_id)
    name = region.name
    form = RegionSettingsForm(posted(request), instance=region)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(
            request, _("Saved. It holds for offers that are published and visits that are booked from now on.")
        )
        return redirect("coordination:region_settings", region_id)
    scope = Scope(region, current_school_year())
    context = {
        "region": region,
        "form": form,
        "year": scope.year,
        "schools": FIGURES["schools"].rows_in(scope).count(),
        "not_out": FIGURES["schools-not-out"].rows_in(scope).count(),
        "crumbs": [_start_crumb(), (name, None)],
    }
    return TemplateResponse(request, "coordination/vetting/region_settings.html", context)


def _start_crumb() -> tuple[str, str | None]:
    return _("Start"), reverse("coordination:start")
