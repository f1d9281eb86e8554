"""What happens after a visit: who came, how it was, and a reminder to come again."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import ActionRefused
from visits import after_emails
from visits.enums import Attendance, BookingState, Side, StepKind
from visits.models import VisitBooking, VisitFeedback, VisitOutcome, can_be_told, is_over

# The morning after, when somebody reads mail at work.
LOCAL_HOUR = time(9)
LOOK_BACK = timedelta(days=4)
USEFUL_FOR = timedelta(days=14)
SPRING = (3, 1)  # when schools plan the next school year


def tell_outcome(
    booking: VisitBooking,
    *,
    attendance: str,
    pupils_came: int | None = None,
    by: User | None = None,
    by_link: bool = False,
) -> VisitOutcome:
    """The host says who came; it may say so again and better. Refused before the visit has ended and long after it."""
    with transaction.atomic():
        booking = _locked(booking)
        came = {Attendance.CAME: booking.pupil_count, Attendance.NO_SHOW: 0}.get(Attendance(attendance), pupils_came)
        if came is None or (attendance == Attendance.FEWER and not 1 <= came < booking.pupil_count):
            raise ActionRefused(
                _("Write how many came: at least 1, and fewer than the %(booked)d who were booked.")
                % {"booked": booking.pupil_count}
            )
        before = VisitOutcome.objects.filter(booking=booking).first()
        if before and (before.attendance, before.pupils_came) == (attendance, came):
            return before
        outcome, _created = VisitOutcome.objects.update_or_create(
            booking=booking,
            defaults={
                "attendance": attendance,
                "pupils_came": came,
                "told_by": by,
                "told_at": timezone.now(),
            },
        )
        booking.steps.create(
            from_state=booking.state,
            to_state=booking.state,
            kind=StepKind.ATTENDANCE,
            details={"came": came, "booked": booking.pupil_count},
            side=Side.HOST,
            by=by,
            by_link=by_link,
        )
    return outcome


def give_feedback(booking: VisitBooking, *, side: Side, by: User | None = None, **ratings: int) -> VisitFeedback:
    """One side's three numbers; given again, they take the place of the first ones."""
    with transaction.atomic():
        booking = _locked(booking)
        feedback, _created = VisitFeedback.objects.update_or_create(
            booking=booking, side=side, defaults={**ratings, "given_by": by, "given_at": timezone.now()}
        )
    return feedback


def ask_in_spring(booking: VisitBooking, *, by: User) -> date:
    """A mail to the person who asks, when the next school year is planned. Asked twice, it comes once."""
    if not is_over(booking):
        raise ActionRefused(_("The visit is still to come."))
    today = timezone.localdate()
    spring = date(today.year, *SPRING)
    if spring <= today:
        spring = date(today.year + 1, *SPRING)
    with transaction.atomic():
        after_emails.book_again(booking, to=by, due_at=timezone.make_aware(datetime.combine(spring, LOCAL_HOUR)))
    return spring


def ask_how_it_was() -> None:
    """Write the mails of the morning after. May run any number of times: each is written once."""
    now = timezone.now()
    ended = (
        VisitBooking.objects.with_booker()
        .filter(state=BookingState.CONFIRMED, slot__ends_at__gt=now - LOOK_BACK, slot__ends_at__lte=now)
        .select_related("slot__offer__company", "slot__offer__contact", "school")
    )
    for booking in ended.iterator(chunk_size=500):
        next_day = timezone.localtime(booking.slot.ends_at).date() + timedelta(days=1)
        due_at = timezone.make_aware(datetime.combine(next_day, LOCAL_HOUR))
        with transaction.atomic():
            after_emails.visit_over(booking, due_at=due_at, expires_at=due_at + USEFUL_FOR)


def _locked(booking: VisitBooking) -> Any:
    locked = VisitBooking.objects.select_for_update(no_key=True, of=("self",)).select_related("slot").get(pk=booking.pk)
    if not can_be_told(locked):
        raise ActionRefused(
            _("The visit was long ago.") if is_over(locked) else _("The visit has not taken place yet.")
        )
    return locked
