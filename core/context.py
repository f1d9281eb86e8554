from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language

from core.views import THEMES


def page(request: HttpRequest) -> dict[str, Any]:
    """What every page needs: the colour scheme the person chose, and every language by its own name."""
    theme = request.COOKIES.get("theme", "auto")
    return {
        "color_scheme": theme if theme in THEMES else "auto",
        "languages": settings.LANGUAGES,
        "language_name": dict(settings.LANGUAGES).get(get_language() or ""),
    }
