from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from regions.enums import Term
from schools.enums import grades_of
from visits.models import PlanStep


class PlanStepForm(forms.ModelForm):
    """One step; the grades are those that the school has."""

    class Meta:
        model = PlanStep
        fields = ["grade", "term", "kind", "note"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("Choose")), *grades_of(self.instance.school.lowest_grade, self.instance.school.highest_grade)]
        self.fields["grade"] = forms.TypedChoiceField(label=_("Grade"), choices=choices, coerce=int)
        self.fields["term"] = forms.ChoiceField(label=_("Term"), choices=[("", _("Choose")), *Term.choices])

    def validate_unique(self) -> None:
        """The same step sent twice is no mistake: it is kept once."""

    def validate_constraints(self) -> None:
        """See `validate_unique`."""
