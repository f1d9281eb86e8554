"""The pages on which a school asks for another time, and the host answers: signed in or by the link in the mail."""

from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from accounts.permissions import booking_party, school_staff
from accounts.requests import SignedInRequest
from core.access import POST_ONLY, access, link_holder
from core.errors import ActionRefused
from core.forms import posted
from core.secret_pages import secret
from core.signed_links import LinkExpired, LinkInvalid
from visits import links, time_actions
from visits.models import VisitBooking
from visits.time_forms import AskForm, RefuseForm
from visits.views import all_bookings, facts_of


@access(school_staff)
def ask_create(request: SignedInRequest, public_id: str) -> HttpResponse:
    """The school asks whether its class may come at another of the host's times."""
    booking = get_object_or_404(all_bookings().of_schools_of(request.user), public_id=public_id)
    form = AskForm(posted(request), booking=booking)
    if request.method == "POST" and form.is_valid():
        try:
            time_actions.ask_for_time(
                booking, slot=form.chosen, reason_text=form.cleaned_data["reason_text"], by=request.user
            )
        except ActionRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request, _("The host has been asked. Until the answer comes, both times are held for you.")
            )
            return redirect(booking)
    return TemplateResponse(request, "visits/times/ask.html", facts_of(booking) | {"form": form})


@access(school_staff, methods=POST_ONLY)
def ask_take_back(request: SignedInRequest, public_id: str) -> HttpResponse:
    """The school keeps its time."""
    booking = get_object_or_404(all_bookings().of_schools_of(request.user), public_id=public_id)
    try:
        time_actions.take_back_ask(booking, by=request.user)
    except ActionRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Taken back. Your time stands, and the host has been told."))
    return redirect(booking)


@access(booking_party)
def ask_answer(request: SignedInRequest, public_id: str) -> HttpResponse:
    """The host says yes or no to another time."""
    booking = get_object_or_404(all_bookings().answerable_by(request.user), public_id=public_id)
    return _answer(request, booking, by=request.user)


@access(link_holder)
def ask_link(request: HttpRequest, token: str) -> HttpResponse:
    """The same from the mail. Acts on POST only."""
    try:
        public_id, asked = links.ASKED.read(token)
    except LinkExpired:
        return TemplateResponse(request, "visits/link_expired.html", status=410)
    except LinkInvalid as error:
        raise Http404 from error
    booking = get_object_or_404(all_bookings(), public_id=public_id)
    return secret(_answer(request, booking, token=token, asked=asked))


def _answer(
    request: HttpRequest, booking: VisitBooking, *, by: Any = None, token: str = "", asked: str = ""
) -> HttpResponse:
    now_asked = booking.asked_slot.public_id if booking.asked_slot else ""
    is_open = bool(now_asked) and (not token or asked == now_asked)
    choice = request.POST.get("choice") or request.GET.get("choice", "")
    form: Form = RefuseForm(posted(request)) if choice == "no" else Form(posted(request))
    if request.method == "POST" and is_open and choice in {"yes", "no"} and form.is_valid():
        who = {"by": by, "by_link": bool(token)}
        try:
            if choice == "yes":
                time_actions.grant_time(booking, **who)
            else:
                time_actions.refuse_time(booking, reason_text=form.cleaned_data["reason_text"], **who)
        except ActionRefused as refusal:
            form.add_error(None, str(refusal))
            booking.refresh_from_db()
            is_open = is_open and booking.asked_slot is not None
        else:
            messages.success(request, _("Thank you! The school has been told."))
            return redirect(links.ask_path(token) if token else booking.get_absolute_url())
    context = {"form": form, "choice": choice if choice in {"yes", "no"} else "", "is_open": is_open}
    return TemplateResponse(request, "visits/times/answer.html", facts_of(booking) | context)
