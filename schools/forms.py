from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.phones import PhoneField
from occupations.models import Programme
from regions.models import Municipality
from schools.enums import Stage, grades_of
from schools.models import School, SchoolClass, SchoolContact


class ClassForm(forms.ModelForm):
    """A saved class. The programme is asked for in upper secondary schools only."""

    class Meta:
        model = SchoolClass
        fields = ["name", "grade", "pupil_count"]
        help_texts = {"pupil_count": _("Roughly is enough: you say the exact number when you book.")}

    def __init__(self, *args: Any, school: School, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["autocomplete"] = "off"
        self.fields["grade"] = forms.TypedChoiceField(
            label=_("Grade"),
            choices=[("", _("Choose")), *grades_of(school.lowest_grade, school.highest_grade)],
            coerce=int,
        )
        if Stage.UPPER_SECONDARY in school.stages:
            self.fields["programme"] = forms.ModelChoiceField(
                Programme.objects.filter(country=school.country),
                label=_("Programme"),
                required=False,
                initial=self.instance.programme_id,
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "programme" in data:
            self.instance.programme = data["programme"]
        return data


class SchoolContactForm(forms.ModelForm):
    """Whom a company may ring at the school, and about what."""

    phone = PhoneField(
        label=_("Telephone"), required=False, help_text=_("So that a company can ring when something comes up.")
    )

    class Meta:
        model = SchoolContact
        fields = ["name", "email", "phone", "language", "answers_for", "is_substitute"]
        help_texts = {
            "language": _("The language of the mail we send."),
            "answers_for": _("For example: study visits, prao, APL."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["autocomplete"] = "name"
        self.fields["email"].widget.attrs["autocomplete"] = "email"

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"].lower())
        others = SchoolContact.objects.filter(school_id=self.instance.school_id, email__iexact=email)
        if others.exclude(pk=self.instance.pk).exists():
            raise ValidationError(gettext("This address already belongs to one of your contact persons."), code="twice")
        return email


class SchoolFindForm(forms.Form):
    """Part of a school's name or town, and the municipality."""

    marks_optional = False

    q = forms.CharField(label=_("Name or town"), max_length=100, required=False, widget=forms.SearchInput)
    municipality = forms.ModelChoiceField(
        Municipality.objects.select_related("county"),
        label=_("Municipality"),
        required=False,
        empty_label=_("All municipalities"),
    )
