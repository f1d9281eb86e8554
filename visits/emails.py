"""The mails of a booking: to the school's booker and to those who answer for the host."""

from datetime import datetime
from typing import Any

from companies.recipients import answering_contacts
from notifications.models import QueuedMail
from notifications.outbox import Recipient, mail_row, write
from notifications.registry import Attachment, MailKind, register
from visits import links
from visits.calendar import attachment_of
from visits.enums import BookingState
from visits.models import VisitBooking


def _context(mail: QueuedMail) -> dict[str, Any] | None:
    """The booking as it is when the mail leaves. Nothing to say about one that is gone."""
    booking = (
        VisitBooking.objects.select_related(
            "slot__offer__company", "slot__offer__workplace__municipality", "slot__offer__contact"
        )
        .select_related("proposed_slot", "school", "requested_by")
        .prefetch_related("steps")
        .filter(pk=mail.about_id or 0)
        .first()
    )
    if booking is None or not _still_true(mail, booking):
        return None
    to_host = mail.details["side"] == "host"
    return {
        "booking": booking,
        "slot": booking.slot,
        "offer": booking.slot.offer,
        "company": booking.slot.offer.company,
        "workplace": booking.slot.offer.workplace,
        "contact": booking.slot.offer.contact,
        "to_host": to_host,
        "days": mail.details.get("days"),
        "booking_url": links.booking_url(booking),
        "host_url": links.host_url(booking) if to_host else "",
        "yes_url": links.host_url(booking, "yes") if to_host else "",
        "no_url": links.host_url(booking, "no") if to_host else "",
        "another_time_url": links.host_url(booking, "another-time") if to_host else "",
        "proposal_url": "" if to_host else links.school_url(booking),
    }


def _still_true(mail: QueuedMail, booking: VisitBooking) -> bool:
    """Mails that were written ahead hold only while the booking is as it was."""
    if "only_in" in mail.details and booking.state not in mail.details["only_in"]:
        return False
    return "starts_at" not in mail.details or mail.details["starts_at"] == booking.slot.starts_at.isoformat()


def _calendar(context: dict[str, Any]) -> list[Attachment]:
    return [attachment_of(context["booking"])]


def _kind(name: str, *, with_calendar: bool = False) -> MailKind:
    template = f"visits/emails/{name}"
    if with_calendar:
        return register(MailKind(name, template, _context, _calendar))
    return register(MailKind(name, template, _context))


REQUESTED = _kind("booking_requested")
CONFIRMED = _kind("booking_confirmed", with_calendar=True)
DECLINED = _kind("booking_declined")
PROPOSED = _kind("time_proposed")
CANCELLED = _kind("booking_cancelled", with_calendar=True)
EXPIRED = _kind("booking_expired")
UNANSWERED = _kind("booking_unanswered")
REMINDER = _kind("booking_reminder", with_calendar=True)


def booking_requested(booking: VisitBooking) -> None:
    """The host is asked, the school gets a receipt."""
    _tell(REQUESTED, booking, host={"only_in": [BookingState.PENDING]}, school={})


def booking_confirmed(booking: VisitBooking) -> None:
    only_then = {"only_in": [BookingState.CONFIRMED]}
    _tell(CONFIRMED, booking, host=only_then, school=only_then)


def booking_declined(booking: VisitBooking) -> None:
    _tell(DECLINED, booking, school={})


def time_proposed(booking: VisitBooking) -> None:
    _tell(PROPOSED, booking, school={"only_in": [BookingState.PROPOSED]})


def booking_cancelled(booking: VisitBooking) -> None:
    _tell(CANCELLED, booking, host={}, school={})


def booking_expired(booking: VisitBooking) -> None:
    _tell(EXPIRED, booking, host={}, school={})


def booking_unanswered(booking: VisitBooking, *, occasion: str, expires_at: datetime) -> None:
    """Ask again, the one whose turn it is."""
    schools_turn = booking.state == BookingState.PROPOSED
    details = {"only_in": [booking.state]}
    _tell(
        UNANSWERED,
        booking,
        host=None if schools_turn else details,
        school=details if schools_turn else None,
        occasion=occasion,
        expires_at=expires_at,
    )


def booking_reminder(booking: VisitBooking, *, days: int, due_at: datetime, expires_at: datetime) -> None:
    """Written ahead for a visit that comes in `days` days; falls away when the visit does or moves."""
    starts_at = booking.slot.starts_at.isoformat()
    details = {"only_in": [BookingState.CONFIRMED], "days": days, "starts_at": starts_at}
    _tell(
        REMINDER,
        booking,
        host=details,
        school=details,
        occasion=f"{days}:{starts_at}",
        due_at=due_at,
        expires_at=expires_at,
    )


def _tell(
    kind: MailKind,
    booking: VisitBooking,
    *,
    host: dict[str, Any] | None = None,
    school: dict[str, Any] | None = None,
    occasion: str = "",
    due_at: datetime | None = None,
    expires_at: datetime | None = None,
) -> None:
    """Write the mail to the sides that have details. One person may stand on both: the side is in the occasion."""
    people: list[tuple[str, dict[str, Any], Recipient]] = []
    if host is not None:
        offer = booking.slot.offer
        people += [("host", host, contact) for contact in answering_contacts(offer.company, offer.contact)]
    if school is not None:
        people.append(("school", school, booking.requested_by))
    step = occasion or booking.state
    write(
        mail_row(
            kind,
            to=person,
            about=booking,
            details={"side": side, **details},
            occasion=f"{side}:{step}",
            due_at=due_at,
            expires_at=expires_at,
        )
        for side, details, person in people
    )
