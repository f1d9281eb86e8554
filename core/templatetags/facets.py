from collections.abc import Iterable

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe

from core.facets import Option

register = template.Library()


@register.filter
def option_tags(options: Iterable[Option]) -> SafeString:
    """`<option>`s with their counts. A page has two hundred: a template loop takes ten times as long."""
    return format_html_join(
        "",
        '<option value="{}"{}>{} ({})</option>',
        (
            (option.value, mark_safe(" selected") if option.chosen else "", option.label, option.number)
            for option in options
            if option.number or option.chosen
        ),
    )
