"""What the two sides have written to each other about the coming visits to the demo's main companies."""

from datetime import timedelta

from coordination.demo import texts
from coordination.demo.people import PARTNERS
from coordination.demo.world import MARK, World
from visits.enums import LIVE_STATES, Side
from visits.models import BookingMessage, VisitBooking

_ASKED_BEFORE = timedelta(hours=26)
_ANSWERED_BEFORE = timedelta(hours=3)


def make_messages(world: World) -> None:
    """Every booking in turn: a question that waits for the host, a question with an answer, nothing."""
    coming = VisitBooking.objects.filter(
        public_id__startswith=MARK,
        state__in=LIVE_STATES,
        slot__starts_at__gt=world.now,
        slot__offer__company__name__in=PARTNERS,
    ).select_related("school", "requested_by", "slot__offer__contact")
    rows: list[BookingMessage] = []
    for number, booking in enumerate(coming.order_by("slot__starts_at", "public_id")):
        question, answer = world.pick(texts.names(booking.school.country)["messages"])
        if number % 3 == 2:
            continue
        is_answered = number % 3 == 1
        asked_at, answered_at = world.now - _ASKED_BEFORE, world.now - _ANSWERED_BEFORE
        rows.append(
            BookingMessage(
                public_id=world.public_id(),
                booking=booking,
                side=Side.SCHOOL,
                by=booking.requested_by,
                text=question,
                request_key=world.key(),
                sent_at=asked_at,
                read_at=answered_at if is_answered else None,
            )
        )
        if is_answered:
            rows.append(
                BookingMessage(
                    public_id=world.public_id(),
                    booking=booking,
                    side=Side.HOST,
                    contact=booking.slot.offer.contact,
                    text=answer,
                    request_key=world.key(),
                    sent_at=answered_at,
                )
            )
    world.store(rows)
