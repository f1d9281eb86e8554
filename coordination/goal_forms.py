from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coordination.models import Goal
from core.forms import day_input

FIRST_DAY, LAST_DAY = date(2020, 1, 1), date(2099, 12, 31)


class GoalForm(forms.ModelForm):
    class Meta:
        model = Goal
        fields = ["figure", "target", "begins_on", "ends_on", "municipality", "name", "source"]
        widgets = {"begins_on": day_input(), "ends_on": day_input(), "target": forms.NumberInput({"min": 1})}
        help_texts = {
            "figure": gettext_lazy("Counted as in the figures: the page of figures says how."),
            "municipality": gettext_lazy("Leave it empty for the whole region."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["municipality"]
        field.queryset = self.instance.region.municipalities.order_by("name")
        field.empty_label = _("The whole region")

    def clean_begins_on(self) -> date:
        return _in_this_century(self.cleaned_data["begins_on"])

    def clean_ends_on(self) -> date:
        return _in_this_century(self.cleaned_data["ends_on"])

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        first, last = values.get("begins_on"), values.get("ends_on")
        if first and last and last < first:
            self.add_error("ends_on", _("The last day cannot come before the first."))
        return values


def _in_this_century(day: date) -> date:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise forms.ValidationError(_("Choose a year between 2020 and 2099."))
    return day
