from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from schools.models import School
from visits.booking_filters import BookingFilter


class SchoolWordsForm(forms.Form):
    """Which of the owner's schools to show."""

    marks_optional = False

    q = forms.CharField(label=_("School or town"), max_length=80, required=False)

    @property
    def words(self) -> str:
        return self.cleaned_data["q"] if self.is_valid() else ""


class OwnerBookingFilter(BookingFilter):
    """The list of bookings, also by school."""

    school = django_filters.ModelChoiceFilter(
        label=_("School"), queryset=School.objects.none(), to_field_name="public_id", empty_label=_("all schools")
    )

    class Meta(BookingFilter.Meta):
        fields = ["school", "state", "when"]

    def __init__(self, *args: Any, schools: QuerySet[School], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.filters["school"].queryset = schools
