from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from visits.enums import BookingState
from visits.models import VisitBooking


class BookingFilterForm(forms.Form):
    marks_optional = False  # see templates/forms/_optional.html


class BookingFilter(django_filters.FilterSet):
    """The list of bookings: by status, and what lies ahead or has been."""

    WHEN = [("ahead", _("coming")), ("past", _("past")), ("all", _("all"))]

    state = django_filters.ChoiceFilter(label=_("Status"), choices=BookingState.choices, empty_label=_("every status"))
    when = django_filters.ChoiceFilter(
        label=_("When"), choices=WHEN, method="filter_when", empty_label=None, widget=forms.Select
    )

    class Meta:
        model = VisitBooking
        fields = ["state", "when"]
        form = BookingFilterForm

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any):
        data = data.copy() if data is not None else None
        if data is not None and not data.get("when"):
            data["when"] = "ahead"
        super().__init__(data, *args, **kwargs)

    def filter_when(self, bookings: QuerySet[VisitBooking], name: str, value: str) -> QuerySet[VisitBooking]:
        now = timezone.now()
        if value == "past":
            return bookings.filter(slot__starts_at__lte=now).order_by("-slot__starts_at", "pk")
        return bookings if value == "all" else bookings.filter(slot__starts_at__gt=now)
