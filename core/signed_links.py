"""Links that are their own permission: signed, for one purpose, with an end. They never act on GET."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core import signing


class LinkExpired(Exception):
    """The link was ours, but its time is over. `payload` says whose it was, so that a new one can be offered."""

    def __init__(self, payload: Any) -> None:
        super().__init__()
        self.payload = payload


class LinkInvalid(Exception):
    """The link was never ours, or has been replaced."""


@dataclass(frozen=True)
class SignedLink:
    """One purpose and how long its links live. The signature covers purpose, payload and time."""

    purpose: str
    lifetime: timedelta

    def token(self, payload: Any) -> str:
        """A URL-safe token that `read` turns back into the payload (anything JSON can hold)."""
        return signing.dumps(payload, salt=self.purpose, compress=False)

    def read(self, token: str) -> Any:
        """The payload. Raises LinkExpired or LinkInvalid."""
        try:
            return signing.loads(token, salt=self.purpose, max_age=self.lifetime)
        except signing.SignatureExpired as error:
            raise LinkExpired(signing.loads(token, salt=self.purpose)) from error
        except signing.BadSignature as error:
            raise LinkInvalid from error
