from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from notifications.listing import PATH, document


class Command(BaseCommand):
    help = "Print every message the system sends; with --write into docs/notices.md."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--write", action="store_true")

    def handle(self, *args: Any, write: bool, **options: Any) -> None:
        if write:
            PATH.write_text(document(), encoding="utf-8")
        else:
            self.stdout.write(document())
