from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from occupations.reference import load_occupations
from regions.reference import load_regions


class Command(BaseCommand):
    # Here and not in regions: imports run downwards only, and this is the lowest app that may read both.
    help = "Load or refresh the code lists in data/: may be run again at any time, and deletes nothing."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        for name, count in {**load_regions(), **load_occupations()}.items():
            self.stdout.write(f"{name}: {count}")
