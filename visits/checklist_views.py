"""Ticking off the host's list, on the booking's page and by the link in the mails."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.permissions import company_host
from accounts.requests import SignedInRequest
from core.access import POST_ONLY, access, link_holder
from core.errors import ActionRefused
from core.secret_pages import secret
from visits import checklist, links
from visits.models import VisitBooking
from visits.views import all_bookings, booking_of_link


@access(company_host, methods=POST_ONLY)
def checklist_save(request: SignedInRequest, public_id: str) -> HttpResponse:
    booking = get_object_or_404(all_bookings().answerable_by(request.user), public_id=public_id)
    return _save(request, booking, back=booking.get_absolute_url())


@access(link_holder, methods=POST_ONLY)
def checklist_link(request: HttpRequest, token: str) -> HttpResponse:
    """For a host without an account."""
    booking = booking_of_link(request, links.HOST, token)
    if isinstance(booking, HttpResponse):
        return booking
    return secret(_save(request, booking, back=links.host_path(token)))


def _save(request: HttpRequest, booking: VisitBooking, *, back: str) -> HttpResponse:
    try:
        checklist.save(booking, ticked=request.POST.getlist("done"), were_ticked=request.POST.getlist("was_done"))
    except ActionRefused as refusal:
        messages.error(request, str(refusal))
        return redirect(back)
    now = checklist.checklist_of(booking)
    left = len(now.left) if now else 0
    if left:
        words = ngettext("Saved. %(count)d thing is left to do.", "Saved. %(count)d things are left to do.", left)
        messages.success(request, words % {"count": left})
    else:
        messages.success(request, _("Saved. Everything is ready for the visit."))
    return redirect(f"{back}#checklist")
