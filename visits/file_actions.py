"""Keeping files that somebody sends along, and letting go of them."""

from collections.abc import Iterable

from django.core.files import File
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from accounts.models import User
from visits.files import kind_of, safe_name
from visits.models import CheckedFile


def keep_upload(upload: UploadedFile, *, by: User | None) -> CheckedFile:
    """Keep the upload in private until a worker has looked through it. Its form has checked it already.

    Called inside the transaction of what the file belongs to.
    """
    size = upload.size or 0
    kind = kind_of(upload, size)
    kept = CheckedFile(kind=kind, name=safe_name(upload.name or "", kind), size=size, uploaded_by=by)
    upload.seek(0)
    kept.upload.save(kept.public_id, File(upload), save=False)
    kept.save()
    return kept


def forget_files(files: Iterable[CheckedFile]) -> int:
    """Delete rows and what they hold; the files go after the commit, so that a rollback finds them again."""
    count = 0
    for kept in files:
        for stored in (kept.upload, kept.file):
            if stored:
                transaction.on_commit(lambda name=stored.name, storage=stored.storage: storage.delete(name))  # type: ignore[misc]
        kept.delete()
        count += 1
    return count
