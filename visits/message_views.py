"""Messages between the two sides of a booking. The thread stands on the booking's page; a host without an account has
a page of its own for it."""

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import booking_party
from accounts.requests import SignedInRequest
from companies.models import CompanyContact
from core.access import GET_ONLY, POST_ONLY, access, link_holder
from core.errors import ActionRefused
from core.forms import posted
from core.secret_pages import secret
from core.signed_links import LinkExpired, LinkInvalid
from visits import links
from visits.enums import FileKind, Side
from visits.files import MIME_TYPES
from visits.message_actions import write_message
from visits.models import CheckedFile, CheckedFileQuerySet, VisitBooking
from visits.threads import MessageForm, side_of_writer, thread_of
from visits.views import all_bookings, booking_page, facts_of, own_booking, sides_of


@access(booking_party, methods=POST_ONLY)
def message_create(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Write to the other side. With errors, the booking's page comes back with what was typed."""
    booking = own_booking(request, public_id)
    sides = sides_of(request, booking)
    form = MessageForm(request.POST, request.FILES)
    if _sent(request, form, booking, side=side_of_writer(sides), by=request.user):
        return redirect(f"{booking.get_absolute_url()}#messages")
    return booking_page(request, booking, sides, message_form=form, form=form)


@access(link_holder)
def message_link(request: HttpRequest, token: str) -> HttpResponse:
    """The host's page from the mail: this thread and nothing else. Acts on POST only."""
    opened = _opened(token)
    if opened is None:
        return TemplateResponse(request, "visits/link_expired.html", status=410)
    booking, contact = opened
    form = MessageForm(posted(request), request.FILES or None)
    if request.method == "POST" and _sent(request, form, booking, side=Side.HOST, contact=contact):
        return secret(redirect(links.messages_path(token)))
    context = facts_of(booking) | thread_of(booking, {Side.HOST}, form=form) | {"form": form, "token": token}
    return secret(TemplateResponse(request, "visits/messages/link.html", context))


@access(booking_party, methods=GET_ONLY)
def message_file(request: SignedInRequest, file_id: str) -> FileResponse:
    """A file that was sent along, for the two sides of its booking."""
    return handed_out(CheckedFile.objects.of_messages_visible_to(request.user), file_id)


@access(link_holder, methods=GET_ONLY)
def message_link_file(request: HttpRequest, token: str, file_id: str) -> HttpResponse | FileResponse:
    """The same by the link in the mail: files of this thread."""
    opened = _opened(token)
    if opened is None:
        return TemplateResponse(request, "visits/link_expired.html", status=410)
    booking, _contact = opened
    return secret(handed_out(CheckedFile.objects.filter(messages__booking=booking).distinct(), file_id))


def handed_out(files: CheckedFileQuerySet, file_id: str) -> FileResponse:
    """As a download, never shown in our name. What has not been looked through is not there."""
    kept = get_object_or_404(files.ready(), public_id=file_id)
    try:
        content = kept.file.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(
        content, as_attachment=True, filename=kept.name, content_type=MIME_TYPES[FileKind(kept.kind)]
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def _opened(token: str) -> tuple[VisitBooking, CompanyContact | None] | None:
    """The booking and the contact person of a link, or None when its time is over or the person is gone."""
    try:
        public_id, contact_id = links.MESSAGES.read(token)
    except LinkExpired:
        return None
    except LinkInvalid as error:
        raise Http404 from error
    booking = get_object_or_404(all_bookings(), public_id=public_id)
    if not contact_id:
        return booking, None
    contact = CompanyContact.objects.filter(company=booking.slot.offer.company_id, public_id=contact_id).first()
    return (booking, contact) if contact else None


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
        data = form.cleaned_data
        write_message(
            booking,
            side=side,
            by=by,
            contact=contact,
            text=data["text"],
            files=data["uploads"],
            request_key=data["request_key"],
        )
    except ActionRefused as refusal:
        form.add_error(None, str(refusal))
        return False
    messages.success(request, _("The message is sent. The other side gets a mail."))
    return True
