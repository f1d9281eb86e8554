from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.dates import full_day
from core.forms import day_input, within_reach
from visits.enums import MinimumOf
from visits.models import VisitOffer, VisitSlot
from visits.slot_times import NoSuchTime, SlotTimes, calendar_days_between, days_before, local_time


class _PlacesForm(forms.Form):
    """The part of a time that may still change when classes have booked it."""

    pupils_capacity = forms.IntegerField(label=gettext_lazy("Places for pupils"), min_value=1, max_value=500)
    groups_capacity = forms.IntegerField(
        label=gettext_lazy("Places for groups"),
        min_value=1,
        max_value=50,
        help_text=gettext_lazy("How many classes may share the time?"),
    )
    closes_days = forms.IntegerField(
        label=gettext_lazy("Booking closes, days before"),
        min_value=0,
        max_value=180,
        help_text=gettext_lazy("0 means: until the visit starts."),
    )

    def __init__(self, data: Any = None, *, offer: VisitOffer, slot: VisitSlot | None = None) -> None:
        self.offer, self.slot = offer, slot
        super().__init__(data, initial=_facts_of(slot) if slot else _suggestions(offer))

    def clean_pupils_capacity(self) -> int:
        places: int = self.cleaned_data["pupils_capacity"]
        if places < self.offer.group_min:
            raise forms.ValidationError(
                _("The smallest group you take is %(pupils)d. Give at least as many places.")
                % {"pupils": self.offer.group_min}
            )
        return places

    def closing_time(self, starts_at: datetime) -> datetime:
        """As asked for, or as it was when neither the day nor the number of days has changed."""
        if self.slot and self.slot.starts_at == starts_at and "closes_days" not in self.changed_data:
            return self.slot.closes_at
        closes_at = days_before(starts_at, self.cleaned_data["closes_days"])
        if closes_at <= timezone.now():
            self.add_error(
                "closes_days",
                _("Booking for %(day)s would already be closed. Choose fewer days.") % {"day": full_day(starts_at)},
            )
        return closes_at


class BookedSlotForm(_PlacesForm):
    """A time that classes have booked: it stays where it is."""

    def clean(self) -> dict[str, Any]:
        super().clean()
        self.times: list[SlotTimes] = []
        if self.slot and not self.errors:
            stays = self.slot
            self.times = [
                SlotTimes(
                    starts_at=stays.starts_at,
                    ends_at=stays.ends_at,
                    opens_at=stays.opens_at,
                    closes_at=self.closing_time(stays.starts_at),
                    cancel_by=stays.cancel_by,
                    pupils_capacity=self.cleaned_data["pupils_capacity"],
                    groups_capacity=self.cleaned_data["groups_capacity"],
                    minimum=stays.minimum,
                    minimum_of=stays.minimum_of,
                    decide_at=stays.decide_at,
                )
            ]
        return self.cleaned_data


class OpensForm(forms.Form):
    """When booking opens."""

    opens_day = forms.DateField(
        label=gettext_lazy("Booking opens"),
        required=False,
        widget=day_input(),
        help_text=gettext_lazy("Leave empty to open at once."),
    )

    def opening_time(self) -> datetime:
        day = self.cleaned_data["opens_day"]
        return timezone.now() if day is None or day <= timezone.localdate() else local_time(day, time())


class WholeTimeForm(_PlacesForm, OpensForm):
    """All that is said of a time but its day and hour."""

    duration_minutes = forms.IntegerField(label=gettext_lazy("Length in minutes"), min_value=15, max_value=600)
    cancel_days = forms.IntegerField(label=gettext_lazy("Free to cancel until, days before"), min_value=0, max_value=60)
    minimum = forms.IntegerField(
        label=gettext_lazy("Runs only with at least"),
        min_value=0,
        max_value=500,
        required=False,
        help_text=gettext_lazy("Leave empty if it runs however few have booked. Schools see it before they book."),
    )
    minimum_of = forms.ChoiceField(label=gettext_lazy("Counted in"), choices=MinimumOf.choices, required=False)
    decide_days = forms.IntegerField(
        label=gettext_lazy("Decided, days before"),
        min_value=1,
        max_value=60,
        required=False,
        help_text=gettext_lazy("With too few that day the time is cancelled, and everyone who has booked is told."),
    )

    def clean_minimum(self) -> int:
        return self.cleaned_data["minimum"] or 0

    def clean_minimum_of(self) -> str:
        return self.cleaned_data["minimum_of"] or MinimumOf.PUPILS

    def clean(self) -> dict[str, Any]:
        super().clean()
        self._check_minimum()
        return self.cleaned_data

    def _check_minimum(self) -> None:
        """A minimum needs its day, and room for as many."""
        values = self.cleaned_data
        if not values.get("minimum"):
            return
        if values.get("decide_days") is None and "decide_days" not in self.errors:
            self.add_error("decide_days", _("Say how many days before it is decided."))
        room = values.get(f"{values.get('minimum_of')}_capacity")
        if room is not None and values["minimum"] > room:
            self.add_error(
                "minimum", _("There are places for %(room)d only. Choose a smaller number.") % {"room": room}
            )

    def opening_time(self) -> datetime:
        if self.slot and "opens_day" not in self.changed_data:
            return self.slot.opens_at
        return super().opening_time()


