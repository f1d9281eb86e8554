"""Messages between the two sides of a booking. The thread stands on the booking's page; a host without an account has
a page of its own for it."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import booking_party
from accounts.requests import SignedInRequest
from companies.models import CompanyContact
from core.access import POST_ONLY, access, link_holder
from core.errors import ActionRefused
from core.forms import posted
from core.secret_pages import secret
from core.signed_links import LinkExpired, LinkInvalid
from visits import links
from visits.enums import Side
from visits.message_actions import write_message
from visits.models import VisitBooking
from visits.threads import MessageForm, side_of_writer, thread_of
from visits.views import all_bookings, booking_page, facts_of, own_booking, sides_of


@access(booking_party, methods=POST_ONLY)
def message_create(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Write to the other side. With errors, the booking's page comes back with what was typed."""
    booking = own_booking(request, public_id)
    sides = sides_of(request, booking)
    form = MessageForm(request.POST)
    if _sent(request, form, booking, side=side_of_writer(sides), by=request.user):
        return redirect(f"{booking.get_absolute_url()}#messages")
    return booking_page(request, booking, sides, message_form=form, form=form)


@access(link_holder)
def message_link(request: HttpRequest, token: str) -> HttpResponse:
    """The host's page from the mail: this thread and nothing else. Acts on POST only."""
    try:
        public_id, contact_id = links.MESSAGES.read(token)
    except LinkExpired:
        return TemplateResponse(request, "visits/link_expired.html", status=410)
    except LinkInvalid as error:
        raise Http404 from error
    booking = get_object_or_404(all_bookings(), public_id=public_id)
    contact = None
    if contact_id:
        contact = CompanyContact.objects.filter(company=booking.slot.offer.company_id, public_id=contact_id).first()
        if contact is None:  # no longer a contact person of the company
            return TemplateResponse(request, "visits/link_expired.html", status=410)
    form = MessageForm(posted(request))
    if request.method == "POST" and _sent(request, form, booking, side=Side.HOST, contact=contact):
        return secret(redirect(links.messages_path(token)))
    context = facts_of(booking) | thread_of(booking, {Side.HOST}, form=form) | {"form": form, "token": token}
    return secret(TemplateResponse(request, "visits/messages/link.html", context))


def _sent(
    request: HttpRequest,
    form: MessageForm,
    booking: VisitBooking,
    *,
    side: Side,
    by: User | None = None,
    contact: CompanyContact | None = None,
) -> bool:
    if not form.is_valid():
        return False
    try:
        write_message(booking, side=side, by=by, contact=contact, **form.cleaned_data)
    except ActionRefused as refusal:
        form.add_error(None, str(refusal))
        return False
    messages.success(request, _("The message is sent. The other side gets a mail."))
    return True
