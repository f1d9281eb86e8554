"""Lesson material: the host's page for it, and the files' public address."""

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.permissions import SignedInRequest, company_host
from core.access import GET_ONLY, POST_ONLY, access, anyone
from core.errors import ActionRefused
from core.forms import posted
from visits import materials
from visits.host_views import crumbs, own_offer
from visits.material_forms import MaterialForm
from visits.message_views import handed_out
from visits.models import CheckedFile, OfferMaterial


@access(anyone, methods=GET_ONLY)
def material_file(request: HttpRequest, material_id: str) -> FileResponse:
    """A file of an offer that the reader may see, as a download."""
    materials_seen = OfferMaterial.objects.visible_to(request.user).select_related("file")
    file = get_object_or_404(materials_seen, public_id=material_id).file
    if file is None:
        raise Http404
    return handed_out(CheckedFile.objects.all(), file.public_id)


@access(company_host)
def material_list(request: SignedInRequest, offer_id: str) -> HttpResponse:
    """The offer's material, and a form for more."""
    offer = own_offer(request, offer_id)
    form = MaterialForm(posted(request), request.FILES or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            materials.add_material(
                offer,
                time=data["time"],
                title=data["title"],
                url=data["url"],
                upload=next(iter(data["uploads"]), None),
                by=request.user,
            )
        except ActionRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The material is added."))
            return redirect("visits:material_list", offer_id)
    here = (offer.title, reverse("visits:host_offer_detail", args=[offer_id]))
    context = {
        "offer": offer,
        "materials": offer.materials.select_related("file"),
        "form": form,
        "crumbs": crumbs(here, _("Lesson material")),
    }
    return TemplateResponse(request, "visits/materials/list.html", context)


@access(company_host, methods=POST_ONLY)
def material_remove(request: HttpRequest, material_id: str) -> HttpResponse:
    own = OfferMaterial.objects.editable_by(request.user).select_related("offer")
    removed = get_object_or_404(own, public_id=material_id)
    materials.remove_material(removed)
    messages.success(request, _("The material is removed."))
    return redirect("visits:material_list", removed.offer.public_id)
