from typing import Any

from django.http import HttpRequest

from core.views import THEMES


def page(request: HttpRequest) -> dict[str, Any]:
    """What every page needs: the colour scheme the person chose."""
    theme = request.COOKIES.get("theme", "auto")
    return {"color_scheme": theme if theme in THEMES else "auto"}
