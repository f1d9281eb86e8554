"""Fair share: how often one school or one class may book, and which schools go first, as host or region decide.

A limit counts live bookings by the school year of the visit: at the offer for the host, at all hosts of the region for
the region. Who goes first: visits/first_turn.py. See docs/decisions/0019-visits-are-shared-fairly.md.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.dates import day, midnight
from core.errors import ActionRefused
from regions.school_year import first_day, school_year_of
from schools.models import School, SchoolClass
from visits import booking_queries
from visits.models import VisitBooking, VisitOffer, VisitSlot, WaitingGroup

MOST_NAMED = 5


class Rule(NamedTuple):
    """What a host, or a region, has decided. Without a region it is the host's."""

    per_school: int | None
    per_class: int | None
    first_turn_days: int | None = None
    region: int | None = None
    name: str = ""

    @property
    def says_something(self) -> bool:
        return self.is_limit or self.first_turn_days is not None

    @property
    def is_limit(self) -> bool:
        return bool(self.per_school or self.per_class)


def rules_of(offer: VisitOffer, regions: Iterable[dict[str, Any]]) -> list[Rule]:
    """All that hold for an offer, the host's first; `regions` as regions/sharing.py gives them."""
    host = Rule(offer.visits_per_school, offer.visits_per_class, offer.first_turn_days)
    rules = [host, *(Rule(**row) for row in regions)]
    if not offer.takes_pupils_out:
        rules = [rule._replace(first_turn_days=None) for rule in rules]
    return [rule for rule in rules if rule.says_something]


def limits_in_words(rules: Iterable[Rule]) -> list[str]:
    """One sentence for each limit."""
    sentences = []
    for rule in rules:
        if rule.per_school:
            sentences.append(_school_limit(rule, rule.per_school))
        if rule.per_class:
            sentences.append(_class_limit(rule, rule.per_class))
    return sentences


def lock(slot: VisitSlot, *, school_class: int, school: int) -> list[Rule]:
    """Lock the class, and the school where its visits are counted; the rules that hold at the slot."""
    locked = booking_queries.locked_class(school_class, slot.offer.workplace_id)
    rules = [rule for found in locked for rule in rules_of(slot.offer, found.region_rules)]  # type: ignore[attr-defined]
    if any(rule.per_school for rule in rules):
        _lock_school(school)
    return rules


def _lock_school(school: int) -> None:
    """Two classes of one school wait for each other here, or both would count the same last visit as free."""
    School.objects.select_for_update(no_key=True).only("pk").get(pk=school)


def check(rules: Iterable[Rule], slot: VisitSlot, school_class: SchoolClass) -> None:
    """Refuse a class whose share is used, with the rule, whose it is and what one can do. Asked after `lock`."""
    for rule in rules:
        if not rule.is_limit:
            continue
        visits = list(_counted(rule, slot, [school_class.school_id]).values_list("school_class", "slot__starts_at"))
        of_class = [when for pk, when in visits if pk == school_class.pk]
        if rule.per_class and len(of_class) >= rule.per_class:
            limit = _class_limit(rule, rule.per_class)
            raise ActionRefused(_refusal(limit, school_class.name, of_class, _advice_for_class(rule)))
        if rule.per_school and len(visits) >= rule.per_school:
            limit, times = _school_limit(rule, rule.per_school), [when for _class, when in visits]
            raise ActionRefused(_refusal(limit, school_class.school.name, times, _advice_for_school(rule)))


def refusal(rules: Iterable[Rule], slot: VisitSlot, school_class: SchoolClass) -> str:
    """What `check` would say, without locks: good enough to pass by a group in line, whose yes is checked again."""
    try:
        check(rules, slot, school_class)
    except ActionRefused as refused:
        return str(refused)
    return ""


def rules_at(slot: VisitSlot) -> list[Rule]:
    """The rules that hold at a slot that was read without them."""
    return rules_of(slot.offer, VisitSlot.objects.with_region_rules().only("pk").get(pk=slot.pk).region_rules)


def mark_passed_by(slot: VisitSlot, groups: Collection[WaitingGroup]) -> None:
    """Note on each group in line, as `share_used`, the limit because of which it is passed by for now.

    However many they are: a query for the rules, and one more for each limit.
    """
    for rule in rules_at(slot) if groups else []:
        if not rule.is_limit:
            continue
        visits = _counted(rule, slot, {group.school_id for group in groups}).values_list("school", "school_class")
        of_schools = Counter(school for school, _class in visits)
        of_classes = Counter(school_class for _school, school_class in visits)
        for group in groups:
            if rule.per_class and of_classes[group.school_class_id] >= rule.per_class:
                group.share_used = _class_limit(rule, rule.per_class)
            elif rule.per_school and of_schools[group.school_id] >= rule.per_school:
                group.share_used = _school_limit(rule, rule.per_school)


def _counted(rule: Rule, slot: VisitSlot, schools: Collection[int]) -> QuerySet[VisitBooking]:
    """The schools' visits that the rule counts, the first ones first."""
    year = school_year_of(slot.day)
    bookings = VisitBooking.objects.live().filter(
        school__in=schools,
        slot__starts_at__gte=midnight(first_day(year)),
        slot__starts_at__lt=midnight(first_day(year + 1)),
    )
    if rule.region is None:
        bookings = bookings.filter(slot__offer=slot.offer_id)
    else:
        bookings = bookings.filter(slot__offer__workplace__municipality__regions=rule.region)
    return bookings.order_by("slot__starts_at", "pk")


def _school_limit(rule: Rule, count: int) -> str:
    if rule.region is None:
        return ngettext(
            "Each school can book this visit once in a school year.",
            "Each school can book this visit %(count)d times in a school year.",
            count,
        ) % {"count": count}
    return ngettext(
        "%(region)s: each school can book one visit in the region in a school year.",
        "%(region)s: each school can book %(count)d visits in the region in a school year.",
        count,
    ) % {"region": rule.name, "count": count}


def _class_limit(rule: Rule, count: int) -> str:
    if rule.region is None:
        return ngettext(
            "Each class can book this visit once in a school year.",
            "Each class can book this visit %(count)d times in a school year.",
            count,
        ) % {"count": count}
    return ngettext(
        "%(region)s: each class can book one visit in the region in a school year.",
        "%(region)s: each class can book %(count)d visits in the region in a school year.",
        count,
    ) % {"region": rule.name, "count": count}


def _refusal(limit: str, who: str, times: list[datetime], advice: str) -> str:
    named = ", ".join(day(when) for when in times[:MOST_NAMED])
    used = _("%(who)s has booked already: %(days)s.") % {"who": who, "days": named}
    return f"{limit} {used} {advice}"


def _advice_for_class(rule: Rule) -> str:
    if rule.region is None:
        return _("Choose another class or another visit.")
    return _("Choose another class, or ask the region.")


def _advice_for_school(rule: Rule) -> str:
    if rule.region is None:
        return _("Choose another visit, or cancel one that you do not need.")
    return _("Cancel a visit that you do not need, or ask the region.")
