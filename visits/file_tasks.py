from datetime import timedelta

from celery import shared_task
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from core.virus_scanner import ScannerUnavailable, scanner
from visits import files, message_emails
from visits.enums import FileState
from visits.models import CheckedFile

AT_MOST_A_RUN = 20
# A file that kills the worker is tried again this much later, and not for ever.
NEXT_TRY = timedelta(minutes=10)
TRIES = 3
SCANNER_PAUSE = timedelta(minutes=1)


@shared_task
def check_files() -> int:
    """Look through every waiting file: draw pictures anew, ask the virus scanner. Says how many it took.

    The table is the queue, as for pictures. While no scanner answers, files wait and nobody can have them.
    """
    taken = 0
    while taken < AT_MOST_A_RUN and (kept := _take_one()):
        taken += 1
        _check(kept)
    return taken


@transaction.atomic
def _take_one() -> CheckedFile | None:
    due = CheckedFile.objects.due().order_by("next_check_at", "pk")
    kept = due.select_for_update(skip_locked=True, no_key=True).first()
    if kept:
        kept.attempts += 1
        kept.next_check_at = timezone.now() + NEXT_TRY
        if kept.attempts > TRIES:
            kept.state = FileState.BROKEN
        kept.save(update_fields=["attempts", "next_check_at", "state"])
    return kept


def _check(kept: CheckedFile) -> None:
    """Look without a lock, then write the outcome, unless the file was removed meanwhile."""
    if kept.state != FileState.WAITING:
        return _done(kept, FileState.BROKEN)
    try:
        with kept.upload.open("rb") as upload:
            if (asked := scanner()) and asked.scan(upload):
                return _done(kept, FileState.INFECTED)
            content = files.handed_out(upload, kept.upload.size, kept.kind)
    except ScannerUnavailable:
        # An outage of the scanner is no fault of the file.
        CheckedFile.objects.filter(pk=kept.pk).update(
            attempts=F("attempts") - 1, next_check_at=timezone.now() + SCANNER_PAUSE
        )
        return None
    except (files.FileRefused, FileNotFoundError):
        return _done(kept, FileState.BROKEN)
    kept.file.save(kept.public_id, ContentFile(content), save=False)
    kept.size = len(content)
    return _done(kept, FileState.READY)


def _done(kept: CheckedFile, state: FileState) -> None:
    upload = kept.upload.name
    with transaction.atomic():
        row = CheckedFile.objects.filter(pk=kept.pk)
        if not row.update(state=state, file=kept.file.name or "", size=kept.size, upload=""):
            kept.file.delete(save=False)
        elif state == FileState.INFECTED:
            message_emails.file_removed(kept)
    if upload:
        kept.upload.storage.delete(upload)
