"""The line at a full time: the school joins, follows, answers and leaves; the host may pass a group over."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from accounts.permissions import company_host, school_staff
from accounts.requests import SignedInRequest
from core.access import GET_ONLY, POST_ONLY, access, link_holder
from core.errors import ActionRefused
from core.forms import posted
from core.secret_pages import secret
from core.signed_links import LinkExpired, LinkInvalid
from visits import fair_share, first_turn, links, waiting_actions
from visits.enums import BookingState, WaitingState
from visits.models import VisitSlot, WaitingGroup, WaitingGroupQuerySet
from visits.waiting_forms import PassOverForm, WaitingForm

PAGE_SIZE = 20


@access(school_staff)
def waiting_create(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Stand in line. The booking form posts here as well, so that nothing is typed twice."""
    slots = (
        VisitSlot.objects.select_related("offer__company", "offer__workplace").of_public_offers().with_region_rules()
    )
    slot = get_object_or_404(slots, public_id=public_id)
    rules = slot.offer.rules_to_accept
    questions = slot.offer.questions()
    form = WaitingForm(posted(request), user=request.user, slot=slot, has_rules=bool(rules), questions=questions)
    if request.method == "POST" and form.is_valid():
        try:
            group = waiting_actions.join_line(slot=slot, by=request.user, **form.facts())
        except ActionRefused as refusal:
            form.add_error(None, str(refusal))
            slot.refresh_from_db()
        else:
            messages.success(
                request, _("You stand in line. We write to you as soon as there are places for the class.")
            )
            if request.POST.getlist("needs") or request.POST.get("needs_text"):
                messages.info(
                    request,
                    _("What the class needs is not kept while you wait. Tell the host once you have places."),
                )
            return redirect(group)
    context = {
        "form": form,
        "slot": slot,
        "offer": slot.offer,
        "rules": rules,
        **first_turn.on_page(slot, request.user),
        "in_line": WaitingGroup.objects.in_line().filter(slot=slot).count(),
    }
    return TemplateResponse(request, "visits/waiting/join.html", context)


@access(school_staff, methods=GET_ONLY)
def waiting_list(request: SignedInRequest) -> HttpResponse:
    """Where the user's schools stand in line, and what became of it; offers first, then the nearest visit."""
    groups = _groups().of_schools_of(request.user).with_position()
    shows_past = "past" in request.GET
    if shows_past:
        groups = groups.exclude(state__in=["waiting", "offered"]).order_by("-ended_at", "pk")
    else:
        groups = groups.in_line().order_by("offer_ends_at", "slot__starts_at", "pk")
    page = Paginator(groups, PAGE_SIZE).get_page(request.GET.get("page"))
    return TemplateResponse(request, "visits/waiting/list.html", {"page": page, "shows_past": shows_past})


@access(school_staff, methods=GET_ONLY)
def waiting_detail(request: SignedInRequest, public_id: str) -> HttpResponse:
    """The group's place in line, or the places held for it."""
    return _page(request, _own_group(request, public_id))


@access(school_staff, methods=POST_ONLY)
def waiting_answer(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Yes or no to held places, or out of the line."""
    return _answer(request, _own_group(request, public_id), by=request.user)


@access(link_holder)
def waiting_link(request: HttpRequest, token: str) -> HttpResponse:
    """The same from the mail, without signing in. Acts on POST only."""
    try:
        public_id = links.WAITING.read(token)
    except LinkExpired:
        return TemplateResponse(request, "visits/link_expired.html", status=410)
    except LinkInvalid as error:
        raise Http404 from error
    group = get_object_or_404(_groups(), public_id=public_id)
    if request.method == "POST":
        return secret(_answer(request, group, token=token))
    return secret(_page(request, group, token=token))


@access(company_host)
def waiting_pass_over(request: SignedInRequest, public_id: str) -> HttpResponse:
    """The host takes a group out of the line, with a reason."""
    group = get_object_or_404(_groups().answerable_by(request.user), public_id=public_id)
    form = PassOverForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            waiting_actions.pass_over(group, **form.cleaned_data)
        except ActionRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The group no longer stands in line, and the school has been told."))
            return redirect("visits:host_slot_detail", group.slot.public_id)
    return TemplateResponse(request, "visits/waiting/pass_over.html", _facts(group) | {"form": form})


def _groups() -> WaitingGroupQuerySet:
    return WaitingGroup.objects.select_related(
        "slot__offer__company", "slot__offer__workplace", "school", "requested_by", "booking"
    )


def _own_group(request: SignedInRequest, public_id: str) -> WaitingGroup:
    return get_object_or_404(_groups().of_schools_of(request.user), public_id=public_id)


def _answer(request: HttpRequest, group: WaitingGroup, *, by: Any = None, token: str = "") -> HttpResponse:
    try:
        if "accept" in request.POST:
            booking = waiting_actions.accept_offer(group, by=by, by_link=bool(token))
            if booking.state == BookingState.CONFIRMED:
                messages.success(request, _("The visit is booked. A mail with a calendar file is on its way to you."))
            else:
                messages.success(request, _("The places are yours until the host has answered. You get a mail."))
            return redirect(links.waiting_path(token) if token else booking.get_absolute_url())
        if "decline" in request.POST:
            waiting_actions.decline_offer(group)
            messages.success(request, _("Thank you. The places go to the next in line."))
        elif "leave" in request.POST:
            waiting_actions.leave_line(group)
            messages.success(request, _("You no longer stand in line."))
    except ActionRefused as refusal:
        return _page(request, _groups().get(pk=group.pk), token=token, refused=str(refusal))
    return redirect(links.waiting_path(token) if token else group.get_absolute_url())


def _page(request: HttpRequest, group: WaitingGroup, *, token: str = "", refused: str = "") -> HttpResponse:
    facts = _facts(group) | {"token": token, "refused": refused}
    if group.state == WaitingState.WAITING:
        facts["share_used"] = fair_share.refusal(fair_share.rules_at(group.slot), group.slot, group.school_class)
    return TemplateResponse(request, "visits/waiting/detail.html", facts)


def _facts(group: WaitingGroup) -> dict[str, Any]:
    offer = group.slot.offer
    return {"group": group, "slot": group.slot, "offer": offer, "company": offer.company, "workplace": offer.workplace}
