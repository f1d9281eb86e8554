"""The mails after a visit: to the host, who came; to the school, how it was; later, to come again."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.enums import OrganisationKind
from accounts.models import User
from notifications.enums import Channel
from notifications.models import QueuedMail
from notifications.outbox import mail_row, queue_mail, write
from notifications.registry import MailKind, register
from visits import links
from visits.emails import BOTH_SIDES, TO_HOST, TO_SCHOOL, newest_bookings
from visits.enums import BookingState, Side
from visits.models import VisitBooking
from visits.recipients import host_readers, school_readers, still_reads


def _context(mail: QueuedMail) -> dict[str, Any] | None:
    """Nothing to ask about a visit that was called off after all."""
    booking = (
        VisitBooking.objects.select_related("slot__offer__company", "school")
        .filter(pk=mail.about_id or 0, state=BookingState.CONFIRMED)
        .first()
    )
    if booking is None or ("ahead" in mail.details and not _still_theirs(mail, booking)):
        return None
    side = Side(mail.details.get("side", Side.SCHOOL))
    return {
        "booking": booking,
        "slot": booking.slot,
        "offer": booking.slot.offer,
        "company": booking.slot.offer.company,
        "to_host": side == Side.HOST,
        "after_url": links.after_url(booking, side, mail.details.get("person", "")),
        "booking_url": links.booking_url(booking),
        "again_url": links.again_url(booking),
    }


def _still_theirs(mail: QueuedMail, booking: VisitBooking) -> bool:
    """A day after the visit, or in spring, somebody else may look after it."""
    if mail.kind == BOOK_AGAIN.name:  # whichever colleague has asked for it
        return booking.school.memberships.filter(user__email=mail.to_email, user__is_active=True).exists()
    return still_reads(mail.to_email, booking, mail.details["side"])


VISIT_OVER = register(
    MailKind(
        "visit_over",
        "visits/after/emails/visit_over",
        title=_("How was the visit?"),
        to=BOTH_SIDES,
        rule=_("The morning after a visit. The host says who came, both say how it was."),
        audience={OrganisationKind.SCHOOL, OrganisationKind.COMPANY},
        channels=(Channel.MAIL,),
        necessary=None,
        context=_context,
        newest=newest_bookings,
        examples=(TO_SCHOOL, TO_HOST),
    )
)
BOOK_AGAIN = register(
    MailKind(
        "book_again",
        "visits/after/emails/book_again",
        title=_("Book the visit again"),
        to=_("The one who has asked to be reminded."),
        rule=_("On 1 March, when somebody has asked for it after a visit."),
        audience={OrganisationKind.SCHOOL},
        channels=(Channel.MAIL,),
        necessary=None,
        context=_context,
        newest=newest_bookings,
        examples=(TO_SCHOOL,),
    )
)


def visit_over(booking: VisitBooking, *, due_at: datetime, expires_at: datetime) -> None:
    people: list[tuple[Side, Any]] = [(Side.HOST, contact) for contact in host_readers(booking)]
    people += [(Side.SCHOOL, user) for user in school_readers(booking)]
    write(
        mail_row(
            VISIT_OVER,
            to=person,
            about=booking,
            details={"side": side, "person": _name_of(person, side), "ahead": True},
            occasion=side,
            due_at=due_at,
            expires_at=expires_at,
        )
        for side, person in people
    )


def _name_of(person: Any, side: Side) -> str:
    """What a link calls its person. An owner who answers where there is no contact person is not named."""
    if side == Side.SCHOOL:
        return str(person.pk)
    return person.public_id if person.pk else ""


def book_again(booking: VisitBooking, *, to: User, due_at: datetime) -> None:
    queue_mail(
        BOOK_AGAIN,
        to=to,
        about=booking,
        details={"side": Side.SCHOOL, "ahead": True},
        occasion=due_at.date().isoformat(),
        due_at=due_at,
    )
