"""Reads what mail servers say: refusals while we deliver, and reports that come back later (RFC 3464)."""

import re
from collections.abc import Iterator
from email.message import Message
from typing import Any

from accounts import bounces
from notifications.delivery import message_id
from notifications.enums import MailState
from notifications.models import QueuedMail
from notifications.smtp_answers import blames_the_address


def read_report(report: Message) -> int:
    """Mark the addresses that the report says have failed for good; how many.

    Only where the report carries the id of a mail that we have sent to that address: anybody can write a report.
    """
    original = _original_id(report)
    count = 0
    for address, status in _failures(report):
        sent = QueuedMail.objects.filter(to_email__iexact=address, state=MailState.SENT)
        if original and any(message_id(mail) == original for mail in sent):
            bounces.record(address, status)
            count += 1
    return count


def _failures(report: Message) -> Iterator[tuple[str, str]]:
    """Address and status of each recipient whom the mail will never reach."""
    for part in report.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        blocks = _payload(part)
        for block in blocks if isinstance(blocks, list) else []:
            recipient = str(block.get("Original-Recipient") or block.get("Final-Recipient") or "")
            address = recipient.rpartition(";")[2].strip().strip("<>")
            status = str(block.get("Status", "")).split(maxsplit=1)[0] if block.get("Status") else ""
            if address and str(block.get("Action", "")).strip().lower() == "failed" and blames_the_address(550, status):
                yield address, status


def _original_id(report: Message) -> str:
    """The Message-ID of the mail that came back: its headers or the whole of it are the report's last part."""
    for part in report.walk():
        kind, payload = part.get_content_type(), _payload(part)
        if kind == "message/rfc822" and isinstance(payload, list):
            return str(payload[0]["Message-ID"] or "").strip()
        if kind == "text/rfc822-headers":
            found = re.search(r"^Message-ID:\s*(<[^>]+>)", str(payload), re.IGNORECASE | re.MULTILINE)
            return found[1] if found else ""
    return ""


def _payload(part: Message) -> Any:
    return part.get_payload()
