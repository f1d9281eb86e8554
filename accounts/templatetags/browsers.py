from django import template
from django.utils.translation import gettext as _

register = template.Library()

# What a browser calls itself, the more special name first: Edge says Chrome too, and Chrome says Safari.
_BROWSERS = [("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari")]
_SYSTEMS = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "Chromebook"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
]


def _first(names: list[tuple[str, str]], text: str) -> str:
    return next((name for sign, name in names if sign in text), "")


@register.filter
def browser(user_agent: str) -> str:
    """The browser as a person knows it: Firefox, Windows."""
    known = [name for name in (_first(_BROWSERS, user_agent), _first(_SYSTEMS, user_agent)) if name]
    return ", ".join(known) or _("An unknown browser")
