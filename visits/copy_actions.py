"""An offer once more, as a draft: what it says, shows and hands out. Lock order: company, offer, then its rows."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models.fields.files import FieldFile
from django.utils.translation import gettext as _

from companies.models import Company
from visits.enums import FileState
from visits.models import CheckedFile, OfferMaterial, VisitOffer, VisitPicture
from visits.offer_actions import OFFER_FIELDS, create_offer, locked_offer

# The link leads to one meeting, and is shown to those who have booked that one.
STAYS_BEHIND = {"screen_link"}
_TITLE_LENGTH = VisitOffer._meta.get_field("title").max_length or 0


def copy_offer(offer: VisitOffer, *, public_id: str) -> VisitOffer:
    """A draft that says the same, with pictures and materials of its own; times and what schools said stay behind.

    The button brings the `public_id`: pressed twice it makes one copy.
    """
    made: list[FieldFile] = []
    try:
        return _copy(offer, public_id, made)
    except BaseException:
        for file in made:
            file.storage.delete(str(file.name))
        raise


@transaction.atomic
def _copy(offer: VisitOffer, public_id: str, made: list[FieldFile]) -> VisitOffer:
    Company.objects.select_for_update(no_key=True).get(pk=offer.company_id)
    offer = locked_offer(offer)
    is_there = VisitOffer.objects.filter(public_id=public_id).exists()
    rules = list(offer.rules.values_list("kind", "text"))
    copy = create_offer(company=offer.company, public_id=public_id, values=_values(offer), rules=rules)
    if not is_there:
        _copy_pictures(offer, copy, made)
        _copy_materials(offer, copy, made)
    return copy


def _values(offer: VisitOffer) -> dict[str, Any]:
    """What the form of a new offer would bring."""
    values = {name: getattr(offer, name) for name in OFFER_FIELDS if name not in STAYS_BEHIND}
    room = _TITLE_LENGTH - len(_copied_title(""))
    return values | {
        "title": _copied_title(offer.title[:room].rstrip()),
        "screen_link": "",
        "occupations": offer.occupations.all(),
        "left_out_questions": offer.left_out_questions.all(),
    }


def _copied_title(title: str) -> str:
    return _("%(title)s (copy)") % {"title": title}


def _copy_pictures(offer: VisitOffer, copy: VisitOffer, made: list[FieldFile]) -> None:
    """Drawn ones as they are, waiting ones to be drawn anew. Under the rows' locks no worker clears a file away."""
    for picture in offer.pictures.select_for_update(no_key=True).filter(problem=""):
        files = [picture.small, picture.large] if picture.small else [picture.original]
        if not _are_there(files):
            continue
        twin = VisitPicture(offer=copy, alt_text=picture.alt_text, position=picture.position)
        targets = [twin.small, twin.large] if picture.small else [twin.original]
        for source, target in zip(files, targets, strict=True):
            _copy_file(source, target, str(source.name).rpartition("/")[2].replace(picture.public_id, twin.public_id))
            made.append(target)
        twin.save()


def _copy_materials(offer: VisitOffer, copy: VisitOffer, made: list[FieldFile]) -> None:
    """Links and files; those that were found broken or infected stay behind."""
    files = CheckedFile.objects.select_for_update(no_key=True).filter(
        material__offer=offer, state__in=[FileState.WAITING, FileState.READY]
    )
    twins = {kept.pk: twin for kept in files if (twin := _copied_file(kept, made))}
    for material in offer.materials.all():
        if material.file_id is None or material.file_id in twins:
            OfferMaterial.objects.create(
                offer=copy,
                time=material.time,
                title=material.title,
                url=material.url,
                file=twins.get(material.file_id) if material.file_id else None,
            )


def _copied_file(kept: CheckedFile, made: list[FieldFile]) -> CheckedFile | None:
    source = kept.file if kept.is_ready else kept.upload
    if not _are_there([source]):
        return None
    twin = CheckedFile(kind=kept.kind, name=kept.name, size=kept.size, state=kept.state, uploaded_by=kept.uploaded_by)
    target = twin.file if kept.is_ready else twin.upload
    _copy_file(source, target, twin.public_id)
    made.append(target)
    twin.save()
    return twin


def _are_there(files: Sequence[FieldFile]) -> bool:
    return all(file and file.storage.exists(str(file.name)) for file in files)


def _copy_file(source: FieldFile, target: FieldFile, name: str) -> None:
    with source.open("rb") as content:
        target.save(name, content, save=False)
