"""Bookings as calendar entries (RFC 5545): a mail's attachment, a download, a feed. One booking is one entry, the same
everywhere: later versions carry the same UID and a higher SEQUENCE, so that calendars update it."""

from collections.abc import Iterable
from datetime import UTC, timedelta

from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from notifications.registry import Attachment
from visits import links
from visits.models import VisitBooking

# How often a calendar program should ask again.
REFRESH = timedelta(hours=1)


def calendar_of(booking: VisitBooking) -> bytes:
    """The visit as an .ics file."""
    calendar = _calendar("PUBLISH" if booking.is_live else "CANCEL")
    calendar.add_component(_event(booking))
    return calendar.to_ical()


def feed_calendar(name: str, bookings: Iterable[VisitBooking]) -> bytes:
    """Many visits as a calendar to subscribe to. What has ended stays for a while, as cancelled."""
    calendar = _calendar("PUBLISH")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)  # what most programs read
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    for booking in bookings:
        calendar.add_component(_event(booking))
    return calendar.to_ical()


def _calendar(method: str) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", "-//Industriporten//visits//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    return calendar


def _event(booking: VisitBooking) -> Event:
    offer, slot = booking.slot.offer, booking.slot
    over = not booking.is_live or slot.cancelled_at is not None  # a proposal may outlive the first time
    event = Event()
    event.add("uid", f"{booking.public_id}@industriporten")
    steps = booking.read_steps
    event.add("sequence", len(steps))
    event.add("dtstamp", steps[-1].happened_at.astimezone(UTC))
    event.add("last-modified", steps[-1].happened_at.astimezone(UTC))
    event.add("dtstart", slot.starts_at.astimezone(UTC))
    event.add("dtend", slot.ends_at.astimezone(UTC))
    event.add(
        "summary",
        _("%(title)s: %(group)s, %(school)s")
        % {"title": offer.title, "group": booking.group_name, "school": booking.school.name},
    )
    event.add("location", booking.place)
    timetable = [str(line) for line in booking.programme] if offer.has_timetable else []
    event.add("description", "\n".join([*timetable, *(rule["text"] for rule in booking.accepted_rules)]))
    event.add("url", links.booking_url(booking))
    event.add("status", "CANCELLED" if over else "CONFIRMED" if booking.state == "confirmed" else "TENTATIVE")
    return event


def attachment_of(booking: VisitBooking) -> Attachment:
    method = "PUBLISH" if booking.is_live else "CANCEL"
    return Attachment("visit.ics", calendar_of(booking), "text/calendar", {"method": method, "charset": "utf-8"})
