"""Schools that have not been out this year go first, for some days after a time is published.

While it lasts, a school that has been out stands in line and is let in when the days are over; the others book as
always. The days are the host's, else the region's. See docs/decisions/0019-visits-are-shared-fairly.md.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.dates import day, midnight
from schools.models import School
from visits.fair_share import Rule, limits_in_words, rules_of
from visits.models import VisitBooking, VisitOffer, VisitSlot


def deciding(rules: Iterable[Rule]) -> Rule | None:
    """The rule that says how many days: the host's where it has one, else the region's that says most."""
    found = [rule for rule in rules if rule.first_turn_days is not None]
    own = [rule for rule in found if rule.region is None]
    rule = max(own or found, key=lambda rule: rule.first_turn_days or 0, default=None)
    return rule if rule and rule.first_turn_days else None


def over_at(rules: Iterable[Rule], slot: VisitSlot, offer: VisitOffer) -> datetime | None:
    """When the time is open to all schools; None when it is so already.

    Never later than half of the time there is for booking, and always at midnight: a day is easy to say and to keep.
    """
    rule = deciding(rules)
    if rule is None:
        return None
    opened = max(slot.opens_at, offer.published_at or slot.opens_at)
    days = timedelta(days=rule.first_turn_days or 0)
    ends = midnight(timezone.localdate(opened + min(days, (slot.closes_at - opened) / 2)))
    return ends if ends > timezone.now() else None


def held_until(rules: Iterable[Rule], slot: VisitSlot, school: int) -> datetime | None:
    """Until when a school must leave the time to others, asked in those days only; None when it may book now."""
    ends = over_at(rules, slot, slot.offer)
    if ends is None or not VisitBooking.objects.out_this_year().filter(school=school).exists():
        return None
    return ends


def all_have_been_out(user: Any) -> bool:
    """Whether somebody works at schools that have all been out: then nothing can be booked in those days."""
    out = VisitBooking.objects.out_this_year().filter(school=OuterRef("pk"))
    schools = School.objects.active().with_member(user).values_list(Exists(out), flat=True)
    return bool(schools) and all(schools)


def on_page(slot: VisitSlot, user: Any) -> dict[str, Any]:
    """What the pages to book a time and to stand in line say of it."""
    rules = rules_of(slot.offer, slot.region_rules)
    mark([slot], slot.offer, rules, user)
    return {"fair_share": in_words(rules)}


def mark(slots: Iterable[VisitSlot], offer: VisitOffer, rules: list[Rule], user: Any) -> bool:
    """Note on times when they are open to all; whether the reader's schools must wait for one of them."""
    closed = []
    for slot in slots:
        slot.open_to_all_at = over_at(rules, slot, offer)
        closed += [slot] if slot.open_to_all_at else []
    must_wait = bool(closed) and user.is_authenticated and all_have_been_out(user)
    for slot in closed if must_wait else []:
        slot.held_until = slot.open_to_all_at
    return must_wait


def not_yet(school: School, ends: datetime) -> str:
    """The refusal: why, from when, and what one can do now."""
    return _(
        "%(school)s has been out this school year. Before %(day)s, only schools that have not been out can book this "
        "time. Stand in line now: then you are let in on that day, before those who come later."
    ) % {"school": school.name, "day": day(ends)}


def in_words(rules: list[Rule]) -> list[str]:
    """All that the rules of an offer say, one sentence each."""
    rule = deciding(rules)
    return limits_in_words(rules) + ([_days_in_words(rule, rule.first_turn_days or 0)] if rule else [])


def _days_in_words(rule: Rule, count: int) -> str:
    if rule.region is None:
        return ngettext(
            "The first day after a time is published, only schools that have not been out this school year can book "
            "it.",
            "The first %(count)d days after a time is published, only schools that have not been out this school year "
            "can book it.",
            count,
        ) % {"count": count}
    return ngettext(
        "%(region)s: the first day after a time is published, only schools that have not been out this school year can "
        "book it.",
        "%(region)s: the first %(count)d days after a time is published, only schools that have not been out this "
        "school year can book it.",
        count,
    ) % {"region": rule.name, "count": count}
