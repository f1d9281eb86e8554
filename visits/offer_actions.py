"""What a host does with its offers, times and pictures. Lock order: company, offer, then slot."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, NamedTuple

from django.core.files.base import File
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from companies.models import Company
from core.dates import moment
from core.errors import ActionRefused
from visits import misfits, offer_changes, places, proposed_times, vetting, waiting_actions
from visits.enums import OfferState, Side
from visits.file_actions import forget_files
from visits.models import CheckedFile, OfferChange, VisitOffer, VisitPicture, VisitRule, VisitSlot
from visits.search import refresh_offer, refresh_rows
from visits.slot_times import SlotTimes

OFFER_FIELDS = [
    "kind",
    "workplace",
    "contact",
    "title",
    "summary",
    "programme_of_day",
    "lowest_grade",
    "highest_grade",
    "hands_on_from",
    "younger_may_watch",
    "languages",
    "subjects",
    "group_min",
    "group_max",
    "duration_minutes",
    "buffer_minutes",
    "meeting_place",
    "screen_link",
    "travel_km",
    "answer_mode",
    "answer_days",
    "cancel_days",
    "cost_kind",
    "cost_amount",
    "cost_note",
    "late_note",
    "hold_hours",
    "visits_per_school",
    "visits_per_class",
    "first_turn_days",
]
MAX_PICTURES = 8

Rules = list[tuple[str, str]]  # kind and text


class Saved(NamedTuple):
    """The offer's state after the change, and how many groups were told: booked ones, and who must leave a line."""

    state: str
    told: int


class ChangedMeanwhile(ActionRefused):
    """Somebody else saved first: the person must see both versions before theirs is kept."""


