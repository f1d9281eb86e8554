"""Where a booked time goes, and why."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.dates import full_day
from core.forms import day_input, within_reach
from visits.enums import Side
from visits.forms import CancelForm
from visits.models import VisitSlot
from visits.slot_times import NoSuchTime, local_time


class MoveForm(CancelForm):
    """The new day and hour, with the reason that everyone is told. `starts_at` and `ends_at` hold the result."""

    field_order = ["day", "start", "duration_minutes", "reason", "reason_text"]

    day = forms.DateField(label=gettext_lazy("New day"), widget=day_input())
    start = forms.TimeField(
        label=gettext_lazy("Starts at"), widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    )
    duration_minutes = forms.IntegerField(label=gettext_lazy("Length in minutes"), min_value=15, max_value=600)

    def __init__(self, data: Any = None, *, slot: VisitSlot) -> None:
        starts_at = timezone.localtime(slot.starts_at)
        now = {
            "day": starts_at.date(),
            "start": starts_at.time(),
            "duration_minutes": (slot.ends_at - slot.starts_at) // timedelta(minutes=1),
        }
        super().__init__(data, side=Side.HOST, late=False, initial=now)

    def clean_day(self) -> date:
        return within_reach(self.cleaned_data["day"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if {"day", "start", "duration_minutes"} <= set(data):
            try:
                self.starts_at = local_time(data["day"], data["start"])
            except NoSuchTime:
                self.add_error(
                    "start",
                    _("%(time)s does not exist on %(day)s: the clocks go forward that night. Choose another time.")
                    % {"time": formats.time_format(data["start"]), "day": full_day(data["day"])},
                )
            else:
                self.ends_at = self.starts_at + timedelta(minutes=data["duration_minutes"])
        return data
