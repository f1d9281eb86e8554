from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from visits.forms import BookingForm


class WaitingForm(BookingForm):
    """What a booking asks for, so that places that come free need no more than a yes.

    What the class needs is told once it has places: nobody prepares for a class that may not come.
    """

    needs = needs_text = None  # type: ignore[assignment]

    def facts(self) -> dict[str, Any]:
        """The arguments of `waiting_actions.join_line` that the form knows."""
        names = ["pupil_count", "adult_count", "phone", "note", "request_key"]
        given = {name: self.cleaned_data[name] for name in names}
        return {"school_class": self.class_to_book(), "answers": self.answers, **given}


class PassOverForm(forms.Form):
    reason_text = forms.CharField(
        label=_("Why?"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The school gets your words by mail. No names of pupils and nothing about health."),
    )
