"""How long something has waited, and how long it has left, in one unit: "3 days" says enough."""

from datetime import datetime

from django import template
from django.utils.timesince import timesince, timeuntil

register = template.Library()


@register.filter
def time_left(moment: datetime) -> str:
    return timeuntil(moment, depth=1)


@register.filter
def time_waited(moment: datetime) -> str:
    return timesince(moment, depth=1)
