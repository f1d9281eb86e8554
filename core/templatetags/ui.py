"""Small drawings for templates: {% icon %}, {% pattern %}, {% spark %}; in words: |day, |moment, |span, |phone."""

import random
from collections.abc import Sequence

from django import template
from django.core.paginator import Paginator
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from core.charts import sparkline
from core.dates import day, full_day, moment, span
from core.icons import ICONS
from core.phones import phone

register = template.Library()

register.filter(day)
register.filter(full_day)
register.filter(moment)
register.filter(span)
register.filter(phone)


@register.simple_tag
def icon(name: str, label: str = "", size: str = "") -> SafeString:
    """A Lucide icon. Without a label it is decoration; with one, screen readers say it. Size "xl" is for doors."""
    if name not in ICONS:
        raise ValueError(f"No icon {name!r}: add it to core/icons.py and run manage.py vendor_assets.")
    return format_html(
        '<svg class="icon{}"{}><use href="{}#{}"></use></svg>',
        f" icon-{size}" if size else "",
        format_html(' role="img" aria-label="{}"', label) if label else mark_safe(' aria-hidden="true"'),
        static("img/icons.svg"),
        name,
    )


@register.simple_tag
def spark(values: Sequence[float]) -> SafeString:
    """A line without axes beside a key figure; the figure's words say what it shows."""
    return sparkline(values)


# Machine parts on a square of 8 by 8, as path data: quarter circles, disc, ring, nut, beams, wedge, arch.
_PARTS = (
    "M{x0} {y0}h8a8 8 0 0 1-8 8z",
    "M{x8} {y0}v8a8 8 0 0 1-8-8z",
    "M{x8} {y8}h-8a8 8 0 0 1 8-8z",
    "M{x0} {y8}v-8a8 8 0 0 1 8 8z",
    "M{x0} {y4}a4 4 0 1 1 8 0 4 4 0 1 1-8 0z",
    "M{x0} {y4}a4 4 0 1 1 8 0 4 4 0 1 1-8 0zm2.2 0a1.8 1.8 0 1 0 3.6 0 1.8 1.8 0 1 0-3.6 0z",
    "M{x2} {y05}h4l2 3.5-2 3.5h-4l-2-3.5zm.5 3.5a1.5 1.5 0 1 0 3 0 1.5 1.5 0 1 0-3 0z",
    "M{x0} {y0}h8v2h-8zm0 3h8v2h-8zm0 3h8v2h-8z",
    "M{x0} {y0}l8 8h-8z",
    "M{x8} {y0}v8h-8z",
    "M{x0} {y8}v-4a4 4 0 0 1 8 0v4z",
    "M{x0} {y0}h8v8h-8z",
)
_EMPTY_OF_TEN = 3
_COLOURS = (1, 1, 1, 2, 2, 3, 4)


@register.simple_tag
def pattern(seed: object, cols: int = 10, rows: int = 2) -> SafeString:
    """A fixed picture of machine parts: the same seed gives the same picture. Decoration only."""
    dice = random.Random(str(seed))  # noqa: S311 - art, not secrets
    paths: dict[int, list[str]] = {1: [], 2: [], 3: [], 4: []}
    for row in range(rows):
        for col in range(cols):
            if dice.randrange(10) < _EMPTY_OF_TEN:
                continue
            x, y = col * 8, row * 8
            part = dice.choice(_PARTS).format(x0=x, x2=x + 2, x8=x + 8, y0=y, y05=f"{y}.5", y4=y + 4, y8=y + 8)
            paths[dice.choice(_COLOURS)].append(part)
    drawn = "".join(f'<path class="p{colour}" d="{"".join(parts)}"/>' for colour, parts in paths.items() if parts)
    # Only numbers and our own path data: nothing here comes from a person.
    return mark_safe(  # noqa: S308
        f'<svg class="pat" viewBox="0 0 {cols * 8} {rows * 8}" preserveAspectRatio="xMinYMid slice"'
        f' aria-hidden="true">{drawn}</svg>'
    )


@register.filter
def pages_around(paginator: Paginator, number: int) -> list[int | str]:
    """The page numbers worth showing: first, last and those around the current one, "…" for the gaps."""
    return list(paginator.get_elided_page_range(number, on_each_side=1, on_ends=1))
