from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.figures import Scope


class RowsForm(forms.Form):
    """Which of a figure's rows to show: of one municipality, with certain words."""

    marks_optional = False

    municipality = forms.ChoiceField(label=_("Municipality"), required=False)
    q = forms.CharField(label=_("Name holds"), max_length=80, required=False)

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any):
        super().__init__(*args, **kwargs)
        places = [(m.pk, m.name) for m in scope.municipalities]
        self.fields["municipality"].choices = [("", _("the whole region")), *places]  # type: ignore[attr-defined]
