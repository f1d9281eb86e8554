from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from coordination.erasure import erase_person
from core.errors import ActionRefused


class Command(BaseCommand):
    help = "Erase what carries a person's address because they have asked for it, and note it in the erasure ledger."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="the person's address")
        parser.add_argument("--by", required=True, help="the address of the administrator who does it")

    def handle(self, *args: Any, email: str, by: str, **options: Any) -> None:
        administrator = User.objects.filter(email__iexact=by, is_staff=True, is_active=True).first()
        if administrator is None:
            raise CommandError("--by names no administrator.")
        try:
            entries = erase_person(email, by=administrator)
        except ActionRefused as refusal:
            raise CommandError(str(refusal)) from refusal
        for entry in entries:
            self.stdout.write(f"{entry.model} {entry.pk}: erased")
