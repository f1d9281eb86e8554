"""Charts as SVG, drawn on the server: no script, no inline style. Colours come from the classes s1 and s2."""

from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

WIDTH, HEIGHT = 640, 280
TOP, BOTTOM = 24, 32


def grouped_bars(
    series: Sequence[Sequence[int]], labels: Sequence[str], title: str, desc: str, ident: str = "chart"
) -> SafeString:
    """At most two series of bars side by side, a group per label, the value printed on each bar.

    `ident` keeps the ids apart when a page holds several charts. Use it inside a <figure> with heading, legend,
    table and CSV link.
    """
    if not 1 <= len(series) <= 2:
        raise ValueError("One or two series: draw small multiples instead of more colours.")
    highest = max((value for values in series for value in values), default=0) or 1
    group = WIDTH / max(len(labels), 1)
    bar = min(group * 0.8 / len(series), 56)
    base = HEIGHT - BOTTOM
    bars, values_text, names = [], [], []
    for place, label in enumerate(labels):
        middle = group * (place + 0.5)
        names.append((_number(middle), HEIGHT - 10, label))
        for which, values in enumerate(series):
            value = values[place]
            height = (base - TOP) * value / highest
            left = middle + bar * (which - len(series) / 2)
            bars.append((which + 1, _number(left), _number(base - height), _number(bar - 2), _number(height)))
            values_text.append((_number(left + bar / 2 - 1), _number(base - height - 6), value))
    return format_html(
        '<svg class="chart" viewBox="0 0 {} {}" role="img" aria-labelledby="{}-title {}-desc">'
        '<title id="{}-title">{}</title><desc id="{}-desc">{}</desc>'
        '<g class="axis"><path d="M0 {}H{}"/></g>{}{}{}</svg>',
        WIDTH,
        HEIGHT,
        ident,
        ident,
        ident,
        title,
        ident,
        desc,
        base,
        WIDTH,
        format_html_join("", '<rect class="s{}" x="{}" y="{}" width="{}" height="{}" rx="3"/>', bars),
        format_html_join("", '<text class="val" x="{}" y="{}" text-anchor="middle">{}</text>', values_text),
        format_html_join("", '<text class="cat" x="{}" y="{}" text-anchor="middle">{}</text>', names),
    )


def sparkline(values: Sequence[float]) -> SafeString:
    """The course of a figure in 96 by 30 pixels, the last point marked. Hidden from screen readers."""
    width, height, margin = 96, 30, 4
    lowest, highest = min(values, default=0), max(values, default=0)
    span = (highest - lowest) or 1
    step = (width - 2 * margin) / max(len(values) - 1, 1)
    points = [
        (margin + place * step, height - margin - (height - 2 * margin) * (value - lowest) / span)
        for place, value in enumerate(values)
    ]
    line = " ".join(f"{_number(x)},{_number(y)}" for x, y in points)
    end = format_html('<circle cx="{}" cy="{}" r="3"/>', *(_number(part) for part in points[-1])) if points else ""
    return format_html(
        '<svg class="spark" viewBox="0 0 {} {}" aria-hidden="true"><polyline points="{}"/>{}</svg>',
        width,
        height,
        line,
        end,
    )


def _number(value: float) -> str:
    """The number for an SVG attribute: at most one decimal, a point whatever the language."""
    return f"{value:.1f}".removesuffix(".0")
