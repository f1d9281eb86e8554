from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.forms import day_input, within_reach
from regions.school_year import label
from visits.enums import HowOften
from visits.proposed_times import AT_MOST, ProposedTime, Terms, propose
from visits.slot_forms import OpensForm, WholeTimeForm
from visits.time_rules import TimeRule
from visits.year_copy import YearOfTimes, probably_meant


def _clock_input() -> forms.TimeInput:
    return forms.TimeInput(format="%H:%M", attrs={"type": "time"})


class TimesByRuleForm(WholeTimeForm):
    """Times for a term or a year. `proposals()` holds what the rule gives; nothing is stored."""

    field_order = [
        "weekdays",
        "how_often",
        "start",
        "start_2",
        "start_3",
        "duration_minutes",
        "first",
        "last",
        "count",
        "pupils_capacity",
        "groups_capacity",
        "minimum",
        "minimum_of",
        "decide_days",
        "opens_day",
        "closes_days",
        "cancel_days",
    ]

    weekdays = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Weekdays"), coerce=int, widget=forms.CheckboxSelectMultiple
    )
    how_often = forms.ChoiceField(label=gettext_lazy("How often"), choices=HowOften.choices, initial=HowOften.WEEK_1)
    start = forms.TimeField(label=gettext_lazy("Starts at"), widget=_clock_input())
    start_2 = forms.TimeField(label=gettext_lazy("Also at"), required=False, widget=_clock_input())
    start_3 = forms.TimeField(label=gettext_lazy("And at"), required=False, widget=_clock_input())
    first = forms.DateField(label=gettext_lazy("From"), widget=day_input())
    last = forms.DateField(
        label=gettext_lazy("Until"),
        required=False,
        widget=day_input(),
        help_text=gettext_lazy("Or say below how many times."),
    )
    count = forms.IntegerField(
        label=gettext_lazy("How many times"),
        required=False,
        min_value=1,
        max_value=AT_MOST,
        help_text=gettext_lazy("Times that are left out, on a public holiday for example, count too."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        weekdays: Any = self.fields["weekdays"]
        weekdays.choices = [(number, capfirst(name)) for number, name in WEEKDAYS.items()]

    def clean_first(self) -> date:
        return within_reach(self.cleaned_data["first"])

    def clean_last(self) -> date | None:
        last = self.cleaned_data["last"]
        return within_reach(last) if last else None

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        first, last = values.get("first"), values.get("last")
        if first and last and last < first:
            self.add_error("last", _("The last day cannot come before the first."))
        if not self.errors and not last and not values.get("count"):
            self.add_error("last", _("Say until which day, or how many times."))
        if not self.errors:
            self._check_hours()
        if not self.errors:
            self._count()
        return values

    def proposals(self) -> list[ProposedTime]:
        """What the rule of a valid form gives, in order."""
        terms = self._terms()
        return [propose(day, start, terms) for day, start in self._rule]

    @property
    def _rule(self) -> TimeRule:
        values = self.cleaned_data
        starts = {values["start"], values["start_2"], values["start_3"]} - {None}
        return TimeRule(
            first=values["first"],
            weekdays=tuple(values["weekdays"]),
            how_often=values["how_often"],
            starts=tuple(sorted(starts)),
            last=values["last"],
            count=values["count"] or AT_MOST + 1,
        )

    def _terms(self) -> Terms:
        values = self.cleaned_data
        return Terms(
            duration=timedelta(minutes=values["duration_minutes"]),
            opens_at=self.opening_time(),
            closes_days=values["closes_days"],
            cancel_days=values["cancel_days"],
            pupils_capacity=values["pupils_capacity"],
            groups_capacity=values["groups_capacity"],
            minimum=values["minimum"],
            minimum_of=values["minimum_of"],
            decide_days=values["decide_days"] or 0,
        )

    def _check_hours(self) -> None:
        """The visits of one day must follow each other, with the time between two visits that the offer wants."""
        between = timedelta(minutes=self.offer.buffer_minutes)
        length = timedelta(minutes=self.cleaned_data["duration_minutes"])
        on_a_day = [datetime.combine(date.min, start) for start in self._rule.starts]
        gaps = [later - earlier - length for earlier, later in pairwise(on_a_day)]
        if any(gap < timedelta(0) for gap in gaps):
            self.add_error("start_2", _("The times of a day overlap. Choose hours further apart, or a shorter visit."))
        elif any(gap < between for gap in gaps):
            self.add_error(
                "start_2",
                _("You want %(minutes)d minutes between two visits. Choose hours further apart.")
                % {"minutes": self.offer.buffer_minutes},
            )

    def _count(self) -> None:
        count = sum(1 for __ in self._rule)
        if count == 0:
            self.add_error("last", _("None of these weekdays comes before that day."))
        elif count > AT_MOST:
            self.add_error(
                "last",
                _("That is more than %(most)d times. Choose an earlier day, and add the rest afterwards.")
                % {"most": AT_MOST},
            )


class YearToCopyForm(OpensForm):
    """Which school year's times are copied."""

    field_order = ("year", "opens_day")

    year = forms.TypedChoiceField(label=gettext_lazy("Times to copy"), coerce=int, widget=forms.RadioSelect)

    def __init__(self, data: Any = None, *, years: Sequence[YearOfTimes]) -> None:
        super().__init__(data)
        year: Any = self.fields["year"]
        year.choices = [(each.year, _in_words(each)) for each in years]
        if years:
            year.initial = probably_meant(years).year


def _in_words(year: YearOfTimes) -> str:
    count = len(year.to_come)
    words = ngettext(
        "From %(year)s into %(into)s: %(count)d time", "From %(year)s into %(into)s: %(count)d times", count
    )
    return words % {"year": label(year.year), "into": label(year.into), "count": count}
