"""A booking as a calendar entry (RFC 5545), the same for the mail's attachment and for downloading."""

from datetime import UTC

from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from notifications.registry import Attachment
from visits import links
from visits.models import VisitBooking


def calendar_of(booking: VisitBooking) -> bytes:
    """The visit as an .ics file. Later versions carry the same UID and a higher SEQUENCE, so that calendars update."""
    offer, slot, workplace = booking.slot.offer, booking.slot, booking.slot.offer.workplace
    over = not booking.is_live
    calendar = Calendar()
    calendar.add("prodid", "-//Industriporten//visits//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if over else "PUBLISH")
    event = Event()
    event.add("uid", f"{booking.public_id}@industriporten")
    steps = list(booking.steps.all())
    event.add("sequence", len(steps))
    event.add("dtstamp", steps[-1].happened_at.astimezone(UTC))
    event.add("dtstart", slot.starts_at.astimezone(UTC))
    event.add("dtend", slot.ends_at.astimezone(UTC))
    event.add(
        "summary",
        _("%(title)s: %(group)s, %(school)s")
        % {"title": offer.title, "group": booking.group_name, "school": booking.school.name},
    )
    event.add("location", ", ".join(filter(None, [workplace.name, workplace.street, workplace.city])))
    event.add("description", "\n".join(rule["text"] for rule in booking.accepted_rules))
    event.add("url", links.booking_url(booking))
    event.add("status", "CANCELLED" if over else "CONFIRMED" if booking.state == "confirmed" else "TENTATIVE")
    calendar.add_component(event)
    return calendar.to_ical()


def attachment_of(booking: VisitBooking) -> Attachment:
    method = "PUBLISH" if booking.is_live else "CANCEL"
    return Attachment("visit.ics", calendar_of(booking), "text/calendar", {"method": method, "charset": "utf-8"})
