"""The mail that tells of a message about a booking, shows it, and leads to where one answers."""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.enums import OrganisationKind
from companies.recipients import answering_contacts
from notifications.enums import Channel
from notifications.models import QueuedMail
from notifications.outbox import Recipient, mail_row, write
from notifications.registry import MailKind, register
from visits import links
from visits.enums import Side
from visits.models import BookingMessage, CheckedFile
from visits.recipients import host_readers, own_or, school_readers


def _context(mail: QueuedMail) -> dict[str, Any] | None:
    message = (
        BookingMessage.objects.select_related("booking__slot__offer__company", "booking__school", "by", "contact")
        .filter(pk=mail.about_id or 0)
        .exclude(text="")
        .first()
    )
    if message is None:
        return None
    booking = message.booking
    contact = mail.details.get("contact", "")
    return {
        "message": message,
        "booking": booking,
        "slot": booking.slot,
        "offer": booking.slot.offer,
        "company": booking.slot.offer.company,
        "file_count": message.files.count(),
        "to_host": message.side == Side.SCHOOL,
        "url": links.messages_url(booking, contact) if contact else f"{links.booking_url(booking)}#messages",
        "needs_account": not contact,
    }


def _context_of_file(mail: QueuedMail) -> dict[str, Any] | None:
    kept = CheckedFile.objects.filter(pk=mail.about_id or 0).first()
    return {"file": kept, "url": mail.details.get("url") or settings.SITE_URL} if kept else None


def _none_to_show(user: Any) -> QuerySet[BookingMessage]:
    """A message is read by the two sides and by nobody else: a preview shows none."""
    return BookingMessage.objects.none()


MESSAGE_WRITTEN = register(
    MailKind(
        "message_written",
        "visits/messages/emails/message_written",
        title=_("A message about a booking"),
        to=_("The other side: the teacher who booked, or those who answer for the host."),
        rule=_("When one side of a booking writes to the other. The mail shows the message."),
        audience={OrganisationKind.SCHOOL, OrganisationKind.COMPANY},
        channels=(Channel.MAIL,),
        necessary=None,
        context=_context,
        newest=_none_to_show,
        examples=({"contact": ""},),
    )
)


FILE_REMOVED = register(
    MailKind(
        "file_removed",
        "visits/messages/emails/file_removed",
        title=_("A file of yours held a virus"),
        to=_("The one who sent the file."),
        rule=_("When the virus scanner finds something in a file that was sent along. The file is removed."),
        audience={OrganisationKind.SCHOOL, OrganisationKind.COMPANY},
        channels=(Channel.MAIL,),
        necessary=_("The other side did not get the file, and your computer may have a virus."),
        context=_context_of_file,
        newest=lambda user: CheckedFile.objects.none(),
    )
)


def file_removed(kept: CheckedFile) -> None:
    """To whoever sent it, by account or by the link in the mail; when they have left, to who reads for their side."""
    message = kept.messages.select_related("booking", "by", "contact").first()
    people: list[Recipient] = []
    url = ""
    if hasattr(kept, "material"):
        offer = kept.material.offer
        url = settings.SITE_URL + reverse("visits:material_list", args=[offer.public_id])
        people = own_or(offer.company, kept.uploaded_by, lambda: answering_contacts(offer.company, offer.contact))
    if message:
        booking, contact = message.booking, message.contact
        url = links.messages_url(booking, contact.public_id) if contact else links.booking_url(booking)
        if message.side == Side.SCHOOL:
            people = own_or(booking.school, kept.uploaded_by, lambda: school_readers(booking))
        elif contact:
            people += answering_contacts(booking.slot.offer.company, contact)[:1]
        else:
            people = own_or(booking.slot.offer.company, kept.uploaded_by, lambda: host_readers(booking))
    write(mail_row(FILE_REMOVED, to=person, about=kept, details={"url": url}) for person in people)


def message_written(message: BookingMessage) -> None:
    """To the other side. Contact persons get a link that needs no account; it is theirs alone."""
    booking = message.booking
    writer = message.by or message.contact
    people: list[Recipient] = []
    if message.side == Side.SCHOOL:
        people += host_readers(booking)
    else:
        people += school_readers(booking)
    write(
        mail_row(
            MESSAGE_WRITTEN,
            to=person,
            about=message,
            details={"contact": getattr(person, "public_id", "") if getattr(person, "pk", None) else ""},
        )
        for person in people
        if writer is None or person.email.lower() != writer.email.lower()
    )
