"""Bookings on paper: one for the class's day, a day for the host's reception, a period for the school's wall."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.permissions import booking_party, company_staff, school_staff
from accounts.requests import SignedInRequest
from companies.models import Company
from core.access import GET_ONLY, access
from schools.models import School
from visits.checklist import checklist_of
from visits.enums import LIVE_STATES, BookingState
from visits.models import VisitBooking
from visits.views import facts_of, own_booking

FIRST_DAY, LAST_DAY = date(2020, 1, 1), date(2099, 12, 31)
A_TERM = timedelta(weeks=26)
# Paper ends somewhere: a school with more visits prints by the month.
MOST_ROWS = 500


class _DayField(forms.DateField):
    """A day within reach of the calendar's arithmetic."""

    def clean(self, value: Any) -> Any:
        day = super().clean(value)
        if day and not FIRST_DAY <= day <= LAST_DAY:
            raise forms.ValidationError(self.error_messages["invalid"])
        return day


class DayForm(forms.Form):
    marks_optional = False  # see templates/forms/_optional.html

    day = _DayField(label=_("Day"), required=False)


class PeriodForm(forms.Form):
    marks_optional = False

    first_day = _DayField(label=_("From"), required=False)
    last_day = _DayField(label=_("To"), required=False)


@access(booking_party, methods=GET_ONLY)
def booking_print(request: SignedInRequest, public_id: str) -> HttpResponse:
    """All that the teacher needs on the day, on one sheet."""
    booking = own_booking(request, public_id)
    return TemplateResponse(request, "visits/print/booking.html", facts_of(booking))


@access(company_staff, methods=GET_ONLY)
def host_day_print(request: SignedInRequest) -> HttpResponse:
    """Who comes to the user's companies on a day: today, or the day in the address. Supervisors print it too."""
    form = DayForm(request.GET)
    form.is_valid()
    day = form.cleaned_data.get("day") or timezone.localdate()
    bookings = _between(day, day).filter(
        state=BookingState.CONFIRMED, slot__offer__company__in=Company.objects.with_member(request.user)
    )
    context = {"form": DayForm(initial={"day": day}), "day": day, **_counted(bookings.prefetch_related("checks"))}
    context["checklists"] = [(booking, checklist_of(booking)) for booking in context["bookings"]]
    return TemplateResponse(request, "visits/print/host_day.html", context)


@access(school_staff, methods=GET_ONLY)
def school_print(request: SignedInRequest) -> HttpResponse:
    """The visits of the user's schools in a period: the coming half year, or the days in the address."""
    form = PeriodForm(request.GET)
    form.is_valid()
    first = form.cleaned_data.get("first_day") or timezone.localdate()
    last = form.cleaned_data.get("last_day") or min(first + A_TERM, LAST_DAY)
    bookings = _between(first, last).filter(state__in=LIVE_STATES, school__in=School.objects.with_member(request.user))
    context = {
        "form": PeriodForm(initial={"first_day": first, "last_day": last}),
        "first": first,
        "last": last,
        **_counted(bookings),
    }
    return TemplateResponse(request, "visits/print/school.html", context)


def _between(first: date, last: date) -> Any:
    """Visits that begin on these days, in the order of the clock."""
    begin, end = (timezone.make_aware(datetime.combine(day, time.min)) for day in (first, last + timedelta(days=1)))
    return (
        VisitBooking.objects.filter(slot__starts_at__gte=begin, slot__starts_at__lt=end)
        .select_related("slot__offer__company", "slot__offer__workplace", "slot__offer__contact", "contact")
        .select_related("school", "requested_by")
        .order_by("slot__starts_at", "school__name", "pk")
    )


def people(bookings: Iterable[VisitBooking]) -> dict[str, int]:
    """How many come in all. Teachers who come without a class are counted for themselves."""
    pupils = adults = teachers = 0
    for booking in bookings:
        if booking.slot.offer.is_for_teachers:
            teachers += booking.pupil_count
        else:
            pupils += booking.pupil_count
            adults += booking.adult_count
    return {"pupils": pupils, "adults": adults, "teachers": teachers}


def _counted(bookings: Any) -> dict[str, Any]:
    rows = list(bookings[:MOST_ROWS])
    return {"bookings": rows, **people(rows)}
