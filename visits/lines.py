"""The sweep over the lines: what no one has done by clicking. Each slot or group in a transaction of its own."""

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from core.errors import ActionRefused
from visits import fair_share, first_turn, places, waiting_actions
from visits.enums import Side
from visits.models import VisitSlot, WaitingGroup


def move_lines() -> None:
    """Lapse, close, and offer what is free. May run any number of times, also twice at once."""
    _lapse_offers()
    _close_lines()
    _take_out_who_has_booked()
    _let_in_earlier()
    _offer_what_is_free()


def _lapse_offers() -> None:
    over = WaitingGroup.objects.offered().filter(offer_ends_at__lte=timezone.now()).order_by("offer_ends_at", "pk")
    for group in over.iterator(chunk_size=500):
        try:
            waiting_actions.lapse_offer(group)
        except ActionRefused:
            continue  # changed while we looked; the next round sees it anew


def _close_lines() -> None:
    for slot in VisitSlot.objects.with_line().filter(starts_at__lte=timezone.now()):
        waiting_actions.close_line(slot, side=Side.SYSTEM)


def _take_out_who_has_booked() -> None:
    for group in WaitingGroup.objects.booked_meanwhile().order_by("pk").iterator(chunk_size=500):
        waiting_actions.leave_line(group, side=Side.SYSTEM)


def _let_in_earlier() -> None:
    """Who was held back until a day comes in before it when the host or the region has made the days fewer.

    Never later: a day that a school was told holds.
    """
    held = WaitingGroup.objects.held_back()
    slots = VisitSlot.objects.filter(Exists(held.filter(slot=OuterRef("pk"))))
    for slot in slots.with_region_rules().select_related("offer"):
        rules = fair_share.rules_of(slot.offer, slot.region_rules)
        ends = first_turn.over_at(rules, slot, slot.offer) or timezone.now()
        held.filter(slot=slot, not_before__gt=ends).update(not_before=ends)


def _offer_what_is_free() -> None:
    """The second net: who frees places offers them on at once, but a date comes without anybody's click."""
    waiting = WaitingGroup.objects.in_turn().filter(slot__in=VisitSlot.objects.bookable().with_places())
    for slot_id in waiting.order_by("slot").values_list("slot", flat=True).distinct():
        with transaction.atomic():
            places.flow_on(slot_id)
