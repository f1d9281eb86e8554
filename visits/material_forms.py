from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from visits.enums import MaterialTime
from visits.file_forms import FilesField


class MaterialForm(forms.Form):
    """A link or one file, checked by its content."""

    time = forms.ChoiceField(
        label=_("When does the class need it?"),
        choices=[(value, capfirst(label)) for value, label in MaterialTime.choices],
        widget=forms.RadioSelect,
        initial=MaterialTime.BEFORE,
    )
    title = forms.CharField(label=_("Title"), max_length=100)
    url = forms.URLField(
        label=_("Link"), max_length=500, required=False, assume_scheme="https", help_text=_("To a page or a film.")
    )
    uploads = FilesField(
        label=_("Or a file"),
        most=1,
        required=False,
        help_text=_("PDF, JPEG, PNG, Word, Excel or OpenDocument text, at most 10 MB. No pictures of pupils."),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and bool(data.get("url")) == bool(data.get("uploads")):
            raise ValidationError(_("Write a link or choose a file, not both."))
        return data
