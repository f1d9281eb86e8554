from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.forms import day_input, within_reach
from visits.models import HostClosure


class ClosureForm(forms.ModelForm):
    """Days that a host blocks. A single day needs only the first."""

    last_day = forms.DateField(
        label=gettext_lazy("Last day"),
        required=False,
        widget=day_input(),
        help_text=gettext_lazy("Leave it empty for a single day."),
    )

    class Meta:
        model = HostClosure
        fields = ["first_day", "last_day", "reason", "workplace"]
        widgets = {"first_day": day_input()}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        workplaces = self.instance.company.workplaces.filter(is_active=True)
        if workplaces.count() < 2:
            del self.fields["workplace"]
            return
        field: Any = self.fields["workplace"]
        field.queryset = workplaces
        field.to_field_name = "public_id"
        field.empty_label = _("All of %(company)s") % {"company": self.instance.company}

    def clean_first_day(self) -> date:
        return within_reach(self.cleaned_data["first_day"])

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        first, last = values.get("first_day"), values.get("last_day")
        if first and not last and "last_day" not in self.errors:
            values["last_day"] = first
        if first and last and last < first:
            self.add_error("last_day", _("The last day cannot come before the first."))
        return values
