"""The mails of a booking: to the school's booker and to those who answer for the host."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from companies.recipients import answering_contacts
from notifications.models import QueuedMail
from notifications.outbox import Recipient, queue_mail
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
        .filter(pk=mail.about_id)
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
    _to_host(REQUESTED, booking, only_in=[BookingState.PENDING])
    _to_school(REQUESTED, booking)


def booking_confirmed(booking: VisitBooking) -> None:
    _to_host(CONFIRMED, booking, only_in=[BookingState.CONFIRMED])
    _to_school(CONFIRMED, booking, only_in=[BookingState.CONFIRMED])


def booking_declined(booking: VisitBooking) -> None:
    _to_school(DECLINED, booking)


def time_proposed(booking: VisitBooking) -> None:
    _to_school(PROPOSED, booking, only_in=[BookingState.PROPOSED])


def booking_cancelled(booking: VisitBooking) -> None:
    _to_host(CANCELLED, booking)
    _to_school(CANCELLED, booking)


def booking_expired(booking: VisitBooking) -> None:
    _to_host(EXPIRED, booking)
    _to_school(EXPIRED, booking)


def booking_unanswered(booking: VisitBooking, *, occasion: str, expires_at: datetime) -> None:
    """Ask again, the one whose turn it is."""
    options = {"occasion": occasion, "expires_at": expires_at, "only_in": [booking.state]}
    if booking.state == BookingState.PROPOSED:
        _to_school(UNANSWERED, booking, **options)
    else:
        _to_host(UNANSWERED, booking, **options)


def booking_reminder(booking: VisitBooking, *, days: int, due_at: datetime, expires_at: datetime) -> None:
    """Written ahead for a visit that comes in `days` days; falls away when the visit does or moves."""
    starts_at = booking.slot.starts_at.isoformat()
    for send in (_to_host, _to_school):
        send(
            REMINDER,
            booking,
            occasion=f"{days}:{starts_at}",
            due_at=due_at,
            expires_at=expires_at,
            only_in=[BookingState.CONFIRMED],
            days=days,
            starts_at=starts_at,
        )


def _to_host(kind: MailKind, booking: VisitBooking, **options: Any) -> None:
    offer = booking.slot.offer
    _send(kind, booking, answering_contacts(offer.company, offer.contact), side="host", **options)


def _to_school(kind: MailKind, booking: VisitBooking, **options: Any) -> None:
    _send(kind, booking, [booking.requested_by], side="school", **options)


def _send(
    kind: MailKind,
    booking: VisitBooking,
    people: Iterable[Recipient],
    *,
    side: str,
    occasion: str = "",
    due_at: datetime | None = None,
    expires_at: datetime | None = None,
    **details: Any,
) -> None:
    # One person may stand on both sides (a school that hosts): the side belongs to the occasion.
    step = occasion or str(booking.steps.count())
    for person in people:
        queue_mail(
            kind,
            to=person,
            about=booking,
            details={"side": side, **details},
            occasion=f"{side}:{step}",
            due_at=due_at,
            expires_at=expires_at,
        )
