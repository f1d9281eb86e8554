"""Answers that are the same for everyone, kept for some seconds in PostgreSQL (docs/decisions/0024)."""

import hashlib
import time
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from django.conf import settings
from django.core.cache import caches
from django.utils import timezone

T = TypeVar("T", bound=object)


def kept(make: Callable[[], T], *key: object) -> T:
    """What `make` gives, at most `KEEP_SECONDS` old. The key names all that it depends on.

    One of those who ask late makes it anew while the others still get the old one: nobody waits together.
    """
    if not settings.KEEP_SECONDS:
        return make()
    name = hashlib.sha256(repr(key).encode()).hexdigest()
    cache = caches["kept"]
    found: tuple[float, T] | None = cache.get(name)
    if found is not None:
        made_at, value = found
        is_late = time.time() - made_at > settings.KEEP_SECONDS * 2 / 3
        if not is_late or not cache.add(f"renewed:{name}", 1, settings.KEEP_SECONDS / 3):
            return value
    value = make()
    cache.set(name, (time.time(), value), settings.KEEP_SECONDS)
    return value


def this_moment() -> datetime:
    """Now, the same for `KEEP_SECONDS` long: what is asked about it twice can be kept."""
    now = timezone.now()
    if not settings.KEEP_SECONDS:
        return now
    return datetime.fromtimestamp(now.timestamp() // settings.KEEP_SECONDS * settings.KEEP_SECONDS, tz=now.tzinfo)
