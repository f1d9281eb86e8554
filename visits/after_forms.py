"""What the two sides are asked after a visit. Two minutes: three numbers, and words if one likes."""

import uuid
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from visits.enums import Attendance, Side

RATINGS = ("visit", "fit", "information")
_SCALE = [
    (5, _("5, very good")),
    (4, _("4, good")),
    (3, _("3, neither good nor bad")),
    (2, _("2, not so good")),
    (1, _("1, bad")),
]
_QUESTIONS = {
    Side.SCHOOL: {
        "visit": _("How good was the visit for the class?"),
        "fit": _("How well did it fit the age of the pupils?"),
        "information": _("How good was the information beforehand?"),
    },
    Side.HOST: {
        "visit": _("How good was the visit for you?"),
        "fit": _("How well was the class prepared?"),
        "information": _("How good was the information beforehand?"),
    },
}


class AfterForm(forms.Form):
    attendance = forms.ChoiceField(label=_("Did the class come?"), choices=Attendance.choices, widget=forms.RadioSelect)
    pupils_came = forms.IntegerField(
        label=_("How many pupils came?"), min_value=1, max_value=500, required=False, help_text=_("Only if fewer came.")
    )
    text = forms.CharField(
        label=_("A few words to the other side"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("They get it as a message. No names of pupils and nothing about health."),
    )
    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(self, *args: Any, side: Side, **kwargs: Any):
        super().__init__(*args, **kwargs)
        for name, label in _QUESTIONS[side].items():
            self.fields[name] = forms.TypedChoiceField(
                label=label,
                choices=_SCALE,
                coerce=int,
                empty_value=None,
                required=False,
                widget=forms.RadioSelect,
            )
        if side == Side.SCHOOL:
            del self.fields["attendance"], self.fields["pupils_came"]
        self.order_fields(["attendance", "pupils_came", *RATINGS, "text"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        given = [name for name in RATINGS if data.get(name)]
        if given and len(given) < len(RATINGS):
            for name in RATINGS:
                if name not in given and name not in self.errors:
                    self.add_error(name, ValidationError(_("Answer all three, or none.")))
        if "attendance" not in self.fields and not given and not data.get("text") and not self.errors:
            raise ValidationError(_("Answer the three questions, or write a few words."))
        return data

    @property
    def ratings(self) -> dict[str, int]:
        return {name: self.cleaned_data[name] for name in RATINGS if self.cleaned_data.get(name)}
