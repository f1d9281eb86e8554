import sys
import time
from argparse import ArgumentParser
from dataclasses import fields
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from coordination.national.load import holds_real_data, is_loaded, load, wipe
from coordination.national.plan import Size

_BAR = 24


class Command(BaseCommand):
    help = "Fill an empty database with a country's worth of invented schools, companies and bookings, to measure on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        for size in fields(Size):
            parser.add_argument(f"--{size.name}", type=int, default=size.default, help="default: %(default)s")
        parser.add_argument("--again", action="store_true", help="empty the tables first, if all in them is invented")

    def handle(self, *args: Any, again: bool, **options: Any) -> None:
        if holds_real_data():
            raise CommandError(
                "There are people, companies, schools or regions here that this command has not made. "
                "It only fills a database of its own: set DATABASE_URL to an empty one."
            )
        if is_loaded() and not again:
            raise CommandError("It is loaded already. To make it anew: manage.py load_national --again")
        begun = time.monotonic()
        wipe()
        call_command("load_reference_data", verbosity=0)
        counts = load(Size(**{size.name: options[size.name] for size in fields(Size)}), self._progress)
        made = ", ".join(f"{count:,} {name}" for name, count in counts.items())
        self.stdout.write(f"{made} in {time.monotonic() - begun:.0f} seconds.")

    def _progress(self, share: float, name: str) -> None:
        """A bar on a terminal; in a log there is nothing to see until the end."""
        if not sys.stderr.isatty():
            return
        filled = round(_BAR * share)
        self.stderr.write(f"\r  [{'#' * filled}{'.' * (_BAR - filled)}] {name:<12}", ending="\n" if share == 1 else "")
