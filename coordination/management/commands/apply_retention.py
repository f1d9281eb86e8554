from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from coordination.erasure import erase_again
from coordination.retention import apply_rules


class Command(BaseCommand):
    help = "Erase personal data that has been kept long enough, as config/retention.toml says."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="count what would go, and write nothing")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        for name, count in apply_rules(dry_run=dry_run).items():
            self.stdout.write(f"{name}: {count}")
        self.stdout.write(f"erasure_ledger: {erase_again(dry_run=dry_run)}")
        if dry_run:
            self.stdout.write("Dry run, nothing written.")
