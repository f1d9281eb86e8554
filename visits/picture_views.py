"""Pictures of an offer: the host's page for them, and their public address."""

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.permissions import company_host
from core.access import GET_ONLY, POST_ONLY, access, anyone
from core.errors import ActionRefused
from visits import offer_actions, pictures
from visits.host_views import crumbs, own_offer
from visits.models import VisitOffer, VisitPicture
from visits.offer_forms import PictureForm, PictureTextForm

A_DAY = 24 * 3600


@access(anyone, methods=GET_ONLY)
def picture(request: HttpRequest, picture_id: str, width: int) -> HttpResponseBase:
    """A re-drawn picture of an offer the reader may see, 480 or 960 pixels wide. Others are not there."""
    if width not in pictures.WIDTHS:
        raise Http404
    visible = VisitPicture.objects.visible_to(request.user).select_related("offer")
    found = get_object_or_404(visible, public_id=picture_id)
    try:
        file = (found.small if width == pictures.WIDTHS[0] else found.large).open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(file, content_type="image/webp")
    response["Cache-Control"] = f"public, max-age={A_DAY}" if found.offer.is_published else "private, no-store"
    return response


@access(company_host)
def host_picture_list(request: HttpRequest, offer_id: str) -> HttpResponse:
    """The offer's pictures in their order, and a form for one more."""
    offer = own_offer(request, offer_id)
    form = PictureForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            offer_actions.add_picture(offer, **form.cleaned_data)
        except ActionRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The picture is received. It is shown here in a few seconds."))
            return redirect("visits:host_picture_list", offer_id)
    here = (offer.title, reverse("visits:host_offer_detail", args=[offer_id]))
    context = {
        "offer": offer,
        "pictures": offer.pictures.all(),
        "form": form,
        "crumbs": crumbs(here, _("Pictures")),
    }
    return TemplateResponse(request, "visits/host/picture_list.html", context)


@access(company_host)
def host_picture_describe(request: HttpRequest, picture_id: str) -> HttpResponse:
    """Change what is said of a picture to those who cannot see it."""
    described = _own_picture(request, picture_id)
    offer = described.offer
    form = PictureTextForm(request.POST or None, initial={"alt_text": described.alt_text})
    if request.method == "POST" and form.is_valid():
        try:
            offer_actions.describe_picture(described, **form.cleaned_data)
        except ActionRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The text is saved."))
            return redirect("visits:host_picture_list", offer.public_id)
    back = reverse("visits:host_picture_list", args=[offer.public_id])
    here = (offer.title, reverse("visits:host_offer_detail", args=[offer.public_id]))
    context = {"picture": described, "form": form, "back": back, "crumbs": crumbs(here, _("Pictures"))}
    return TemplateResponse(request, "visits/host/picture_describe.html", context)


@access(company_host, methods=POST_ONLY)
def host_picture_move(request: HttpRequest, picture_id: str) -> HttpResponse:
    """One step forward, or back with `back` in the form."""
    moved = _own_picture(request, picture_id)
    try:
        offer_actions.move_picture(moved, step=1 if "back" in request.POST else -1)
    except ActionRefused as refusal:
        messages.error(request, str(refusal))
    return redirect("visits:host_picture_list", moved.offer.public_id)


@access(company_host, methods=POST_ONLY)
def host_picture_remove(request: HttpRequest, picture_id: str) -> HttpResponse:
    removed = _own_picture(request, picture_id)
    offer_actions.remove_picture(removed)
    messages.success(request, _("The picture is removed."))
    return redirect("visits:host_picture_list", removed.offer.public_id)


def _own_picture(request: HttpRequest, picture_id: str) -> VisitPicture:
    own = VisitPicture.objects.filter(offer__in=VisitOffer.objects.editable_by(request.user))
    return get_object_or_404(own.select_related("offer"), public_id=picture_id)
