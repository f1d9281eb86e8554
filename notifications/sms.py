"""Text messages leave through a gateway; which one, SMS_URL says. Without it there are none.

SMS_URL=elks46://user:password@api.46elks.com/a1/sms?from=Porten
"""

import base64
import json
import urllib.error
import urllib.request
from typing import Protocol
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

TIMEOUT = 10
FIRST_SENDER = "Porten"  # letters and digits, eleven at most: what a telephone shows


class GatewayUnreachable(Exception):
    """The gateway does not answer, or not to us: no fault of the message."""


class MessageRefused(Exception):
    """The gateway will not send this message; trying again is of no use."""


class Gateway(Protocol):
    """Whatever takes a text message. It must not log whom it wrote to."""

    def send(self, to: str, text: str) -> None:
        """Hand over one message. Raises GatewayUnreachable or MessageRefused."""


class Elks46:
    """46elks: one form-encoded POST with basic authentication, answered with JSON (46elks.com/docs/send-sms)."""

    def __init__(self, url: str, user: str, password: str, sender: str) -> None:
        self.url, self.sender = url, sender
        self.authorization = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()

    def send(self, to: str, text: str) -> None:
        form = urlencode({"from": self.sender, "to": to, "message": text}).encode()
        request = urllib.request.Request(self.url, form, {"Authorization": self.authorization})  # noqa: S310 - ours
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
                said = json.load(answer)
        except urllib.error.HTTPError as error:
            error.close()
            if error.code in {400, 422}:
                raise MessageRefused from error
            raise GatewayUnreachable from error  # our password, our balance, too fast, their trouble
        except (OSError, ValueError) as error:
            raise GatewayUnreachable from error
        if said.get("status") == "failed":
            raise MessageRefused


def gateway() -> Gateway | None:
    """The gateway of SMS_URL, or None when there is none."""
    if not settings.SMS_URL:
        return None
    parts = urlsplit(settings.SMS_URL)
    if parts.scheme not in {"elks46", "elks46+http"} or not parts.hostname:
        raise ImproperlyConfigured("SMS_URL begins with elks46://user:password@host.")
    host = f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname
    scheme = "http" if parts.scheme.endswith("+http") else "https"
    return Elks46(
        f"{scheme}://{host}{parts.path or '/a1/sms'}",
        unquote(parts.username or ""),
        unquote(parts.password or ""),
        parse_qs(parts.query).get("from", [FIRST_SENDER])[0],
    )
