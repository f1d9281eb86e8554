from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from visits.enums import QuestionKind
from visits.models import HostQuestion

MAX_CHOICES = 12


class ChoicesField(forms.CharField):
    """Answers to choose from, one per line."""

    widget = forms.Textarea(attrs={"rows": 4})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        lines = [line.strip() for line in super().clean(value).splitlines()]
        return list(dict.fromkeys(line for line in lines if line))


class QuestionForm(forms.ModelForm):
    choices = ChoicesField(
        label=gettext_lazy("Answers to choose from"),
        required=False,
        max_length=1000,
        help_text=gettext_lazy("One per line. Only for a question with several answers."),
    )

    class Meta:
        model = HostQuestion
        fields = ["text", "kind", "choices", "is_required", "in_use"]
        widgets = {"kind": forms.RadioSelect}
        help_texts = {"in_use": gettext_lazy("Take the tick away to stop asking for a while.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind: Any = self.fields["kind"]
        kind.choices = [(value, capfirst(label)) for value, label in QuestionKind.choices]
        if self.instance.pk is None:
            del self.fields["in_use"]

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        choices = values.get("choices") or []
        if values.get("kind") != QuestionKind.CHOICE:
            values["choices"] = []
        elif len(choices) < 2 and "choices" not in self.errors:
            self.add_error("choices", _("Write at least two answers, one per line."))
        elif len(choices) > MAX_CHOICES:
            self.add_error(
                "choices", _("At most %(count)d answers: a list to choose from must be short.") % {"count": MAX_CHOICES}
            )
        elif any(len(choice) > 80 for choice in choices):
            self.add_error("choices", _("An answer has at most 80 characters."))
        return values
