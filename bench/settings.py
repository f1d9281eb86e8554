"""The system as it runs in production, with a bare page beside it to measure against."""

from config.settings import *  # noqa: F403 - all of them
from config.settings import BASE_DIR, MIDDLEWARE, STATIC_ROOT, TEMPLATES

ROOT_URLCONF = "bench.urls"
MIDDLEWARE = ["bench.timing.middleware", *MIDDLEWARE]
TEMPLATES[0]["DIRS"] = [BASE_DIR / "bench" / "templates", *TEMPLATES[0]["DIRS"]]  # type: ignore[misc]
DEBUG = False
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # else WhiteNoise complains
WHITENOISE_AUTOREFRESH = False
KEEP_SECONDS = 20  # as in production
