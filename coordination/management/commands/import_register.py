from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from coordination.enums import ImportState, RegisterKind, Verdict
from coordination.imports import perform_import, start
from coordination.models import ImportRun


class Command(BaseCommand):
    help = "Read a public register into schools, owners, companies and workplaces. The file may be of any size."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("kind", choices=RegisterKind.values)
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, and write nothing")

    def handle(self, *args: Any, kind: str, file: Path, dry_run: bool, **options: Any) -> None:
        if not file.is_file():
            raise CommandError(f"There is no file {file}.")
        run = ImportRun(kind=kind, file_name=file.name, bytes_total=file.stat().st_size, dry_run=dry_run)
        start(run)
        perform_import(run, file.open("rb"))
        run.refresh_from_db()
        self._print(run)
        if run.state != ImportState.DONE:
            raise CommandError(run.problem)

    def _print(self, run: ImportRun) -> None:
        words = "Dry run, nothing written" if run.dry_run else "Written"
        counts = ", ".join(f"{verdict.label} {count}" for verdict, count in run.counts)
        self.stdout.write(f"{words}: {run.rows_read} rows read as {run.encoding}; {counts}.")
        for finding in run.findings.filter(verdict__in=[Verdict.REFUSED, Verdict.FLAGGED]):
            label = finding.get_verdict_display()
            self.stdout.write(f"  line {finding.line}: {label}: {finding.code} {finding.name}: {finding.reason}")
