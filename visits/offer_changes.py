"""Editing an offer that classes have booked: who must be told what, and until when each may step back."""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F
from django.utils import timezone

from accounts.models import User
from core.errors import ActionRefused
from visits import offer_change_emails
from visits.enums import Side, StepKind
from visits.misfits import Leaving
from visits.models import BookingStep, OfferChange, VisitBooking, VisitOffer, VisitSlot
from visits.models.changes import Differences

# How long a class may step back after a change, whatever the date says until which cancelling is free.
FREE_TO_LEAVE_DAYS = 7

Rules = Iterable[tuple[str, str]]


class MustBeConfirmed(ActionRefused):
    """Nothing is written yet: classes have booked or must leave a line, and the host must see which, and what of."""

    def __init__(self, change: OfferChange, bookings: list[VisitBooking], leaving: list[Leaving]) -> None:
        super().__init__("")
        self.change, self.bookings, self.leaving = change, bookings, leaving


def facts_of(offer: VisitOffer, rules: Rules) -> dict[str, Any]:
    """What a class relies on, as plain values that a row can keep."""
    return {
        "title": offer.title,
        "programme": offer.steps,
        "place": offer.place_in_words if offer.is_at_workplace else "",
        "meeting_place": offer.meeting_place,
        "screen": offer.screen_link and hashlib.sha256(offer.screen_link.encode()).hexdigest()[:12],
        "audience": [int(offer.lowest_grade), int(offer.highest_grade)],
        "hands_on": [int(offer.hands_on_from), offer.younger_may_watch] if offer.hands_on_from else [],
        "group": [offer.group_min, offer.group_max],
        "languages": sorted(offer.languages),
        "cost": [str(offer.cost_kind), offer.cost_amount, offer.cost_note],
        "rules": [text for _kind, text in rules],
    }


def differences(before: dict[str, Any], after: dict[str, Any]) -> Differences:
    return {name: [value, after[name]] for name, value in before.items() if value != after[name]}


def concerned(offer: VisitOffer) -> list[VisitBooking]:
    """The bookings of a locked offer's coming times, under the locks of these times: nobody slips in unseen.

    From here on no booking made from the page as it was gets places (`VisitSlot.terms`, places.py).
    """
    slots = VisitSlot.objects.select_for_update(no_key=True).filter(offer=offer, starts_at__gt=timezone.now())
    ids = [slot.pk for slot in slots.order_by("pk")]
    VisitSlot.objects.filter(pk__in=ids).update(terms=F("terms") + 1)
    return list(
        VisitBooking.objects.live()
        .with_booker()
        .filter(slot__in=ids)
        .select_related("slot", "school")
        .select_for_update(no_key=True, of=("self",))
        .order_by("slot__starts_at", "pk")
    )


def free_until(booking: VisitBooking, now: datetime) -> datetime:
    """Until when the class may step back without being late; a right once given is never made shorter."""
    until = now + timedelta(days=FREE_TO_LEAVE_DAYS)
    return min(booking.slot.starts_at, max(until, booking.free_to_leave_until or until))


def tell(change: OfferChange, bookings: Iterable[VisitBooking], *, rules: Rules) -> None:
    """Write the change, a step in each booking's history and a mail to each group. The bookings are locked."""
    change.save()
    accepted = [{"kind": kind, "text": text} for kind, text in rules]
    for booking in bookings:
        booking.free_to_leave_until = free_until(booking, change.made_at)
        booking.accepted_rules = accepted if "rules" in change.facts else booking.accepted_rules
        booking.save(update_fields=["free_to_leave_until", "accepted_rules"])
        _step(booking, change.made_by)
        offer_change_emails.offer_changed(booking, change)


def _step(booking: VisitBooking, by: User | None) -> BookingStep:
    return booking.steps.create(
        kind=StepKind.CHANGED, from_state=booking.state, to_state=booking.state, side=Side.HOST, by=by
    )
