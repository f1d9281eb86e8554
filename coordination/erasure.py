"""Erasing a person because they ask for it, and the ledger that says so again after a restore.

The ledger is a file beside the database, one line per row that was emptied: which row, when, by whom, nothing
personal. A restored database is older than the ledger: the nightly job empties again what the ledger names. A row is
recognised by its number and by a sign of its own, as a restored database gives the same numbers to new rows.
"""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from accounts.models import User
from coordination.retention import ERASED_DOMAIN, anonymise, empty_in_history, end_sessions_of
from core.errors import ActionRefused


@dataclass(frozen=True)
class Entry:
    model: str
    pk: int
    sign: str
    erased_at: str
    by: int | None


def _erase_account(user: User) -> None:
    anonymise(user)
    end_sessions_of({str(user.pk)})


def _empty(fields: dict[str, Any]) -> Callable[[Any], None]:
    def erase(row: Model) -> None:
        type(row)._default_manager.filter(pk=row.pk).update(**fields)
        empty_in_history(row, fields)

    return erase


@dataclass(frozen=True)
class Eraser:
    """How a row of a model is emptied, the field with the person's address, and what no other row ever has."""

    erase: Callable[[Any], None]
    address: str
    sign: Callable[[Any], str] = attrgetter("public_id")


ERASERS = {
    "accounts.User": Eraser(_erase_account, "email", lambda user: user.date_joined.isoformat()),
    "accounts.Invitation": Eraser(_empty({"email": ""}), "email"),
    "companies.InterestAnswer": Eraser(
        _empty({"contact_name": "", "contact_email": "", "contact_phone": "", "comment": ""}),
        "contact_email",
        lambda answer: f"{answer.company.public_id} {answer.school_year}",
    ),
    "companies.InterestInvitation": Eraser(_empty({"email": ""}), "email"),
}


@transaction.atomic
def erase_person(email: str, *, by: User | None) -> list[Entry]:
    """Empty everything that carries the address, and write it into the ledger. Refused for one who administers."""
    if User.objects.filter(email__iexact=email, is_staff=True).exists():
        raise ActionRefused("This account administers the platform: take that right away first.")
    entries = []
    for label, eraser in ERASERS.items():
        for row in apps.get_model(label)._default_manager.filter(**{f"{eraser.address}__iexact": email}):
            entries.append(_entry(label, eraser, row, by))
            eraser.erase(row)
    if not entries:
        raise ActionRefused("Nothing here carries that address.")
    # Before the commit: a line too many is erased again the next night, a line too few is forgotten after a restore.
    _write(entries)
    return entries


def erase_again(*, dry_run: bool = False) -> int:
    """Empty what the ledger names and the database holds again. Says how many rows that were."""
    count = 0
    for entry in _read():
        eraser = ERASERS[entry.model]
        row = apps.get_model(entry.model)._default_manager.filter(pk=entry.pk).first()
        if row is None or eraser.sign(row) != entry.sign or _is_empty(getattr(row, eraser.address)):
            continue
        count += 1
        if not dry_run:
            with transaction.atomic():
                eraser.erase(row)
    return count


def _is_empty(address: str) -> bool:
    return not address or address.endswith(ERASED_DOMAIN)


def _entry(label: str, eraser: Eraser, row: Any, by: User | None) -> Entry:
    return Entry(label, row.pk, eraser.sign(row), timezone.now().isoformat(), by.pk if by else None)


def _write(entries: list[Entry]) -> None:
    path = Path(settings.ERASURE_LEDGER)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="ascii") as ledger:
        ledger.writelines(json.dumps(asdict(entry)) + "\n" for entry in entries)
        ledger.flush()
        os.fsync(ledger.fileno())


def _read() -> Iterator[Entry]:
    path = Path(settings.ERASURE_LEDGER)
    if path.exists():
        with path.open(encoding="ascii") as ledger:
            for line in ledger:
                yield Entry(**json.loads(line))