class SpokenAgainst(ActionRefused):
    """Something speaks against what the host does: `reasons` in words. It may all the same, having seen `mark`."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(_("Look at this before you go on. You may save all the same."))
        self.reasons = reasons
        self.mark = hashlib.sha256("\n".join(reasons).encode()).hexdigest()[:20]


# Offers


@transaction.atomic
def create_offer(*, company: Company, public_id: str, values: dict[str, Any], rules: Rules) -> VisitOffer:
    """A draft. The form brings its `public_id`: the same form sent twice makes one offer."""
    Company.objects.select_for_update(no_key=True).get(pk=company.pk)
    if existing := VisitOffer.objects.filter(public_id=public_id).first():
        if existing.company_id != company.pk:
            raise ActionRefused(_("This form has been used already. Open a new one."))
        return existing
    offer = VisitOffer(company=company, public_id=public_id)
    _write(offer, values, rules)
    refresh_offer(offer.pk)
    return offer


@transaction.atomic
def change_offer(
    offer: VisitOffer,
    *,
    version: str,
    values: dict[str, Any],
    rules: Rules,
    by: User | None = None,
    confirmed: bool = False,
) -> Saved:
    """Write what the host changed, and tell the classes that have booked and those that must leave a line.

    Refused when somebody else saved since `version`, and `MustBeConfirmed` until the host knows who will be told what.
    """
    offer = locked_offer(offer)
    if version != version_of(offer):
        raise ChangedMeanwhile(
            _("Somebody else saved this offer while you were writing. Compare in a new tab, then save again.")
        )
    approved = vetting.facts_of(offer)
    known = offer_changes.facts_of(offer, offer.rules.values_list("kind", "text"))
    is_other_kind = values["kind"] != offer.kind
    decides = [getattr(offer, name) for name in misfits.DECIDING]
    _write(offer, values, rules)
    change, booked, leaving = OfferChange(offer=offer, made_by=by), [], []
    if decides != [getattr(offer, name) for name in misfits.DECIDING]:
        leaving = misfits.in_lines_for(offer)
    change.facts = offer_changes.differences(known, offer_changes.facts_of(offer, rules))
    if change.facts or is_other_kind:
        booked = offer_changes.concerned(offer)
    if booked and is_other_kind:
        raise ActionRefused(_("Classes have booked this visit as it is. Make a new offer for another kind."))
    if (booked or leaving) and not confirmed:
        raise offer_changes.MustBeConfirmed(change, booked, leaving)
    if booked:
        offer_changes.tell(change, booked, rules=rules)
    misfits.take_out(leaving)
    refresh_offer(offer.pk)  # last, as everywhere: who cancels a time holds it and waits for what the search knows
    vetting.offer_changed(offer, before=approved)
    return Saved(offer.state, len(booked) + len(leaving))


def version_of(offer: VisitOffer) -> str:
    """A print of everything the form edits."""
    facts = {name: getattr(offer, f"{name}_id" if name in {"workplace", "contact"} else name) for name in OFFER_FIELDS}
    rows = [
        sorted(offer.occupations.values_list("pk", flat=True)),
        sorted(offer.left_out_questions.values_list("pk", flat=True)),
        list(offer.rules.values_list("kind", "text")),
    ]
    return hashlib.sha256(json.dumps([facts, rows]).encode()).hexdigest()[:20]


@transaction.atomic
def publish_offer(offer: VisitOffer) -> VisitOffer:
    """Show the offer to everyone, for the first time or after a pause, or put it before the region. Times may wait."""
    offer = locked_offer(offer)
    if offer.state == OfferState.WAITING:
        raise ActionRefused(_("The offer already waits for the region."))
    if not offer.can_move_to(OfferState.PUBLISHED):
        raise ActionRefused(_("The offer is already published."))
    if offer.company.joined_at is None or offer.company.ceased_at is not None:
        raise ActionRefused(_("The host is not open to schools. Ask your regional coordinator."))
    if vetting.must_be_vetted(offer):
        offer.state = OfferState.WAITING
        vetting.ask(offer)
    else:
        offer.state = OfferState.PUBLISHED
        offer.published_at = offer.published_at or timezone.now()
    offer.save(update_fields=["state", "published_at"])
    refresh_rows([offer.pk])
    if offer.is_published:
        vetting.lines_move_on(offer)
    return offer


@transaction.atomic
def pause_offer(offer: VisitOffer) -> None:
    """Take the offer out of the search, or back from the region. Classes that have booked keep their places."""
    offer = locked_offer(offer)
    if offer.state == OfferState.WAITING:
        vetting.take_back(offer)
        offer.save(update_fields=["state"])
        return
    if not offer.can_move_to(OfferState.PAUSED):
        raise ActionRefused(_("Only a published offer can be paused."))
    offer.state = OfferState.PAUSED
    offer.save(update_fields=["state"])
    refresh_rows([offer.pk])


@transaction.atomic
def delete_draft(offer: VisitOffer) -> None:
    """Throw away an offer nobody outside has ever seen."""
    offer = locked_offer(offer)
    if offer.state != OfferState.DRAFT:
        raise ActionRefused(_("Only a draft can be deleted. Pause the offer instead."))
    for picture in offer.pictures.all():
        _delete_files_on_commit(picture)
    files = list(CheckedFile.objects.filter(material__offer=offer))
    offer.slots.all().delete()
    offer.delete()
    forget_files(files)


def locked_offer(offer: VisitOffer) -> VisitOffer:
    return VisitOffer.objects.select_for_update(of=("self",), no_key=True).select_related("company").get(pk=offer.pk)


def _write(offer: VisitOffer, values: dict[str, Any], rules: Rules) -> None:
    for name in OFFER_FIELDS:
        setattr(offer, name, values[name])
    offer.save()
    offer.occupations.set(values["occupations"])
    if "left_out_questions" in values:
        offer.left_out_questions.set(values["left_out_questions"])
    if list(offer.rules.values_list("kind", "text")) != rules:
        offer.rules.all().delete()
        VisitRule.objects.bulk_create(VisitRule(offer=offer, kind=kind, text=text) for kind, text in rules)


# Times


@transaction.atomic
def add_slots(offer: VisitOffer, times: Sequence[SlotTimes], *, seen: str = "") -> list[VisitSlot]:
    """Add times to an offer, all or none. The same form sent again adds none twice.

    `SpokenAgainst` when days are blocked or other visits too near, unless the host has `seen` just that.
    """
    offer = lock_for_times(offer)
    _refuse_unless_seen(offer, times, seen)
    slots = []
    for one in times:
        check_times(one)
        check_not_there(offer, one.starts_at)
        slots.append(offer.slots.create(**asdict(one)))
    refresh_rows([offer.pk])
    return slots


@transaction.atomic
def change_slot(slot: VisitSlot, times: SlotTimes, *, seen: str = "") -> int:
    """Change a time. Once a class has booked, only the places and the end of booking may change.

    How many groups must leave the line because they no longer fit; each is told. `SpokenAgainst` because of them, and
    as for a new time when it moves.
    """
    offer = lock_for_times(slot.offer)
    slot = locked_slot(slot)
    if times.pupils_capacity < slot.pupils_taken or times.groups_capacity < slot.groups_taken:
        raise ActionRefused(_already_taken(slot))
    moves = (times.starts_at, times.ends_at) != (slot.starts_at, slot.ends_at)
    if moves:
        if slot.groups_taken:
            raise ActionRefused(_("A class has just booked this time. Go back to it and choose “Move the time”."))
        if times.starts_at != slot.starts_at:
            check_not_there(offer, times.starts_at)
    check_times(times)
    slot.offer = offer
    for name, value in asdict(times).items():
        setattr(slot, name, value)
    leaving = misfits.in_line_for(slot)
    _refuse_unless_seen(offer, [times] if moves else [], seen, besides=slot, leaving=leaving)
    slot.save(update_fields=list(asdict(times)))
    misfits.take_out(leaving)
    if moves:
        waiting_actions.tell_line_of_move(slot)
    places.flow_on(slot.pk)
    refresh_rows([slot.offer_id])
    return len(leaving)


@transaction.atomic
def close_slot(slot: VisitSlot) -> None:
    """Take no more bookings. Those already made stand."""
    slot = locked_slot(slot)
    now = timezone.now()
    if slot.closes_at <= now:
        raise ActionRefused(_("This time is already closed for booking."))
    if slot.opens_at >= now:
        raise ActionRefused(_("Booking has not opened yet. Withdraw the time, or let booking open later."))
    slot.closes_at = now
    slot.save(update_fields=["closes_at"])
    refresh_rows([slot.offer_id])


@transaction.atomic
def withdraw_slot(slot: VisitSlot) -> None:
    """Take back a time that nobody has booked; who stands in line is told, places held for an answer included."""
    slot = locked_slot(slot)
    waiting_actions.close_line(slot, side=Side.HOST)
    slot.refresh_from_db()
    if slot.groups_taken:
        raise ActionRefused(
            _("A class has booked this time. Close it for more bookings, or cancel the class's booking first.")
        )
    slot.cancelled_at = timezone.now()
    slot.save(update_fields=["cancelled_at"])
    refresh_rows([slot.offer_id])


def locked_slot(slot: VisitSlot) -> VisitSlot:
    """The slot as it is now, under a lock that makes bookings wait. Refused when it is withdrawn or over."""
    slot = VisitSlot.objects.select_for_update(of=("self",), no_key=True).get(pk=slot.pk)
    if slot.cancelled_at is not None:
        raise ActionRefused(_("This time has been withdrawn. Add a new one."))
    if slot.starts_at <= timezone.now():
        raise ActionRefused(_("This time has begun or is over. Add a new one."))
    return slot


def check_times(times: SlotTimes) -> None:
    """Refuse times that have passed or stand in the wrong order."""
    if times.starts_at <= timezone.now():
        # With the year: a wrong one is the usual mistake.
        passed = date_format(timezone.localtime(times.starts_at), "DATETIME_FORMAT")
        raise ActionRefused(_("%(time)s has passed. Choose a later time.") % {"time": passed})
    if times.ends_at <= times.starts_at:
        raise ActionRefused(_("The visit must end after it starts."))
    if not times.opens_at < times.closes_at <= times.starts_at:
        raise ActionRefused(_("Booking must open before it closes, and close before the visit starts."))
    if times.cancel_by > times.starts_at:
        raise ActionRefused(_("The last time to cancel must come before the visit starts."))


def lock_for_times(offer: VisitOffer) -> VisitOffer:
    """The offer as it is now. Its company is locked first, so that two people adding times see each other's."""
    Company.objects.select_for_update(no_key=True).get(pk=offer.company_id)
    return locked_offer(offer)


