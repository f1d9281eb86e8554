"""A region's own public page: who coordinates here, in which municipalities, and what there is to visit."""

from django.contrib import messages
from django.db import transaction
from django.db.models import Count, Prefetch, Q, QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.permissions import SignedInRequest, region_staff
from coordination.region_forms import RegionForm
from core.access import GET_ONLY, access, anyone
from regions.models import Municipality, Region
from visits.models import VisitOffer, VisitPicture

A_DAY = 24 * 3600
NEWEST = 6


@access(anyone, methods=GET_ONLY)
def region_list(request: HttpRequest) -> HttpResponse:
    """Every region that coordinates here, by country."""
    regions = Region.objects.annotate(places=Count("municipalities")).order_by("country", "name")
    return TemplateResponse(request, "coordination/regions/list.html", {"regions": regions})


@access(anyone, methods=GET_ONLY)
def region_detail(request: HttpRequest, region_id: str) -> HttpResponse:
    """What a region says about itself, with the visits of each of its municipalities."""
    region = get_object_or_404(Region, public_id=region_id)
    context = {
        "region": region,
        "municipalities": _with_visits(region),
        "offers": _newest(region),
        "may_edit": _own(request).filter(pk=region.pk).exists() if region_staff.allows(request.user) else False,
        "crumbs": [(_("Regions"), reverse("coordination:region_list")), (region.name, None)],
    }
    return TemplateResponse(request, "coordination/regions/detail.html", context)


@access(region_staff)
def region_edit(request: SignedInRequest, region_id: str) -> HttpResponse:
    """Change the region's own words, how to reach it, and its logo."""
    region = get_object_or_404(_own(request), public_id=region_id)
    form = RegionForm(request.POST or None, request.FILES or None, instance=region)
    if request.method == "POST" and form.is_valid():
        _save(form)
        messages.success(request, _("Saved. This is what everybody reads now."))
        return redirect("coordination:region_detail", region_id)
    crumbs = [(region.name, reverse("coordination:region_detail", args=[region_id])), (_("About the region"), None)]
    return TemplateResponse(
        request, "coordination/regions/form.html", {"region": region, "form": form, "crumbs": crumbs}
    )


@access(anyone, methods=GET_ONLY)
def region_logo(request: HttpRequest, region_id: str) -> HttpResponseBase:
    region = get_object_or_404(Region.objects.exclude(logo=""), public_id=region_id)
    try:
        file = region.logo.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    return FileResponse(file, content_type="image/webp", headers={"Cache-Control": f"public, max-age={A_DAY}"})


def _own(request: HttpRequest) -> QuerySet[Region]:
    return Region.objects.with_member(request.user)


def _newest(region: Region) -> list[VisitOffer]:
    return list(
        VisitOffer.objects.published()
        .filter(workplace__municipality__regions=region)
        .with_free_times()
        .select_related("company", "workplace__municipality")
        .prefetch_related(Prefetch("pictures", VisitPicture.objects.ready(), to_attr="ready_pictures"))
        .order_by("-published_at", "-pk")[:NEWEST]
    )


def _with_visits(region: Region) -> QuerySet[Municipality]:
    """The region's municipalities with the number of published offers in each."""
    open_here = Q(workplaces__visit_offers__in=VisitOffer.objects.published())
    return (
        Municipality.objects.filter(regions=region)
        .annotate(offers=Count("workplaces__visit_offers", filter=open_here))
        .order_by("name")
    )


def _save(form: RegionForm) -> None:
    """Write the row first: a file that nobody points to does less harm than a row that points to nothing."""
    region, old = form.instance, form.instance.logo.name
    drawn = form.cleaned_data["new_logo"]
    if drawn:
        region.logo.save(drawn.name, drawn, save=False)
    elif form.cleaned_data.get("remove_logo"):
        region.logo = ""
    form.save()
    if old and old != region.logo.name:
        storage = region.logo.storage
        transaction.on_commit(lambda: storage.delete(old))
