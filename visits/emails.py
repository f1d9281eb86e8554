"""The mails of a booking: to the school's booker and to those who answer for the host."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.enums import OrganisationKind
from accounts.models import User
from companies.models import CompanyContact
from core.ready_queries import ready
from notifications.enums import Channel
from notifications.models import QueuedMail
from notifications.outbox import Recipient, mail_row, write
from notifications.registry import Attachment, MailKind, register
from notifications.staff import looked_after_by
from visits import ages, links, materials
from visits.calendar import attachment_of
from visits.checklist import checklist_of
from visits.enums import ASK_ENDS, LIVE_STATES, BookingState, CheckItem, Side, StepKind
from visits.models import BookingStep, VisitBooking, needs_of
from visits.recipients import host_readers, school_readers, still_reads


def _context(mail: QueuedMail) -> dict[str, Any] | None:
    """The booking as it is when the mail leaves. Nothing to say about one that is gone."""
    booking = next(iter(_bookings(mail.about_id or 0)), None)
    if booking is None or not _still_true(mail, booking):
        return None
    to_host = mail.details["side"] == "host"
    return {
        "booking": booking,
        "slot": booking.slot,
        "offer": booking.slot.offer,
        "company": booking.slot.offer.company,
        "workplace": booking.slot.offer.workplace,
        "contact": booking.host_contact,
        "to_host": to_host,
        "details": mail.details,
        "days": mail.details.get("days"),
        "move": _move_of(mail, booking),
        "ask": _ask_step_of(mail, booking),
        "ask_url": links.ask_url(booking, "") if to_host else "",
        "grant_url": links.ask_url(booking, "yes") if to_host else "",
        "refuse_url": links.ask_url(booking, "no") if to_host else "",
        "materials": [] if to_host else materials.for_mail(booking.slot.offer),
        "class_part": ages.booked_part(booking),
        "left_to_do": _left_to_do(mail, booking),
        "has_needs": needs_of(booking) is not None,  # that, never what: a mail is read in many places
        "booking_url": links.booking_url(booking),
        "offer_url": links.offer_url(booking.slot.offer),
        "host_url": links.host_url(booking) if to_host else "",
        "yes_url": links.host_url(booking, "yes") if to_host else "",
        "no_url": links.host_url(booking, "no") if to_host else "",
        "another_time_url": links.host_url(booking, "another-time") if to_host else "",
        "proposal_url": "" if to_host else links.school_url(booking),
    }


def _left_to_do(mail: QueuedMail, booking: VisitBooking) -> list[CheckItem]:
    """What a reminder names to the host: what nobody has ticked off yet."""
    if mail.kind != REMINDER.name or mail.details["side"] != "host":
        return []
    checklist = checklist_of(booking)
    return checklist.left if checklist else []


def _move_of(mail: QueuedMail, booking: VisitBooking) -> BookingStep | None:
    """The move that the mail is about; in a preview the last one."""
    moves = [step for step in booking.read_steps if step.is_move]
    return next((step for step in moves if step.pk == mail.details.get("step")), moves[-1] if moves else None)


def _ask_step_of(mail: QueuedMail, booking: VisitBooking) -> BookingStep | None:
    """The question about another time, or its end, that the mail is about; in a preview the last one."""
    asks = [step for step in booking.read_steps if step.is_about_an_ask]
    return next((step for step in asks if step.pk == mail.details.get("step")), asks[-1] if asks else None)


@ready
def _bookings(pk: int) -> QuerySet[VisitBooking]:
    offer = "slot__offer__company", "slot__offer__workplace__municipality", "slot__offer__contact"
    bookings = VisitBooking.objects.select_related(*offer, "proposed_slot", "school", "requested_by", "contact")
    bookings = bookings.select_related("asked_slot")
    return bookings.select_related("needs").filter(pk=pk)


def _still_true(mail: QueuedMail, booking: VisitBooking) -> bool:
    """Mails that were written ahead hold only while the booking is as it was, and with whom."""
    if "only_in" in mail.details and booking.state not in mail.details["only_in"]:
        return False
    if "starts_at" in mail.details and not still_reads(mail.to_email, booking, mail.details["side"]):
        return False
    if "asked" in mail.details and booking.asked_slot_id != mail.details["asked"]:
        return False
    return "starts_at" not in mail.details or mail.details["starts_at"] == booking.slot.starts_at.isoformat()


def _calendar(context: dict[str, Any]) -> list[Attachment]:
    return [attachment_of(context["booking"])]


def newest_bookings(user: Any) -> QuerySet[VisitBooking]:
    """For previews: bookings with a host or a school that this member of staff looks after."""
    near = looked_after_by(user).values("pk")
    return VisitBooking.objects.filter(
        Q(slot__offer__workplace__municipality__in=near) | Q(school__municipality__in=near)
    ).order_by("-requested_at", "-pk")


def _is_soon(context: dict[str, Any]) -> bool:
    """Less than a day ahead: news that must not wait until somebody reads mail."""
    return 0 < (context["slot"].starts_at - timezone.now()).total_seconds() < 24 * 3600


def _either_is_soon(context: dict[str, Any]) -> bool:
    """Whether somebody might set out for the old time, or miss the new one."""
    if context["move"].kind == StepKind.PROPOSAL_MOVED:
        return False
    begins = datetime.fromisoformat(context["move"].details["before"][0])
    return _is_soon(context) or 0 < (begins - timezone.now()).total_seconds() < 24 * 3600


def _moved_bookings(user: Any) -> QuerySet[VisitBooking]:
    moved = BookingStep.objects.filter(booking=OuterRef("pk"), kind__in=[StepKind.MOVED, StepKind.PROPOSAL_MOVED])
    return newest_bookings(user).filter(Exists(moved))


def _asking_bookings(user: Any) -> QuerySet[VisitBooking]:
    asks = BookingStep.objects.filter(booking=OuterRef("pk"), kind__in=[StepKind.ASKED, *ASK_ENDS])
    return newest_bookings(user).filter(Exists(asks))


TO_HOST: dict[str, Any] = {"side": "host"}
TO_SCHOOL: dict[str, Any] = {"side": "school"}
BOTH_SIDES = _("The teacher who booked, and those who answer for the host.")
_ABOUT_A_BOOKING = _("A booking is an agreement between two: both must know what happens to it.")


def _kind(
    name: str,
    title: Promise,
    rule: Promise,
    *,
    to: Promise = BOTH_SIDES,
    necessary: Promise | None = _ABOUT_A_BOOKING,
    channels: tuple[Channel, ...] = (Channel.MAIL, Channel.PAGE),
    examples: tuple[dict[str, Any], ...] = (TO_SCHOOL, TO_HOST),
    with_calendar: bool = False,
    newest: Callable[[Any], QuerySet[VisitBooking]] = newest_bookings,
    **more: Any,
) -> MailKind:
    """A mail about a booking. Only what differs from kind to kind is said below."""
    if with_calendar:
        more["attachments"] = _calendar
    return register(
        MailKind(
            name,
            f"visits/emails/{name}",
            title=title,
            to=to,
            rule=rule,
            audience={OrganisationKind.SCHOOL, OrganisationKind.COMPANY},
            channels=channels,
            necessary=necessary,
            context=_context,
            newest=newest,
            examples=examples,
            **more,
        )
    )


REQUESTED = _kind(
    "booking_requested",
    _("A class asks for a visit"),
    _("When a school books a visit whose requests are answered by hand. The teacher gets a receipt."),
)
CONFIRMED = _kind(
    "booking_confirmed",
    _("A visit is confirmed"),
    _("When the host says yes, or at once when the visit needs no answer. With a calendar file."),
    with_calendar=True,
)
DECLINED = _kind(
    "booking_declined",
    _("The host says no"),
    _("When the host cannot receive the class, with the reason."),
    to=_("The teacher who booked."),
    examples=(TO_SCHOOL,),
)
PROPOSED = _kind(
    "time_proposed",
    _("The host proposes another time"),
    _("When the host proposes another time. Places are held until the school has answered."),
    to=_("The teacher who booked."),
    examples=(TO_SCHOOL,),
)
PROPOSAL_ENDED = _kind(
    "proposal_ended",
    _("The proposed time is cancelled"),
    _("When the host cancels the time it has proposed. The first request stands, and the host answers it."),
    to=_("The teacher who booked."),
    examples=(TO_SCHOOL,),
)
CANCELLED = _kind(
    "booking_cancelled",
    _("A visit is cancelled"),
    _("When either side cancels, with the reason. As a text message only when less than a day is left."),
    channels=(Channel.MAIL, Channel.PAGE, Channel.SMS),
    sms_if=_is_soon,
    with_calendar=True,
)
MOVED = _kind(
    "time_moved",
    _("A booked time is moved"),
    _("When the host moves a time, with the reason. As a text message only when a day or less is left."),
    channels=(Channel.MAIL, Channel.PAGE, Channel.SMS),
    sms_if=_either_is_soon,
    with_calendar=True,
    newest=_moved_bookings,
)
EXPIRED = _kind(
    "booking_expired",
    _("A request got no answer in time"),
    _("When the last day for an answer has passed. The places are free again."),
)
UNANSWERED = _kind(
    "booking_unanswered",
    _("Somebody waits for an answer"),
    _("When half of the time for an answer has passed, and again a day before it ends."),
    to=_("The side whose turn it is: those who answer for the host, or the teacher who booked."),
    necessary=None,
)
REMINDER = _kind(
    "booking_reminder",
    _("A visit is coming"),
    _("At eight in the morning 14 days, 3 days and 1 day before the visit. As a text message the day before only."),
    necessary=None,
    channels=(Channel.MAIL, Channel.PAGE, Channel.SMS),
    sms_if=lambda context: context["days"] == 1,
    examples=({**TO_SCHOOL, "days": 3}, {**TO_HOST, "days": 1}),
    with_calendar=True,
)


_SIZES = {"before": 20, "after": 24, "adults_before": 2, "adults": 2}
_HANDS = [
    ("school", "school", "new"),
    ("school", "school", "old"),
    ("host", "school", "other"),
    ("host", "host", "new"),
    ("host", "host", "old"),
    ("school", "host", "other"),
]
RESIZED = _kind(
    "booking_resized",
    _("Another number of pupils comes"),
    _("When one side changes how many pupils or adults come. The other side is told."),
    to=_("The side that did not change it."),
    examples=({**TO_SCHOOL, **_SIZES}, {**TO_HOST, **_SIZES}),
)
HANDED_OVER = _kind(
    "booking_handed_over",
    _("Somebody else looks after a booking"),
    _("When a teacher hands a booking over to a colleague, or the host gives it to another contact person."),
    to=_("The one who takes over, the one who hands over, and the other side."),
    examples=tuple({"side": side, "of": of, "who": who} for side, of, who in _HANDS),
    with_calendar=True,
)

NEEDS = _kind(
    "booking_needs",
    _("A class has told what it needs"),
    _("When a school tells, or changes, what the host should prepare. The mail leads to the page and says no more."),
    to=_("Those who answer for the host."),
    examples=(TO_HOST,),
)
TRANSPORT = _kind(
    "booking_transport",
    _("How a class comes"),
    _("When a school says how and when the class arrives, or changes it."),
    to=_("Those who answer for the host."),
    examples=(TO_HOST,),
)

TIME_ASKED = _kind(
    "time_asked",
    _("A school asks for another time"),
    _("When a school asks whether its class may come at another of the host's times, and again while nobody answers."),
    to=_("Those who answer for the host."),
    examples=(TO_HOST,),
    newest=_asking_bookings,
)
ASK_ENDED = _kind(
    "ask_ended",
    _("What became of a question about another time"),
    _("When the host has answered it, the school takes it back, nobody answers in time, or the time is gone."),
    newest=_asking_bookings,
    with_calendar=True,
)


def booking_requested(booking: VisitBooking) -> None:
    """The host is asked, the school gets a receipt."""
    _tell(REQUESTED, booking, host={"only_in": [BookingState.PENDING]}, school={})


def booking_confirmed(booking: VisitBooking) -> None:
    only_then = {"only_in": [BookingState.CONFIRMED]}
    _tell(CONFIRMED, booking, host=only_then, school=only_then)


def booking_declined(booking: VisitBooking) -> None:
    _tell(DECLINED, booking, school={})


def time_proposed(booking: VisitBooking) -> None:
    """Each time anew: a proposal may end with its time, and the host propose another."""
    occasion = f"step{booking.steps.latest('pk').pk}"
    _tell(PROPOSED, booking, school={"only_in": [BookingState.PROPOSED]}, occasion=occasion)


def proposal_ended(booking: VisitBooking) -> None:
    occasion = f"step{booking.steps.latest('pk').pk}"
    _tell(PROPOSAL_ENDED, booking, school={"only_in": [BookingState.PENDING]}, occasion=occasion)


def booking_cancelled(booking: VisitBooking) -> None:
    _tell(CANCELLED, booking, host={}, school={})


def time_moved(booking: VisitBooking, step: BookingStep) -> None:
    details = {"only_in": [booking.state] if step.kind == StepKind.PROPOSAL_MOVED else LIVE_STATES, "step": step.pk}
    _tell(MOVED, booking, host=details, school=details, occasion=f"step{step.pk}", expires_at=booking.slot.starts_at)


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


def reminder_rows(booking: VisitBooking, *, days: int, due_at: datetime, expires_at: datetime) -> Iterator[QueuedMail]:
    """For `write`, ahead of a visit that comes in `days` days; they fall away when the visit does or moves."""
    starts_at = booking.slot.starts_at.isoformat()
    details = {"only_in": [BookingState.CONFIRMED], "days": days, "starts_at": starts_at}
    people = _people(booking, host=details, school=details)
    return _rows(REMINDER, booking, people, occasion=f"{days}:{starts_at}", due_at=due_at, expires_at=expires_at)


def booking_resized(booking: VisitBooking, *, by: Side, before: int, adults_before: int) -> None:
    details = {
        "before": before,
        "after": booking.pupil_count,
        "adults_before": adults_before,
        "adults": booking.adult_count,
    }
    host, school = (None, details) if by == Side.HOST else (details, None)
    _tell(RESIZED, booking, host=host, school=school, occasion=f"step{booking.steps.latest('pk').pk}")


def booking_handed_over(booking: VisitBooking, *, old: User) -> None:
    """The colleague who takes over, the one who did until now and still works there, and the host."""
    step = f"step{booking.steps.latest('pk').pk}"
    told = [("new", person) for person in school_readers(booking)]
    if booking.school.memberships.filter(user=old, user__is_active=True).exists():
        told.append(("old", old))
    for who, person in told:
        write(_rows(HANDED_OVER, booking, [("school", {"of": "school", "who": who}, person)], occasion=step))
    _tell(HANDED_OVER, booking, host={"of": "school", "who": "other"}, occasion=step)


def host_contact_changed(booking: VisitBooking, *, old: CompanyContact) -> None:
    """The contact person who takes over, the one who did until now and still works there, and the school."""
    step = f"step{booking.steps.latest('pk').pk}"
    company = booking.slot.offer.company
    for who, person in (("new", booking.host_contact), ("old", old)):
        if not company.contacts.reachable().filter(pk=person.pk).exists():
            continue
        write(_rows(HANDED_OVER, booking, [("host", {"of": "host", "who": who}, person)], occasion=step))
    _tell(HANDED_OVER, booking, school={"of": "host", "who": "other"}, occasion=step)


def needs_told(booking: VisitBooking) -> None:
    _tell(NEEDS, booking, host={}, occasion=f"step{booking.steps.latest('pk').pk}")


def transport_told(booking: VisitBooking) -> None:
    _tell(TRANSPORT, booking, host={}, occasion=f"step{booking.steps.latest('pk').pk}")


def time_asked(booking: VisitBooking, step: BookingStep | None = None, *, again: str = "") -> None:
    """The host is asked, and asked again at half time and at the end: `again` says which."""
    step = step or booking.steps.filter(kind=StepKind.ASKED).latest("pk")
    details = {"asked": booking.asked_slot_id, "step": step.pk, "again": bool(again)}
    _tell(TIME_ASKED, booking, host=details, occasion=f"step{step.pk}{again}", expires_at=booking.asked_until)


def ask_ended(booking: VisitBooking, step: BookingStep) -> None:
    details = {"step": step.pk}
    host = None if step.kind in {StepKind.REFUSED, StepKind.GONE} else details
    school = None if step.kind == StepKind.TAKEN_BACK else details
    _tell(ASK_ENDED, booking, host=host, school=school, occasion=f"step{step.pk}")


def _tell(
    kind: MailKind,
    booking: VisitBooking,
    *,
    host: dict[str, Any] | None = None,
    school: dict[str, Any] | None = None,
    occasion: str = "",
    expires_at: datetime | None = None,
) -> None:
    """Write the mail to the sides that have details."""
    people = _people(booking, host=host, school=school)
    write(_rows(kind, booking, people, occasion=occasion or booking.state, expires_at=expires_at))


People = list[tuple[str, dict[str, Any], Recipient]]  # side, details, person


def _people(booking: VisitBooking, *, host: dict[str, Any] | None, school: dict[str, Any] | None) -> People:
    people: People = []
    if host is not None:
        people += [("host", host, contact) for contact in host_readers(booking)]
    if school is not None:
        people += [("school", school, user) for user in school_readers(booking)]
    return people


def _rows(
    kind: MailKind,
    booking: VisitBooking,
    people: People,
    *,
    occasion: str,
    due_at: datetime | None = None,
    expires_at: datetime | None = None,
) -> Iterator[QueuedMail]:
    """One person may stand on both sides: the side is in the occasion."""
    return (
        mail_row(
            kind,
            to=person,
            about=booking,
            details={"side": side, **details},
            occasion=f"{side}:{occasion}",
            due_at=due_at,
            expires_at=expires_at,
        )
        for side, details, person in people
    )
