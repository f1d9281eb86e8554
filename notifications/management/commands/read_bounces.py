import email
import mailbox
import sys
from argparse import ArgumentParser
from email import policy
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from notifications.bounces import read_report


class Command(BaseCommand):
    help = (
        "Read reports of failed delivery (RFC 3464) and mark the addresses: one report from standard input, as a mail "
        "server pipes it, or all that are new in --maildir. Says how many, never whom."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--maildir", type=Path)

    def handle(self, *args: Any, maildir: Path | None, **options: Any) -> None:
        count = self._read_maildir(maildir) if maildir else read_report(self._piped())
        self.stdout.write(f"{count} addresses marked")

    def _piped(self) -> Any:
        return email.message_from_bytes(sys.stdin.buffer.read(), policy=policy.compat32)

    def _read_maildir(self, folder: Path) -> int:
        """Each report once: what has been read is marked as seen, as every mail program does."""
        if not (folder / "new").is_dir():
            raise CommandError(f"{folder} is no maildir.")
        box = mailbox.Maildir(folder, factory=None, create=False)
        count = 0
        for key, message in box.items():
            if "S" in message.get_flags():
                continue
            count += read_report(message)
            message.set_subdir("cur")
            message.add_flag("S")
            box[key] = message
        return count
