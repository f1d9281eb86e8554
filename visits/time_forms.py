from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.dates import span
from visits.models import VisitBooking, VisitSlot
from visits.time_actions import times_to_ask_for


class AskForm(forms.Form):
    """Another of the host's times, and why."""

    slot = forms.ChoiceField(label=_("Which time would suit better?"), widget=forms.RadioSelect)
    reason_text = forms.CharField(
        label=_("Why?"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("The host reads it. No names of pupils and nothing about health."),
    )

    def __init__(self, *args: Any, booking: VisitBooking, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.times = {slot.public_id: slot for slot in times_to_ask_for(booking)}
        self.fields["slot"].choices = [  # type: ignore[attr-defined]
            (key, span(slot.starts_at, slot.ends_at)) for key, slot in self.times.items()
        ]

    @property
    def chosen(self) -> VisitSlot:
        return self.times[self.cleaned_data["slot"]]


class RefuseForm(forms.Form):
    reason_text = forms.CharField(
        label=_("A few words to the school"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("No names of pupils and nothing about health."),
    )
