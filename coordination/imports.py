"""Register imports: begin one, make a rehearsed one real, start a stopped one again, and what the worker does."""

from collections import Counter
from typing import IO, Any

import pghistory
import structlog
from django.core.files import File
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import User
from coordination.enums import ImportState, RegisterKind, Verdict
from coordination.models import ImportFinding, ImportRun
from coordination.registers.engine import Batch, run_register
from coordination.registers.rows import UnreadableFile
from coordination.registers.writers import Outcome
from core.errors import ActionRefused
from regions.models import Region

KEEP_FINDINGS = 500  # of each result: enough to see what is wrong; the counts are complete
log = structlog.get_logger("imports")


class NoLongerOurs(Exception):
    """The run was thought dead and has been started again: whoever still works at it must stop."""


@transaction.atomic
def begin_import(*, kind: RegisterKind, file: File, region: Region, by: User) -> ImportRun:
    """Store the file and put its dry run in the queue."""
    return ImportRun.objects.create(
        kind=kind, file=file, file_name=str(file.name)[:200], bytes_total=file.size, region=region, started_by=by
    )


@transaction.atomic
def make_real(run: ImportRun, *, by: User) -> ImportRun:
    """Put the real run of a finished dry run in the queue: once."""
    run = ImportRun.objects.select_for_update(no_key=True, of=("self",)).get(pk=run.pk)
    if not run.can_be_made_real:
        raise ActionRefused(
            _(
                "This cannot be run for real: it has been already, it is not finished, or its file is gone. "
                "Send the file again."
            )
        )
    return ImportRun.objects.create(
        kind=run.kind,
        file=run.file.name,
        file_name=run.file_name,
        bytes_total=run.bytes_total,
        region=run.region,
        started_by=by,
        dry_run=False,
        rehearsal=run,
    )


@transaction.atomic
def restart_import(run: ImportRun) -> None:
    """Put a run whose worker died in the queue again. What it has written stays and is found unchanged."""
    run = ImportRun.objects.select_for_update(no_key=True, of=("self",)).get(pk=run.pk)
    if not run.can_move_to(ImportState.QUEUED):
        raise ActionRefused(
            _("This import is %(state)s: there is nothing to start again.") % {"state": run.get_state_display()}
        )
    run.state = ImportState.QUEUED
    run.save(update_fields=["state"])


def mark_stalled_imports() -> int:
    """Mark the runs whose worker gave no sign of life for two minutes. Returns how many."""
    return ImportRun.objects.without_sign_of_life().update(state=ImportState.STALLED)


@transaction.atomic
def claim_next_import() -> ImportRun | None:
    """The oldest waiting run, now running and ours; None when nothing waits. Two workers never claim the same."""
    run = (
        ImportRun.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
        .filter(state=ImportState.QUEUED)
        .order_by("created_at", "pk")
        .first()
    )
    if run:
        start(run)
    return run


def start(run: ImportRun) -> None:
    """Move the run to running, with nothing counted yet."""
    run.state = ImportState.RUNNING
    run.attempt += 1
    run.beaten_at = timezone.now()
    run.bytes_done = 0
    run.problem = ""
    for verdict in Verdict:
        setattr(run, f"rows_{verdict.value}", 0)
    run.save()
    run.findings.all().delete()


def perform_import(run: ImportRun, file: IO[bytes] | None = None) -> None:
    """Read a claimed run's file (or the one given) to its end, and write down how it went."""
    language = run.started_by.language if run.started_by else translation.get_language()
    with translation.override(language), pghistory.context(import_run=run.public_id, user=run.started_by_id):
        try:
            with file or run.file.open("rb") as opened:
                run_register(RegisterKind(run.kind), opened, dry_run=run.dry_run, after_batch=Recorder(run).after_batch)
        except NoLongerOurs:
            log.warning("import_taken_over", run=run.public_id)
        except (UnreadableFile, FileNotFoundError) as problem:
            _finish(run, ImportState.FAILED, _words(problem))
        except Exception:
            _finish(run, ImportState.FAILED, _("Something went wrong on our side. What was read before stays."))
            raise
        else:
            _finish(run, ImportState.DONE, "")


class Recorder:
    """Writes down after each batch how far a run has come, what became of the rows, and that it is alive."""

    def __init__(self, run: ImportRun) -> None:
        self.run = run
        self._counts: Counter[Verdict] = Counter()
        self._kept: Counter[Verdict] = Counter()

    def after_batch(self, batch: Batch) -> None:
        """In the batch's transaction: if the run is no longer ours, nothing of the batch is kept."""
        self._counts.update(outcome.verdict for outcome in batch.outcomes)
        self._counts[Verdict.FLAGGED] += sum(bool(outcome.flags) for outcome in batch.outcomes)
        counts = {f"rows_{verdict.value}": self._counts[verdict] for verdict in Verdict}
        still_ours = ImportRun.objects.filter(
            pk=self.run.pk, attempt=self.run.attempt, state=ImportState.RUNNING
        ).update(bytes_done=batch.bytes_done, encoding=batch.encoding, beaten_at=timezone.now(), **counts)
        if not still_ours:
            raise NoLongerOurs
        ImportFinding.objects.bulk_create(self._findings(batch.outcomes))

    def _findings(self, outcomes: list[Outcome]) -> list[ImportFinding]:
        findings = []
        for outcome in outcomes:
            if outcome.verdict != Verdict.UNCHANGED:
                findings += self._finding(outcome, outcome.verdict, outcome.reason)
            if outcome.flags:
                findings += self._finding(outcome, Verdict.FLAGGED, " ".join(outcome.flags))
        return findings

    def _finding(self, outcome: Outcome, verdict: Verdict, reason: str) -> list[ImportFinding]:
        if self._kept[verdict] >= KEEP_FINDINGS:
            return []
        self._kept[verdict] += 1
        return [
            ImportFinding(
                run=self.run,
                line=outcome.line,
                verdict=verdict,
                code=outcome.code[:20],
                name=outcome.name[:200],
                reason=reason[:300],
            )
        ]


def delete_outdated_files() -> int:
    """Thirty days after an upload its file goes; counts and findings stay. Returns how many runs lost theirs."""
    runs = ImportRun.objects.with_outdated_file()
    for run in runs:
        run.file.delete(save=False)  # a dry run and its real run share a file; deleting it twice does no harm
    return ImportRun.objects.filter(pk__in=[run.pk for run in runs]).update(file="")


def _finish(run: ImportRun, state: ImportState, problem: str) -> None:
    changes: dict[str, Any] = {"state": state, "problem": problem[:300], "finished_at": timezone.now()}
    if state == ImportState.DONE:
        changes["bytes_done"] = run.bytes_total
    ImportRun.objects.filter(pk=run.pk, attempt=run.attempt, state=ImportState.RUNNING).update(**changes)


def _words(problem: Exception) -> str:
    return str(problem) if isinstance(problem, UnreadableFile) else _("The file is no longer here. Send it again.")
