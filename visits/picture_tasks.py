from datetime import timedelta

from celery import shared_task
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from visits import pictures
from visits.enums import PictureProblem
from visits.models import VisitPicture

GIVE_UP_AFTER = timedelta(minutes=10)
AT_MOST_A_RUN = 20  # one draws in about a second, the next run follows soon


@shared_task
def redraw_pictures() -> int:
    """Re-draw every waiting upload and clear away originals. Says how many uploads it took.

    The table is the queue: beat asks every few seconds, so an upload needs neither Redis nor luck.
    """
    taken = 0
    while taken < AT_MOST_A_RUN and (picture := _take_one()):
        taken += 1
        _redraw(picture)
    _give_up_on_stuck()
    _clear_originals()
    return taken


@transaction.atomic
def _take_one() -> VisitPicture | None:
    """Mark one waiting upload as begun, once and for all: a file that kills the worker is not tried again."""
    picture = VisitPicture.objects.waiting().order_by("pk").select_for_update(skip_locked=True, no_key=True).first()
    if picture:
        picture.begun_at = timezone.now()
        picture.save(update_fields=["begun_at"])
    return picture


def _redraw(picture: VisitPicture) -> None:
    """Draw without a lock, then write the outcome, unless the picture was removed meanwhile."""
    row = VisitPicture.objects.filter(pk=picture.pk)
    try:
        with picture.original.open("rb") as file:
            drawn = pictures.redraw(file, picture.original.size)
    except pictures.PictureRefused as refusal:
        row.update(problem=refusal.problem)
        return
    except FileNotFoundError:
        row.update(problem=PictureProblem.BROKEN)
        return
    for name, width in [("small", pictures.WIDTHS[0]), ("large", pictures.WIDTHS[1])]:
        getattr(picture, name).save(f"{picture.public_id}-{width}.webp", ContentFile(drawn[width]), save=False)
    if not row.update(small=picture.small.name, large=picture.large.name):
        picture.small.delete(save=False)
        picture.large.delete(save=False)


def _give_up_on_stuck() -> None:
    begun_long_ago = VisitPicture.objects.filter(small="", problem="", begun_at__lt=timezone.now() - GIVE_UP_AFTER)
    begun_long_ago.update(problem=PictureProblem.BROKEN)


def _clear_originals() -> None:
    """Delete the originals that are no longer needed: the file first, so that a crash leaves no forgotten file."""
    done = VisitPicture.objects.exclude(original="").filter(~Q(small="") | ~Q(problem=""))
    for picture in done.order_by("pk"):
        picture.original.delete(save=False)
        VisitPicture.objects.filter(pk=picture.pk).update(original="")
