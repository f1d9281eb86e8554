"""After the visit: one page for each side, from the mail or signed in; the certificate; a reminder for spring."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import booking_party, school_staff
from accounts.requests import SignedInRequest
from companies.models import CompanyContact
from core.access import GET_ONLY, POST_ONLY, access, link_holder
from core.dates import full_day
from core.errors import ActionRefused
from core.forms import posted
from core.secret_pages import secret
from core.signed_links import LinkExpired, LinkInvalid
from visits import after_actions, links
from visits.after_forms import AfterForm
from visits.certificates import certificate_of
from visits.enums import Side
from visits.follow_up_actions import answer_follow_up
from visits.message_actions import write_message
from visits.models import VisitBooking, can_be_told, got_a_visit
from visits.recipients import school_readers
from visits.threads import side_of_writer
from visits.views import all_bookings, facts_of, own_booking, sides_of


@access(booking_party)
def booking_after(request: SignedInRequest, public_id: str) -> HttpResponse:
    """How it was, by somebody who is signed in."""
    booking = own_booking(request, public_id)
    side = side_of_writer(sides_of(request, booking))
    return _page(request, booking, side, back=booking.get_absolute_url(), by=request.user)


@access(link_holder)
def after_link(request: HttpRequest, token: str) -> HttpResponse:
    """The same from the mail, without signing in. Acts on POST only."""
    opened = _opened(token)
    if opened is None:
        return TemplateResponse(request, "visits/link_expired.html", status=410)
    booking, side, who = opened
    return secret(_page(request, booking, side, back=links.after_path(token), token=token, **who))


@access(booking_party, methods=GET_ONLY)
def booking_certificate(request: SignedInRequest, public_id: str) -> HttpResponse:
    """A sheet for the classroom's wall: where the class was, and what it did there."""
    booking = own_booking(request, public_id)
    if not got_a_visit(booking):
        raise Http404
    response = HttpResponse(certificate_of(booking), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="industriporten-{booking.public_id}.pdf"'
    return response


@access(school_staff, methods=POST_ONLY)
def booking_again(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Remind me when the next school year is planned."""
    booking = get_object_or_404(all_bookings().of_schools_of(request.user), public_id=public_id)
    try:
        day = after_actions.ask_in_spring(booking, by=request.user)
    except ActionRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("You get a mail on %(day)s.") % {"day": full_day(day)})
    return redirect(booking)


def _opened(token: str) -> tuple[VisitBooking, Side, dict[str, Any]] | None:
    """The booking, the side and the person of a link, or None when its time is over or the person has moved on."""
    try:
        public_id, side, *named = links.AFTER.read(token)  # mails of the first days named nobody
    except LinkExpired:
        return None
    except LinkInvalid as error:
        raise Http404 from error
    booking = get_object_or_404(all_bookings(), public_id=public_id)
    person = named[0] if named else ""
    if not person:
        return booking, Side(side), {}
    if side == Side.HOST:
        contact = booking.slot.offer.company.contacts.filter(public_id=person).first()
        return (booking, Side.HOST, {"contact": contact, "by": contact.user}) if contact else None
    user = next((user for user in school_readers(booking) if str(user.pk) == person), None)
    return (booking, Side.SCHOOL, {"by": user}) if user else None


def _page(
    request: HttpRequest,
    booking: VisitBooking,
    side: Side,
    *,
    back: str,
    by: User | None = None,
    contact: CompanyContact | None = None,
    token: str = "",
) -> HttpResponse:
    if side == Side.HOST and "follow_up" in request.POST:
        return _answer_wish(request, booking, by=by, back=back)
    form = AfterForm(posted(request), side=side)
    if request.method == "POST" and form.is_valid():
        try:
            _tell(booking, side, form, by=by, contact=contact, by_link=bool(token))
        except ActionRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Thank you! That helps the next class."))
            return redirect(back)
    context: dict[str, Any] = {
        "form": form,
        "side": side,
        "token": token,
        "back": reverse("visits:booking_list") if token else back,
        "is_host": side == Side.HOST,
        "can_be_told": can_be_told(booking),
        "has_told": booking.feedback.filter(side=side).exists(),
        "outcome": getattr(booking, "outcome", None),
        "follow_ups": booking.follow_ups.all(),
    }
    return TemplateResponse(request, "visits/after/page.html", facts_of(booking) | context)


def _answer_wish(request: HttpRequest, booking: VisitBooking, *, by: User | None, back: str) -> HttpResponse:
    """What pupils wish for after the visit."""
    welcome = request.POST.get("welcome") == "1"
    try:
        answer_follow_up(booking, request.POST["follow_up"], welcome=welcome, by=by)
    except ActionRefused as refusal:
        messages.error(request, str(refusal))
    else:
        yes = _("The school gets a mail, and writes to you.")
        messages.success(request, yes if welcome else _("Put aside. You may change your answer."))
    return redirect(back)


def _tell(
    booking: VisitBooking,
    side: Side,
    form: AfterForm,
    *,
    by: User | None,
    contact: CompanyContact | None,
    by_link: bool,
) -> None:
    data = form.cleaned_data
    if side == Side.HOST:
        after_actions.tell_outcome(
            booking, attendance=data["attendance"], pupils_came=data["pupils_came"], by=by, by_link=by_link
        )
    if form.ratings:
        after_actions.give_feedback(booking, side=side, by=by, **form.ratings)
    if data["text"]:
        write_message(booking, side=side, text=data["text"], request_key=data["request_key"], by=by, contact=contact)
