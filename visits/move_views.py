"""The host's pages for a time that classes have booked: what happens to whom is shown before it happens."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.permissions import company_host
from accounts.requests import SignedInRequest
from core.access import POST_ONLY, access
from core.dates import full_day
from core.errors import ActionRefused
from core.forms import posted
from visits import minimum, move_actions
from visits.enums import BookingState, Side
from visits.forms import CancelForm
from visits.host_views import crumbs
from visits.models import VisitSlot
from visits.move_forms import MoveForm
from visits.slot_views import own_slot


@access(company_host)
def host_slot_move(request: SignedInRequest, slot_id: str) -> HttpResponse:
    """Another day or hour for a time that classes have booked, with a reason."""
    slot = own_slot(request, slot_id)
    if slot.is_over or slot.cancelled_at:
        messages.error(request, _("This time is over or withdrawn and cannot be changed. Add a new one."))
        return redirect("visits:host_slot_detail", slot_id)
    if not slot.groups_taken:  # nobody has to be given a reason
        return redirect("visits:host_slot_edit", slot_id)
    form = MoveForm(posted(request), slot=slot)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            told = move_actions.move_slot(
                slot,
                starts_at=form.starts_at,
                ends_at=form.ends_at,
                reason=data["reason"],
                reason_text=data["reason_text"],
                by=request.user,
            )
        except ActionRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            said = ngettext(
                "The time is moved, and %(count)d group has been told.",
                "The time is moved, and %(count)d groups have been told.",
                told,
            )
            messages.success(request, said % {"count": told})
            return redirect("visits:host_slot_detail", slot_id)
    concerned = concerned_by(slot)
    late = any(booking.would_be_late(Side.HOST) for booking in concerned["ending"])
    context = {"form": form, "late": late, "crumbs": slot_crumbs(slot, _("Move the time")), **concerned}
    return TemplateResponse(request, "visits/moves/move.html", {"slot": slot, "offer": slot.offer, **context})


@access(company_host)
def host_slot_cancel(request: SignedInRequest, slot_id: str) -> HttpResponse:
    """Cancel a time for everyone, with a reason."""
    slot = own_slot(request, slot_id)
    if slot.is_over or slot.cancelled_at:
        messages.error(request, _("This time is over or withdrawn and cannot be changed. Add a new one."))
        return redirect("visits:host_slot_detail", slot_id)
    concerned = concerned_by(slot)
    late = any(booking.would_be_late(Side.HOST) for booking in concerned["ending"])
    form = CancelForm(posted(request), side=Side.HOST, late=late)
    if request.method == "POST" and form.is_valid():
        reason, reason_text = form.cleaned_data["reason"], form.cleaned_data["reason_text"]
        try:
            told = move_actions.cancel_slot(slot, reason=reason, reason_text=reason_text, by=request.user)
        except ActionRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            said = ngettext(
                "The time is cancelled, and %(count)d group has been told.",
                "The time is cancelled, and %(count)d groups have been told.",
                told,
            )
            messages.success(request, said % {"count": told} if told else _("The time is cancelled."))
            return redirect("visits:host_offer_detail", slot.offer.public_id)
    context = {"form": form, "late": late, "crumbs": slot_crumbs(slot, _("Cancel the time")), **concerned}
    return TemplateResponse(request, "visits/moves/cancel.html", {"slot": slot, "offer": slot.offer, **context})


@access(company_host, methods=POST_ONLY)
def host_slot_run(request: SignedInRequest, slot_id: str) -> HttpResponse:
    """A time with a minimum takes place whoever comes."""
    try:
        minimum.run_anyhow(own_slot(request, slot_id))
    except ActionRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The visit takes place, however few come."))
    return redirect("visits:host_slot_detail", slot_id)


def concerned_by(slot: VisitSlot) -> dict[str, Any]:
    """Whom it concerns when the time moves or is gone: bookings, proposals, and who stands in line."""
    bookings = list(move_actions.bookings_holding(slot))
    here = [booking for booking in bookings if booking.slot_id == slot.pk]
    return {
        "ending": [booking for booking in here if booking.state != BookingState.PROPOSED],
        "moving_away": [booking for booking in here if booking.state == BookingState.PROPOSED],
        "proposed_here": [booking for booking in bookings if booking.proposed_slot_id == slot.pk],
        "asked_here": [booking for booking in bookings if booking.asked_slot_id == slot.pk],
        "line": list(slot.waiting_groups.in_line().select_related("school")),
    }


def slot_crumbs(slot: VisitSlot, here: str) -> list[tuple[str, str | None]]:
    offer = (slot.offer.title, reverse("visits:host_offer_detail", args=[slot.offer.public_id]))
    return crumbs(offer, (full_day(slot.day), reverse("visits:host_slot_detail", args=[slot.public_id])), here)