class SlotForm(WholeTimeForm):
    """One time, with everything that can be said about it. `times` holds the result."""

    field_order = [
        "day",
        "start",
        "duration_minutes",
        "pupils_capacity",
        "groups_capacity",
        "minimum",
        "minimum_of",
        "decide_days",
        "opens_day",
        "closes_days",
        "cancel_days",
    ]

    day = forms.DateField(label=gettext_lazy("Day"), widget=day_input())
    start = forms.TimeField(
        label=gettext_lazy("Starts at"), widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    )

    def clean_day(self) -> date:
        return within_reach(self.cleaned_data["day"])

    def clean(self) -> dict[str, Any]:
        super().clean()
        self.times: list[SlotTimes] = []
        if not self.errors:
            self._add_time(self.cleaned_data["day"], self.cleaned_data["start"])
        return self.cleaned_data

    def _add_time(self, day: date, start: time) -> None:
        try:
            starts_at = local_time(day, start)
        except NoSuchTime:
            self.add_error(
                "start",
                _("%(time)s does not exist on %(day)s: the clocks go forward that night. Choose another time.")
                % {"time": formats.time_format(start), "day": full_day(day)},
            )
            return
        if starts_at <= timezone.now():
            self.add_error("start", _("This time has passed. Choose a later one."))
            return
        values = self.cleaned_data
        closes_at = self.closing_time(starts_at)
        opens_at = self.opening_time()
        if opens_at >= closes_at > timezone.now():
            self.add_error(
                "opens_day",
                _("Booking for %(day)s closes before it opens. Open earlier, or close later.")
                % {"day": full_day(starts_at)},
            )
        self.times.append(
            SlotTimes(
                starts_at=starts_at,
                ends_at=starts_at + timedelta(minutes=values["duration_minutes"]),
                opens_at=opens_at,
                closes_at=closes_at,
                cancel_by=self._cancel_time(starts_at),
                pupils_capacity=values["pupils_capacity"],
                groups_capacity=values["groups_capacity"],
                minimum=values["minimum"],
                minimum_of=values["minimum_of"],
                decide_at=self._deciding_time(starts_at) if values["minimum"] else None,
            )
        )

    def _deciding_time(self, starts_at: datetime) -> datetime:
        if (
            self.slot
            and self.slot.decide_at
            and self.slot.starts_at == starts_at
            and "decide_days" not in self.changed_data
        ):
            return self.slot.decide_at
        decide_at = days_before(starts_at, self.cleaned_data["decide_days"])
        if decide_at <= timezone.now():
            self.add_error("decide_days", _("That day has passed already. Choose fewer days."))
        return decide_at

    def _cancel_time(self, starts_at: datetime) -> datetime:
        if self.slot and self.slot.starts_at == starts_at and "cancel_days" not in self.changed_data:
            return self.slot.cancel_by
        return days_before(starts_at, self.cleaned_data["cancel_days"])


def _suggestions(offer: VisitOffer) -> dict[str, Any]:
    return {
        "duration_minutes": offer.duration_minutes,
        "pupils_capacity": offer.group_max,
        "groups_capacity": 1,
        "closes_days": offer.answer_days,
        "cancel_days": offer.cancel_days,
        "decide_days": max(1, offer.cancel_days),
    }


def _facts_of(slot: VisitSlot) -> dict[str, Any]:
    starts_at = timezone.localtime(slot.starts_at)
    return {
        "day": starts_at.date(),
        "start": starts_at.time(),
        "duration_minutes": (slot.ends_at - slot.starts_at) // timedelta(minutes=1),
        "pupils_capacity": slot.pupils_capacity,
        "groups_capacity": slot.groups_capacity,
        "opens_day": timezone.localdate(slot.opens_at),
        "closes_days": calendar_days_between(slot.closes_at, slot.starts_at),
        "cancel_days": calendar_days_between(slot.cancel_by, slot.starts_at),
        "minimum": slot.minimum or None,
        "minimum_of": slot.minimum_of,
        "decide_days": calendar_days_between(slot.decide_at or slot.cancel_by, slot.starts_at) or 1,
    }
