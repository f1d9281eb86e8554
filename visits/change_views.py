"""The pages where a booking is changed: how many come and how, what they need, and who looks after it."""

from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from accounts.permissions import booking_party, company_host, school_staff
from accounts.requests import SignedInRequest
from core.access import access
from core.errors import ActionRefused
from core.forms import posted
from visits import change_actions
from visits.change_forms import ContactForm, HandOverForm, NeedsForm, SizeForm, TransportForm
from visits.models import VisitBooking, needs_of
from visits.threads import side_of_writer
from visits.views import all_bookings, facts_of, own_booking, sides_of


@access(booking_party)
def booking_size(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Correct the number of pupils and adults, from either side."""
    booking = own_booking(request, public_id)
    side = side_of_writer(sides_of(request, booking))
    now = {"pupil_count": booking.pupil_count, "adult_count": booking.adult_count}
    form = SizeForm(posted(request), initial=now)
    if request.method == "POST" and form.is_valid():
        try:
            change_actions.change_size(booking, side=side, by=request.user, **form.cleaned_data)
        except ActionRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The numbers are changed, and the other side has been told."))
            return redirect(booking)
    return _page(request, "size", booking, form, side=side)


@access(school_staff)
def booking_hand_over(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Give the booking to a colleague, or take it over."""
    booking = get_object_or_404(all_bookings().of_schools_of(request.user), public_id=public_id)
    form = HandOverForm(posted(request), booking=booking, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            change_actions.hand_over(booking, by=request.user, **form.cleaned_data)
        except ActionRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The booking is handed over. Both of you and the host have been told."))
            return redirect(booking)
    return _page(request, "hand_over", booking, form)


@access(school_staff)
def booking_needs(request: SignedInRequest, public_id: str) -> HttpResponse:
    """What the host should prepare for the class, in neutral words."""
    booking = get_object_or_404(all_bookings().of_schools_of(request.user), public_id=public_id)
    told = needs_of(booking)
    form = NeedsForm(posted(request), initial={"needs": told.kinds, "needs_text": told.text} if told else {})
    if request.method == "POST" and form.is_valid():
        kinds, text = form.cleaned_data["needs"], form.cleaned_data["needs_text"]
        try:
            change_actions.tell_needs(booking, kinds=kinds, text=text, by=request.user)
        except ActionRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved. The host has been told to look at the booking."))
            return redirect(booking)
    return _page(request, "needs", booking, form)


@access(school_staff)
def booking_transport(request: SignedInRequest, public_id: str) -> HttpResponse:
    """How and when the class arrives."""
    booking = get_object_or_404(all_bookings().of_schools_of(request.user), public_id=public_id)
    form = TransportForm(posted(request), initial={"transport": booking.transport})
    if request.method == "POST" and form.is_valid():
        try:
            change_actions.tell_transport(booking, transport=form.cleaned_data["transport"], by=request.user)
        except ActionRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved, and the host has been told."))
            return redirect(booking)
    return _page(request, "transport", booking, form)


@access(company_host)
def booking_contact(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Who of the host's contact persons looks after this booking."""
    booking = get_object_or_404(all_bookings().answerable_by(request.user), public_id=public_id)
    form = ContactForm(posted(request), booking=booking)
    if request.method == "POST" and form.is_valid():
        try:
            change_actions.choose_contact(booking, by=request.user, **form.cleaned_data)
        except ActionRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved. Both contact persons and the school have been told."))
            return redirect(booking)
    return _page(request, "contact", booking, form)


def _page(request: SignedInRequest, name: str, booking: VisitBooking, form: Form, **more: Any) -> TemplateResponse:
    return TemplateResponse(request, f"visits/changes/{name}.html", facts_of(booking) | {"form": form} | more)
