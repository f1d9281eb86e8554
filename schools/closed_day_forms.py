from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.forms import day_input, within_reach


class ClosedDaysForm(forms.Form):
    """Days without lessons. A single day needs only the first."""

    first_day = forms.DateField(label=gettext_lazy("First day"), widget=day_input())
    last_day = forms.DateField(
        label=gettext_lazy("Last day"),
        required=False,
        widget=day_input(),
        help_text=gettext_lazy("Leave it empty for a single day."),
    )
    reason = forms.CharField(
        label=gettext_lazy("What the days are called"),
        max_length=100,
        help_text=gettext_lazy("For example: Autumn holiday, planning day."),
    )

    def clean_first_day(self) -> date:
        return within_reach(self.cleaned_data["first_day"])

    def clean_last_day(self) -> date | None:
        last = self.cleaned_data["last_day"]
        return within_reach(last) if last else None

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        first, last = values.get("first_day"), values.get("last_day")
        if first and not last and "last_day" not in self.errors:
            values["last_day"] = first
        if first and last and last < first:
            self.add_error("last_day", _("The last day cannot come before the first."))
        return values


class PeriodForm(forms.Form):
    """Names a period of the list, to take it away."""

    first_day = forms.DateField()
    last_day = forms.DateField()
    reason = forms.CharField(max_length=100, required=False)
