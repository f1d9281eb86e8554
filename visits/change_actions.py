"""What changes about a booking while it lives: how many come and how, what they need, who looks after it.

Lock order: slots (by id), booking (RELIABILITY §2). The rules: docs/decisions/0016-who-may-change-a-booking.md.
"""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from companies.models import CompanyContact
from core.dates import moment
from core.errors import ActionRefused
from visits import emails, places
from visits.actions import held_slots, locked, not_now
from visits.enums import Side, StepKind
from visits.models import BookingNeeds, BookingStep, VisitBooking, VisitOffer, VisitSlot, needs_of


@transaction.atomic
def change_size(
    booking: VisitBooking, *, pupil_count: int, adult_count: int, side: Side, by: User | None = None
) -> VisitBooking:
    """Correct how many come; it applies at once, and the other side is told.

    A school keeps to the offer's group size and to the time until booking closes. The host may write any number that
    has places. Fewer pupils free places for whoever stands in line.
    """
    booking = locked(booking)
    _refuse_unless_ahead(booking)
    before, adults_before = booking.pupil_count, booking.adult_count
    if (pupil_count, adult_count) == (before, adults_before):
        raise ActionRefused(_("These are the numbers of the booking. Change one of them, or go back."))
    if side == Side.SCHOOL:
        _check_size(booking.slot.offer, before, pupil_count)
    # First the row that holds the places, then the places: whoever is offered the freed ones sees it as it is now.
    booking.pupil_count, booking.adult_count = pupil_count, adult_count
    booking.save(update_fields=["pupil_count", "adult_count"])
    for kind, old, new in (
        (StepKind.ADULTS, adults_before, adult_count),
        (StepKind.SIZE, before, pupil_count),
    ):
        if old != new:
            record(booking, kind, side=side, by=by, before=old, after=new)
    emails.booking_resized(booking, by=side, before=before, adults_before=adults_before)
    for slot in VisitSlot.objects.filter(pk__in=held_slots(booking)).order_by("pk"):
        if pupil_count < before:
            places.give_back(slot.pk, before - pupil_count, groups=0)
        elif not places.grow(slot, pupil_count - before, ignore_closing=side == Side.HOST or slot != booking.slot):
            raise ActionRefused(_no_more(slot))
    return booking


@transaction.atomic
def hand_over(booking: VisitBooking, *, to: User, phone: str, by: User) -> VisitBooking:
    """A colleague at the school takes the booking over, with a telephone for the day. Both are told, and the host."""
    booking = locked(booking)
    _refuse_unless_ahead(booking)
    old = booking.requested_by
    if to == old:
        raise ActionRefused(_("%(name)s looks after this booking already.") % {"name": to})
    if not colleagues_of(booking).filter(pk=to.pk).exists():
        raise ActionRefused(_("Choose somebody who works at the school."))
    booking.requested_by, booking.phone = to, phone
    booking.save(update_fields=["requested_by", "phone"])
    record(booking, StepKind.HANDED_OVER, side=Side.SCHOOL, by=by)
    emails.booking_handed_over(booking, old=old)
    return booking


@transaction.atomic
def choose_contact(booking: VisitBooking, *, contact: CompanyContact, by: User) -> VisitBooking:
    """Another contact person of the host looks after the booking. Both are told, and the school."""
    booking = locked(booking)
    _refuse_unless_ahead(booking)
    old = booking.host_contact
    if contact == old:
        raise ActionRefused(_("%(name)s looks after this booking already.") % {"name": contact})
    if contact.company_id != booking.slot.offer.company_id:
        raise ActionRefused(_("Choose one of your contact persons."))
    booking.contact = contact
    booking.save(update_fields=["contact"])
    record(booking, StepKind.HOST_CONTACT, side=Side.HOST, by=by)
    emails.host_contact_changed(booking, old=old)
    return booking


@transaction.atomic
def tell_needs(booking: VisitBooking, *, kinds: Sequence[str], text: str, by: User) -> VisitBooking:
    """The school says what the host should prepare, or takes it back. The host is told that, not what."""
    booking = locked(booking)
    _refuse_unless_ahead(booking)
    before = needs_of(booking)
    if (sorted(kinds), text) == ((sorted(before.kinds), before.text) if before else ([], "")):
        raise ActionRefused(_("This is what you have told already. Change something, or go back."))
    BookingNeeds.objects.tell(booking, kinds=kinds, text=text)
    record(booking, StepKind.NEEDS, side=Side.SCHOOL, by=by)
    emails.needs_told(booking)
    return booking


@transaction.atomic
def tell_transport(booking: VisitBooking, *, transport: str, by: User) -> VisitBooking:
    """The school says how and when the class arrives; the host is told."""
    booking = locked(booking)
    _refuse_unless_ahead(booking)
    if transport == booking.transport:
        raise ActionRefused(_("This is what you have told already. Change something, or go back."))
    booking.transport = transport
    booking.save(update_fields=["transport"])
    record(booking, StepKind.TRANSPORT, side=Side.SCHOOL, by=by)
    emails.transport_told(booking)
    return booking


def colleagues_of(booking: VisitBooking) -> QuerySet[User]:
    """Who works at the school of the booking and may look after it."""
    return User.objects.filter(memberships__school=booking.school_id, is_active=True)


def record(
    booking: VisitBooking,
    kind: StepKind,
    *,
    side: Side,
    by: User | None = None,
    by_link: bool = False,
    reason_text: str = "",
    **details: int | str | list[str],
) -> BookingStep:
    """A step that is no new status. The details are numbers and times for its words, never a person."""
    return booking.steps.create(
        from_state=booking.state,
        to_state=booking.state,
        kind=kind,
        details=details,
        reason_text=reason_text,
        side=side,
        by=by,
        by_link=by_link,
    )


def _refuse_unless_ahead(booking: VisitBooking) -> None:
    if not booking.is_live:
        raise ActionRefused(not_now(booking))
    if not booking.can_be_changed:
        raise ActionRefused(_("The visit has begun. Write to the other side instead."))


def _check_size(offer: VisitOffer, before: int, after: int) -> None:
    """The offer's group size, in the direction of the change: who is too many already may become fewer."""
    if after > max(before, offer.group_max):
        raise ActionRefused(
            _("The host takes groups of at most %(largest)d pupils. Write to the host: they may change the number.")
            % {"largest": offer.group_max}
        )
    if after < min(before, offer.group_min):
        raise ActionRefused(
            _("The host takes groups from %(smallest)d pupils. Write to the host: they may change the number.")
            % {"smallest": offer.group_min}
        )


def _no_more(slot: VisitSlot) -> str:
    """Why the slot has no room for a larger group, read anew."""
    slot.refresh_from_db()
    left = slot.pupils_capacity - slot.pupils_taken
    if slot.cancelled_at:
        return _("The host has withdrawn this time. Choose another one.")
    if slot.closes_at <= timezone.now():
        return _("Booking closed on %(time)s. Write to the host: they may change the number.") % {
            "time": moment(slot.closes_at)
        }
    return _("Only %(left)d more places are free. Choose a smaller number, or another time.") % {"left": left}
