"""What a mail server's answer means for an address."""

import re
import smtplib

# Without an enhanced status (RFC 3463) these codes speak of the mailbox.
_OF_THE_MAILBOX = {550, 551, 553}


class AddressRefused(Exception):
    """The server will never take mail for the address: trying again is of no use."""

    def __init__(self, status: str) -> None:
        super().__init__()
        self.status = status


def refusal_of(error: smtplib.SMTPRecipientsRefused) -> AddressRefused | None:
    """The one recipient's refusal, when it is for good and because of the address."""
    for code, answer in error.recipients.values():
        text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else str(answer)
        found = re.search(r"\b[245]\.\d{1,3}\.\d{1,3}\b", text)
        status = found[0] if found else ""
        if blames_the_address(code, status):
            return AddressRefused(status or str(code))
    return None


def blames_the_address(code: int, status: str) -> bool:
    """For good, and not for what the mail says or who sends it (5.7, policy)."""
    if status:
        return status.startswith(("5.1.", "5.2."))
    return code in _OF_THE_MAILBOX
