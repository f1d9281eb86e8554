"""The company's side of its times: add, change, close, withdraw, and who is coming."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.permissions import company_host
from core.access import GET_ONLY, POST_ONLY, access
from core.dates import full_day
from core.errors import ActionRefused
from regions.days_off import day_off
from visits import fair_share, minimum, offer_actions
from visits.enums import WaitingState
from visits.host_views import crumbs, own_offer
from visits.models import VisitOffer, VisitSlot
from visits.offer_actions import SpokenAgainst
from visits.print_views import people
from visits.slot_forms import BookedSlotForm, SlotForm


def own_slot(request: HttpRequest, slot_id: str) -> VisitSlot:
    """The slot, when the user hosts for its company; otherwise it is not there."""
    slots = VisitSlot.objects.editable_by(request.user)
    return get_object_or_404(
        slots.select_related("offer__company", "offer__workplace", "offer__contact"), public_id=slot_id
    )


@access(company_host)
def host_slot_create(request: HttpRequest, offer_id: str) -> HttpResponse:
    offer = own_offer(request, offer_id)
    form = SlotForm(request.POST or None, offer=offer)
    against: SpokenAgainst | None = None
    if request.method == "POST" and form.is_valid():
        try:
            slots = offer_actions.add_slots(offer, form.times, seen=request.POST.get("seen", ""))
        except SpokenAgainst as reasons:
            against = reasons
        except ActionRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            added = ngettext("%(count)d time is added.", "%(count)d times are added.", len(slots))
            messages.success(request, added % {"count": len(slots)})
            _warn_of_days_off(request, slots, offer)
            return redirect("visits:host_offer_detail", offer_id)
    context = {"offer": offer, "form": form, "against": against, "crumbs": _crumbs(offer, _("Add a time"))}
    return TemplateResponse(request, "visits/host/slot_form.html", context)


@access(company_host, methods=GET_ONLY)
def host_slot_detail(request: HttpRequest, slot_id: str) -> HttpResponse:
    """Who is coming, and what can be done with the time."""
    slot = own_slot(request, slot_id)
    who = _who_is_coming(slot)
    line = list(slot.waiting_groups.in_line().select_related("school"))
    fair_share.mark_passed_by(slot, [group for group in line if group.state == WaitingState.WAITING])
    context = {
        "slot": slot,
        "offer": slot.offer,
        "day_off": day_off(slot.day, slot.offer.company.country),
        "crumbs": _crumbs(slot.offer, full_day(slot.day)),
        "so_far": minimum.booked(slot, who["bookings"]),
        "line": line,
        **who,
    }
    return TemplateResponse(request, "visits/host/slot_detail.html", context)


@access(company_host, methods=GET_ONLY)
def host_slot_print(request: HttpRequest, slot_id: str) -> HttpResponse:
    """The same on paper, for the reception and the guide."""
    slot = own_slot(request, slot_id)
    context = {"slot": slot, "offer": slot.offer, "rules": slot.offer.rules.all(), **_who_is_coming(slot)}
    return TemplateResponse(request, "visits/host/slot_print.html", context)


@access(company_host)
def host_slot_edit(request: HttpRequest, slot_id: str) -> HttpResponse:
    """Everything may change while nobody has booked; afterwards the places and the end of booking."""
    slot = own_slot(request, slot_id)
    if slot.is_over or slot.cancelled_at:
        messages.error(request, _("This time is over or withdrawn and cannot be changed. Add a new one."))
        return redirect("visits:host_slot_detail", slot_id)
    form_class = BookedSlotForm if slot.groups_taken else SlotForm
    form = form_class(request.POST or None, offer=slot.offer, slot=slot)
    against: SpokenAgainst | None = None
    if request.method == "POST" and form.is_valid():
        try:
            told = offer_actions.change_slot(slot, form.times[0], seen=request.POST.get("seen", ""))
        except SpokenAgainst as reasons:
            against = reasons
        except ActionRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            said = ngettext(
                "The time is changed. %(count)d group has left the line and been told why.",
                "The time is changed. %(count)d groups have left the line and been told why.",
                told,
            )
            messages.success(request, said % {"count": told} if told else _("The time is changed."))
            _warn_of_days_off(request, [VisitSlot.objects.get(pk=slot.pk)], slot.offer)
            return redirect("visits:host_slot_detail", slot_id)
    here = (full_day(slot.day), reverse("visits:host_slot_detail", args=[slot_id]))
    context = {
        "offer": slot.offer,
        "slot": slot,
        "form": form,
        "against": against,
        "crumbs": _crumbs(slot.offer, here, _("Change")),
    }
    return TemplateResponse(request, "visits/host/slot_form.html", context)


@access(company_host, methods=POST_ONLY)
def host_slot_close(request: HttpRequest, slot_id: str) -> HttpResponse:
    try:
        offer_actions.close_slot(own_slot(request, slot_id))
    except ActionRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The time is closed for more bookings. You can open it again under Change."))
    return redirect("visits:host_slot_detail", slot_id)


@access(company_host, methods=POST_ONLY)
def host_slot_withdraw(request: HttpRequest, slot_id: str) -> HttpResponse:
    slot = own_slot(request, slot_id)
    try:
        offer_actions.withdraw_slot(slot)
    except ActionRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("visits:host_slot_detail", slot_id)
    messages.success(request, _("The time is withdrawn."))
    return redirect("visits:host_offer_detail", slot.offer.public_id)


def _who_is_coming(slot: VisitSlot) -> dict[str, Any]:
    bookings = list(
        slot.bookings.live().select_related("school", "requested_by", "needs").order_by("school__name", "pk")
    )
    return {"bookings": bookings, **people(bookings)}


def _warn_of_days_off(request: HttpRequest, slots: list[VisitSlot], offer: VisitOffer) -> None:
    named = [(full_day(slot.day), day_off(slot.day, offer.company.country)) for slot in slots]
    days = [f"{day} ({name})" for day, name in named if name]
    if days:
        messages.warning(request, _("Schools are closed on %(days)s.") % {"days": ", ".join(days)})


def _crumbs(offer: VisitOffer, *steps: Any) -> Any:
    return crumbs((offer.title, reverse("visits:host_offer_detail", args=[offer.public_id])), *steps)
