"""The two sides' pages of a booking. Search and the offer's page: public_views.py; the host's: host_views.py."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.permissions import booking_party, school_staff
from accounts.requests import SignedInRequest
from core.access import GET_ONLY, access, link_holder
from core.dates import days_of
from core.errors import ActionRefused
from core.forms import posted
from core.fragments import page_or_fragment
from core.secret_pages import secret
from core.signed_links import LinkExpired, LinkInvalid, SignedLink
from schools.models import ClosedDay
from visits import actions, ages, first_turn, insurance, links, materials
from visits.booking_filters import BookingFilter
from visits.booking_queries import slot_to_book
from visits.calendar import calendar_of
from visits.checklist import checklist_of
from visits.enums import BookingState, FollowUpKind, Side, SlotStatus
from visits.forms import BookingForm, CancelForm, DeclineForm, ProposeForm
from visits.message_actions import mark_read
from visits.models import VisitBooking, got_a_visit, is_over, needs_of, with_unread
from visits.threads import thread_of

PAGE_SIZE = 20


@access(school_staff)
def booking_create(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Book a slot for a class. A slot that takes no bookings still shows why."""
    slot = slot_to_book(public_id)
    if slot is None:
        raise Http404
    rules = slot.offer.rules_to_accept
    form = BookingForm(posted(request), user=request.user, slot=slot, has_rules=bool(rules), questions=slot.questions)
    if request.method == "GET" and "again" in request.GET:
        form.take_over(VisitBooking.objects.of_schools_of(request.user), request.GET["again"], by=request.user)
    can_wait = slot.status == SlotStatus.FULL
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            booking = actions.request_booking(
                slot=slot,
                school_class=form.class_to_book(),
                pupil_count=data["pupil_count"],
                adult_count=data["adult_count"],
                phone=data["phone"],
                note=data["note"],
                answers=form.answers,
                needs=data["needs"],
                needs_text=data["needs_text"],
                request_key=data["request_key"],
                by=request.user,
            )
        except ActionRefused as refusal:
            form.add_error(None, str(refusal))
            can_wait = isinstance(refusal, actions.NoRoomNow)
        else:
            if booking.state == BookingState.CONFIRMED:
                messages.success(request, _("The visit is booked. A mail with a calendar file is on its way to you."))
            else:
                messages.success(request, _("Your request has been sent. The places are held until the host answers."))
            return redirect(booking)
    context = {"form": form, "slot": slot, "offer": slot.offer, "rules": rules, "can_wait": can_wait}
    context["closed_days"] = ClosedDay.objects.of_staff(request.user, days_of(slot.starts_at, slot.ends_at))
    context |= first_turn.on_page(slot, request.user)
    return TemplateResponse(request, "visits/booking_form.html", context)


@access(booking_party, methods=GET_ONLY)
def booking_list(request: SignedInRequest) -> HttpResponse:
    """The bookings of my schools and of my companies, the nearest first."""
    bookings = VisitBooking.objects.visible_to(request.user).select_related("slot__offer__company", "school")
    found = BookingFilter(request.GET, queryset=with_unread(bookings, request.user), request=request)
    page = Paginator(found.qs, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"page": page, "filter": found}
    return page_or_fragment(request, "visits/booking_list.html", "visits/_booking_table.html", context)


@access(booking_party, methods=GET_ONLY)
def booking_detail(request: SignedInRequest, public_id: str) -> HttpResponse:
    booking = own_booking(request, public_id)
    sides = sides_of(request, booking)
    page = booking_page(request, booking, sides)
    if request.method == "GET":
        mark_read(booking, sides)
    return page


@access(booking_party)
def booking_answer(request: SignedInRequest, public_id: str) -> HttpResponse:
    """The host answers a request: yes, no or another time."""
    booking = get_object_or_404(all_bookings().answerable_by(request.user), public_id=public_id)
    return _host_answer(request, booking, by=request.user)


@access(school_staff)
def proposal_answer(request: SignedInRequest, public_id: str) -> HttpResponse:
    """The school takes a proposed time, or steps back."""
    booking = get_object_or_404(all_bookings().of_schools_of(request.user), public_id=public_id)
    return _proposal_answer(request, booking, by=request.user)


