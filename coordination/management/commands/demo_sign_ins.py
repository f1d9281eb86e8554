from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import translation

from coordination.demo.people import PASSWORD, PEOPLE
from coordination.demo.wipe import is_loaded


class Command(BaseCommand):
    help = "Print who can sign in to the demo, one line per role."

    def handle(self, *args: Any, **options: Any) -> None:
        if not is_loaded():
            self.stdout.write("The demo is not loaded. To load it: manage.py load_demo")
            return
        with translation.override("en"):
            rows = [(person.email, person.title, person.needs_second_factor) for person in PEOPLE]
        width = max(len(email) for email, _title, _second in rows)
        for email, title, second_factor in rows:
            mark = "  (+ second code)" if second_factor else ""
            self.stdout.write(f"  {email:<{width}}  {title}{mark}")
        if settings.PRODUCTION:
            self.stdout.write("Password: the one that load_demo printed.")
        else:
            self.stdout.write(f"Password for all: {PASSWORD}")
        if settings.MFA_TOTP_INSECURE_BYPASS_CODE:
            self.stdout.write(f"Second code: {settings.MFA_TOTP_INSECURE_BYPASS_CODE}, while developing only.")