def _refuse_unless_seen(
    offer: VisitOffer,
    times: Sequence[SlotTimes],
    seen: str,
    *,
    besides: VisitSlot | None = None,
    leaving: Sequence[misfits.Leaving] = (),
) -> None:
    if reasons := proposed_times.clashes(offer, times, besides=besides) + misfits.in_words(leaving):
        against = SpokenAgainst(reasons)
        if against.mark != seen:
            raise against


def check_not_there(offer: VisitOffer, starts_at: datetime) -> None:
    """Refuse a second time with the same start. The offer is locked."""
    if offer.slots.filter(starts_at=starts_at, cancelled_at=None).exists():
        raise ActionRefused(_("The offer already has a time on %(time)s.") % {"time": moment(starts_at)})


def _already_taken(slot: VisitSlot) -> str:
    pupils = ngettext("%(count)d pupil is booked", "%(count)d pupils are booked", slot.pupils_taken) % {
        "count": slot.pupils_taken
    }
    groups = ngettext("in %(count)d group", "in %(count)d groups", slot.groups_taken) % {"count": slot.groups_taken}
    return _("%(pupils)s %(groups)s. Keep at least as many places.") % {"pupils": pupils, "groups": groups}


# Pictures


@transaction.atomic
def add_picture(offer: VisitOffer, *, file: File, alt_text: str) -> VisitPicture:
    """Keep the upload in private until a worker has re-drawn it."""
    offer = locked_offer(offer)
    if offer.pictures.count() >= MAX_PICTURES:
        raise ActionRefused(_("An offer shows at most %(count)d pictures. Remove one first.") % {"count": MAX_PICTURES})
    last = offer.pictures.aggregate(last=Max("position"))["last"]
    picture = VisitPicture(offer=offer, alt_text=alt_text, position=0 if last is None else last + 1)
    picture.original.save(picture.public_id, file, save=False)
    picture.save()
    return picture


