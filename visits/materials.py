"""Lesson material of an offer: what a host does with it, and how readers find it in order."""

from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import ActionRefused
from core.ready_queries import ready
from visits.enums import MaterialTime
from visits.file_actions import forget_files, keep_upload
from visits.models import OfferMaterial, VisitOffer

MAX_MATERIALS = 10

ByTime = list[tuple[str, list[OfferMaterial]]]


@transaction.atomic
def add_material(
    offer: VisitOffer, *, time: str, title: str, by: User, url: str = "", upload: UploadedFile | None = None
) -> OfferMaterial:
    """Add a link or a file. A file is kept in private until a worker has looked through it."""
    VisitOffer.objects.select_for_update(no_key=True, of=("self",)).get(pk=offer.pk)
    if offer.materials.count() >= MAX_MATERIALS:
        raise ActionRefused(_("An offer has at most %(count)d materials. Remove one first.") % {"count": MAX_MATERIALS})
    file = keep_upload(upload, by=by) if upload else None
    return offer.materials.create(time=time, title=title, url=url, file=file)


@transaction.atomic
def remove_material(material: OfferMaterial) -> None:
    """Take it away, its file included. Twice is once."""
    found = OfferMaterial.objects.select_for_update(of=("self",)).filter(pk=material.pk).first()
    if found is None:
        return
    file = found.file
    found.delete()
    if file:
        forget_files([file])


def by_time(offer: VisitOffer) -> ByTime:
    """What is ready, before, during and after the visit; times without any are left out."""
    shown = _shown_for(offer.pk)
    grouped = [(str(time.label), [each for each in shown if each.time == time]) for time in MaterialTime]
    return [(label, found) for label, found in grouped if found]


@ready
def _shown_for(offer: int) -> QuerySet[OfferMaterial]:
    return OfferMaterial.objects.ready().filter(offer=offer)


def for_mail(offer: VisitOffer) -> list[dict[str, Any]]:
    """The same with whole addresses, for mails."""
    return [
        {"time": label, "title": each.title, "url": each.url or settings.SITE_URL + each.get_absolute_url()}
        for label, found in by_time(offer)
        for each in found
    ]
