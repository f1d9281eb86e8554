import secrets
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from coordination.demo.load import STEPS
from coordination.demo.people import PASSWORD
from coordination.demo.wipe import is_loaded, wipe
from coordination.demo.world import World
from core.errors import ActionRefused
from regions.models import Municipality

_BAR = 24


class Command(BaseCommand):
    help = "Fill an empty house with a living demo: companies, schools, visits and people to sign in as."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--again", action="store_true", help="take the earlier demo away first, and nothing else")
        parser.add_argument("--yes-i-mean-it", action="store_true", help="load it in production too")

    def handle(self, *args: Any, again: bool, yes_i_mean_it: bool, **options: Any) -> None:
        if settings.PRODUCTION and not yes_i_mean_it:
            raise CommandError("The demo is invented and does not belong in production. To load it: --yes-i-mean-it")
        if not Municipality.objects.exists():
            raise CommandError("Load the municipalities first: manage.py load_reference_data")
        if is_loaded() and not again:
            raise CommandError("The demo is loaded already. To make it anew: manage.py load_demo --again")
        password = secrets.token_urlsafe(12) if settings.PRODUCTION else PASSWORD
        with transaction.atomic():
            if again:
                self._progress(0, "taking the earlier demo away")
                try:
                    wipe()
                except ActionRefused as refusal:
                    raise CommandError(str(refusal)) from refusal
            world = World(password)
            for done, (name, step) in enumerate(STEPS):
                self._progress(done, name)
                step(world)
            self._progress(len(STEPS), "")
        self.stdout.write(
            f"The demo is ready: {len(world.companies)} companies, {len(world.schools)} schools, "
            f"{len(world.offers)} offers, {len(world.slots)} times. Who can sign in: manage.py demo_sign_ins"
        )
        if settings.PRODUCTION:
            self.stdout.write(f"Everybody's password: {password}")

    def _progress(self, done: int, name: str) -> None:
        """A bar on a terminal; in a log there is nothing to see until the end."""
        if not sys.stderr.isatty():
            return
        filled = _BAR * done // len(STEPS)
        end = "\n" if done == len(STEPS) else ""
        self.stderr.write(f"\r  [{'#' * filled}{'.' * (_BAR - filled)}] {name:<30}", ending=end)
