from datetime import date, timedelta

from django import forms
from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

LATEST = timedelta(days=2 * 366)


def posted(request: HttpRequest) -> QueryDict | None:
    """What was sent, for a form to check; None when the page is only looked at. An empty POST is checked too."""
    return request.POST if request.method == "POST" else None


def day_input() -> forms.DateInput:
    """The browser's own calendar."""
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


def within_reach(day: date) -> date:
    """A day from today on. Guards the arithmetic as well: nobody plans in the year 9999. Raises ValidationError."""
    if day < timezone.localdate():
        raise forms.ValidationError(_("This day has passed. Choose a later one."))
    if day > timezone.localdate() + LATEST:
        raise forms.ValidationError(_("Choose a day within two years."))
    return day
