"""The system as it runs in production, with a bare page beside it to measure against."""

from config.settings import *  # noqa: F403 - all of them
from config.settings import BASE_DIR, TEMPLATES

ROOT_URLCONF = "bench.urls"
TEMPLATES[0]["DIRS"] = [BASE_DIR / "bench" / "templates", *TEMPLATES[0]["DIRS"]]  # type: ignore[misc]
DEBUG = False
WHITENOISE_AUTOREFRESH = False
KEEP_SECONDS = 20  # as in production
