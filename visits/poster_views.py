"""A school's poster: the page where its staff fetch it, and where the code on it leads."""

from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.permissions import school_staff
from accounts.requests import SignedInRequest
from core.access import GET_ONLY, access, anyone
from schools.models import School
from visits.posters import PosterShape, address_of, poster_of

NEAR_KM = 60  # an hour in a bus


@access(school_staff, methods=GET_ONLY)
def school_poster(request: SignedInRequest, school_id: str) -> HttpResponse:
    """The poster's shapes and languages, and the address on it."""
    school = _own(request, school_id)
    context = {
        "school": school,
        "shapes": PosterShape.choices,
        "languages": settings.LANGUAGES,
        "language": _language(request),
        "address": address_of(school),
        "crumbs": [(school.name, reverse("schools:school_detail", args=[school_id])), (_("Poster"), None)],
    }
    return TemplateResponse(request, "visits/posters/school_poster.html", context)


@access(school_staff, methods=GET_ONLY)
def school_poster_file(request: SignedInRequest, school_id: str, shape: str) -> HttpResponse:
    """The sheet itself, in `?lang=` or the reader's language."""
    school = _own(request, school_id)
    if shape not in PosterShape.values:
        raise Http404
    sheet = PosterShape(shape)
    is_picture = sheet == PosterShape.SCREEN
    response = HttpResponse(
        poster_of(school, sheet, _language(request)), content_type="image/png" if is_picture else "application/pdf"
    )
    response["Content-Disposition"] = f'attachment; filename="industriporten-{shape}.{sheet.file_format}"'
    return response


@access(anyone, methods=GET_ONLY)
def near_school(request: HttpRequest, school_id: str) -> HttpResponse:
    """Where the poster leads, for everyone: the visits near the school, the nearest first."""
    school = get_object_or_404(School.objects.active().select_related("municipality__county"), public_id=school_id)
    search = reverse("visits:offer_search")
    if school.municipality is None:
        return redirect(search)
    place = f"{school.municipality.name}, {school.municipality.county.name}"
    return redirect(f"{search}?{urlencode({'near': place, 'max_km': NEAR_KM, 'sort': 'nearest'})}")


def _own(request: SignedInRequest, school_id: str) -> School:
    return get_object_or_404(School.objects.with_member(request.user), public_id=school_id)


def _language(request: HttpRequest) -> str:
    asked = request.GET.get("lang", "")
    return asked if asked in dict(settings.LANGUAGES) else (get_language() or "sv")
