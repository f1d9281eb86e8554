"""Runs a register file through its reader and its writer, a batch at a time."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import IO, Self

from django.db import DatabaseError, connection, reset_queries, transaction
from django.utils.translation import gettext as _

from coordination.enums import RegisterKind, Verdict
from coordination.registers.rows import Refusal, Row
from coordination.registers.school_day_writer import SchoolDayWriter
from coordination.registers.shapes import read_register
from coordination.registers.source import RegisterFile
from coordination.registers.writers import CompanyWriter, Outcome, SchoolWriter, WorkplaceWriter, Writer

BATCH = 1000

WRITERS: dict[RegisterKind, type[Writer]] = {
    RegisterKind.SE_SCHOOLS: SchoolWriter,
    RegisterKind.NO_SCHOOLS_NSR: SchoolWriter,
    RegisterKind.NO_SCHOOLS_GRUNNSKOLE: SchoolWriter,
    RegisterKind.NO_COMPANIES: CompanyWriter,
    RegisterKind.NO_WORKPLACES: WorkplaceWriter,
    RegisterKind.SE_COMPANIES: CompanyWriter,
    RegisterKind.NO_SCHOOL_DAYS: SchoolDayWriter,
}


@dataclass
class Batch:
    """What became of some rows, and how far the file has been read."""

    outcomes: list[Outcome]
    bytes_done: int
    encoding: str


class NumbersSeen:
    """Which numbers the file has named already. A temporary table remembers: memory must not grow with the file."""

    def __enter__(self) -> Self:
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMPORARY TABLE import_numbers_seen (code text PRIMARY KEY)")
        return self

    def __exit__(self, *error: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE import_numbers_seen")

    def split(self, rows: list[Row]) -> tuple[list[Row], list[Outcome]]:
        """The rows whose number comes up for the first time, and the refusals of the others."""
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO import_numbers_seen SELECT unnest(%s::text[]) ON CONFLICT DO NOTHING RETURNING code",
                [[row.code for row in rows]],
            )
            unseen = {code for (code,) in cursor.fetchall()}
        first: list[Row] = []
        again: list[Row] = []
        for row in rows:
            (first if row.code in unseen else again).append(row)
            unseen.discard(row.code)
        reason = _("The same stands on an earlier line, which counts.")
        return first, [Outcome(row.line, Verdict.REFUSED, row.code, row.name, reason) for row in again]


def run_register(kind: RegisterKind, file: IO[bytes], *, dry_run: bool, after_batch: Callable[[Batch], None]) -> None:
    """Read the whole file. `after_batch` is called inside each batch's transaction, and may end the run by raising.

    Raises UnreadableFile when the file is none of that register, or breaks off; earlier batches stay written.
    """
    source = RegisterFile(file)
    writer = WRITERS[kind](source=kind.value, dry_run=dry_run)
    rows = read_register(kind, source)
    with NumbersSeen() as seen:
        while batch := list(islice(rows, BATCH)):
            with transaction.atomic():
                outcomes = _take_batch(batch, writer, seen)
                after_batch(Batch(outcomes, source.bytes_done, source.encoding))
            reset_queries()  # with DEBUG on, Django keeps every statement: that would grow with the file


def _take_batch(batch: list[Row | Refusal], writer: Writer, seen: "NumbersSeen") -> list[Outcome]:
    """The outcomes in the order of the file. Should the database not take the batch, row by row."""
    refused = [_refused(row) for row in batch if isinstance(row, Refusal)]
    rows = [row for row in batch if isinstance(row, Row)]
    first, repeated = seen.split(rows)
    outcomes = _write(first, writer)
    return sorted([*refused, *repeated, *outcomes], key=lambda outcome: outcome.line)


def _write(rows: list[Row], writer: Writer) -> list[Outcome]:
    try:
        with transaction.atomic():
            return writer.write(rows)
    except (DatabaseError, ValueError):
        if len(rows) == 1:
            reason = _("The row could not be stored.")
            return [Outcome(rows[0].line, Verdict.REFUSED, rows[0].code, reason=reason)]
    return [outcome for row in rows for outcome in _write([row], writer)]


def _refused(row: Refusal) -> Outcome:
    return Outcome(row.line, Verdict.REFUSED, row.code, row.name, row.reason)