@transaction.atomic
def describe_picture(picture: VisitPicture, *, alt_text: str) -> None:
    """Say anew what a picture shows. Refused when somebody has removed it meanwhile."""
    if not VisitPicture.objects.filter(pk=picture.pk).update(alt_text=alt_text):
        raise ActionRefused(_("The picture has been removed already."))


@transaction.atomic
def move_picture(picture: VisitPicture, *, step: int) -> None:
    """One place towards the front (-1) or the back (+1). The first picture is the offer's face."""
    offer = locked_offer(picture.offer)
    order = list(offer.pictures.all())
    if picture not in order:
        raise ActionRefused(_("The picture has been removed already."))
    here = order.index(picture)
    there = min(max(here + step, 0), len(order) - 1)
    order.insert(there, order.pop(here))
    for position, each in enumerate(order):
        each.position = position
    VisitPicture.objects.bulk_update(order, ["position"])


@transaction.atomic
def remove_picture(picture: VisitPicture) -> None:
    # Under the row's lock a worker that is drawing finds it gone, and deletes what it drew.
    if current := VisitPicture.objects.select_for_update(of=("self",)).filter(pk=picture.pk).first():
        _delete_files_on_commit(current)
        current.delete()


def _delete_files_on_commit(picture: VisitPicture) -> None:
    """Files go after the commit: a rollback must not leave a row without its picture."""
    for file in (picture.original, picture.small, picture.large):
        if file:
            transaction.on_commit(lambda name=file.name, storage=file.storage: storage.delete(name))  # type: ignore[misc]