@access(booking_party)
def booking_cancel(request: SignedInRequest, public_id: str) -> HttpResponse:
    booking = own_booking(request, public_id)
    side = Side.SCHOOL if Side.SCHOOL in sides_of(request, booking) else Side.HOST
    return _cancel(request, booking, side, back=booking.get_absolute_url(), by=request.user)


@access(booking_party, methods=GET_ONLY)
def booking_calendar(request: SignedInRequest, public_id: str) -> HttpResponse:
    """The visit as a calendar file."""
    booking = own_booking(request, public_id)
    response = HttpResponse(calendar_of(booking), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="visit.ics"'
    return response


@access(link_holder)
def host_link(request: HttpRequest, token: str) -> HttpResponse:
    """The host's page from the mail: answer without an account. Acts on POST only."""
    booking = booking_of_link(request, links.HOST, token)
    if isinstance(booking, HttpResponse):
        return booking
    return secret(_host_answer(request, booking, token=token))


@access(link_holder)
def host_link_cancel(request: HttpRequest, token: str) -> HttpResponse:
    """The host steps back from a visit without an account."""
    booking = booking_of_link(request, links.HOST, token)
    if isinstance(booking, HttpResponse):
        return booking
    return secret(_cancel(request, booking, Side.HOST, back=links.host_path(token)))


@access(link_holder)
def proposal_link(request: HttpRequest, token: str) -> HttpResponse:
    """The school's answer to a proposed time, from the mail."""
    booking = booking_of_link(request, links.SCHOOL, token)
    if isinstance(booking, HttpResponse):
        return booking
    return secret(_proposal_answer(request, booking, token=token))


def all_bookings() -> Any:
    return VisitBooking.objects.select_related(
        "slot__offer__company", "slot__offer__workplace", "slot__offer__contact", "proposed_slot", "school"
    ).select_related("requested_by", "school_class", "contact", "needs", "asked_slot", "slot__offer__co_host__company")


def own_booking(request: SignedInRequest, public_id: str) -> VisitBooking:
    return get_object_or_404(all_bookings().visible_to(request.user), public_id=public_id)


def booking_of_link(request: HttpRequest, link: SignedLink, token: str) -> VisitBooking | HttpResponse:
    """The booking, or the page that says that the link is over."""
    try:
        public_id = link.read(token)
    except LinkExpired:
        return TemplateResponse(request, "visits/link_expired.html", status=410)
    except LinkInvalid as error:
        raise Http404 from error
    return get_object_or_404(all_bookings(), public_id=public_id)


def sides_of(request: SignedInRequest, booking: VisitBooking) -> set[Side]:
    """On which sides of the booking the reader stands; one person may stand on both."""
    sides = set()
    if VisitBooking.objects.of_schools_of(request.user).filter(pk=booking.pk).exists():
        sides.add(Side.SCHOOL)
    if VisitBooking.objects.answerable_by(request.user).filter(pk=booking.pk).exists():
        sides.add(Side.HOST)
    return sides


def facts_of(booking: VisitBooking) -> dict[str, Any]:
    offer = booking.slot.offer
    return {
        "booking": booking,
        "slot": booking.slot,
        "offer": offer,
        "company": offer.company,
        "workplace": offer.workplace,
        "contact": booking.host_contact,
        "steps": booking.steps.select_related("by"),
        "class_part": ages.booked_part(booking),
        "insurance": insurance.in_words(offer, booking.school.country),
        "materials": materials.by_time(offer),
        "needs": needs_of(booking),
        "now": timezone.now(),
    }


def booking_page(request: SignedInRequest, booking: VisitBooking, sides: set[Side], **more: Any) -> TemplateResponse:
    """The booking as both sides follow it; `more` is what an attempt on it has brought about."""
    context = facts_of(booking) | thread_of(booking, sides)
    if is_over(booking):
        context["after"] = {"got_a_visit": got_a_visit(booking)} | _wishes_after(booking)
    if Side.HOST in sides:
        context["checklist"] = checklist_of(booking)
    context |= {"sides": sides, "is_host": Side.HOST in sides, "is_school": Side.SCHOOL in sides}
    return TemplateResponse(request, "visits/booking_detail.html", context | more)


def _wishes_after(booking: VisitBooking) -> dict[str, Any]:
    """What the pupils wish for since the visit: as rows for the host, as boxes for the school."""
    follow_ups = {wish.kind: wish for wish in booking.follow_ups.all()}
    kinds = [(kind, label, follow_ups.get(kind)) for kind, label in FollowUpKind.choices]
    return {"follow_ups": list(follow_ups.values()), "kinds": kinds}


CHOICES = ("yes", "no", "another-time")


def _host_answer(request: HttpRequest, booking: VisitBooking, *, by: Any = None, token: str = "") -> HttpResponse:
    """One page for the signed-in host and for the link in the mail. Without a choice it shows the three."""
    choice = request.POST.get("choice") or request.GET.get("choice", "")
    choice = choice if choice in CHOICES else ""
    form: Form | None = None
    if choice == "no":
        form = DeclineForm(posted(request))
    elif choice == "another-time":
        form = ProposeForm(posted(request), booking=booking)
    elif choice == "yes":
        form = Form(posted(request))
    here = links.host_path(token) if token else ""
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            _answer(booking, choice, form.cleaned_data, by=by, by_link=bool(token))
        except ActionRefused as refusal:
            form.add_error(None, str(refusal))
            booking.refresh_from_db()
        else:
            messages.success(request, _("Thank you! The school has been told."))
            return redirect(here or booking.get_absolute_url())
    return TemplateResponse(
        request,
        "visits/host_answer.html",
        facts_of(booking)
        | {"form": form, "choice": choice, "token": token, "is_host": True, "checklist": checklist_of(booking)}
        | {"messages_url": links.messages_url(booking) if token else ""}
        | {"ask_url": links.ask_url(booking, "") if token else reverse("visits:ask_answer", args=[booking.public_id])},
    )


def _answer(booking: VisitBooking, choice: str, data: dict[str, Any], **who: Any) -> None:
    if choice == "yes":
        actions.confirm_booking(booking, **who)
    elif choice == "no":
        actions.decline_booking(booking, reason=data["reason"], reason_text=data["reason_text"], **who)
    elif data["slot"]:
        actions.propose_time(booking, slot=data["slot"], **who)
    else:
        actions.propose_new_time(booking, starts_at=data["starts_at"], **who)


def _proposal_answer(request: HttpRequest, booking: VisitBooking, *, by: Any = None, token: str = "") -> HttpResponse:
    refused = ""
    if request.method == "POST":
        try:
            if "accept" in request.POST:
                actions.accept_proposal(booking, by=by, by_link=bool(token))
                messages.success(
                    request, _("The new time is booked. A mail with a calendar file is on its way to you.")
                )
            else:
                actions.decline_proposal(booking, by=by, by_link=bool(token))
                messages.success(request, _("The booking has been cancelled, and the host has been told."))
            return redirect(links.proposal_path(token) if token else booking.get_absolute_url())
        except ActionRefused as refusal:
            refused = str(refusal)
            booking.refresh_from_db()
    return TemplateResponse(
        request, "visits/proposal_answer.html", facts_of(booking) | {"token": token, "refused": refused}
    )


def _cancel(request: HttpRequest, booking: VisitBooking, side: Side, *, back: str, by: Any = None) -> HttpResponse:
    late = booking.would_be_late(side)
    form = CancelForm(posted(request), side=side, late=late)
    if request.method == "POST" and form.is_valid():
        reason, reason_text = form.cleaned_data["reason"], form.cleaned_data["reason_text"]
        try:
            actions.cancel_booking(
                booking, side=side, by=by, by_link=by is None, reason=reason, reason_text=reason_text
            )
        except ActionRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The visit is cancelled, and the other side has been told."))
            return redirect(back)
    return TemplateResponse(
        request,
        "visits/booking_cancel.html",
        facts_of(booking) | {"form": form, "back": back, "side": side, "late": late, "by_link": by is None},
    )
