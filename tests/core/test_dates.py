from datetime import UTC, date, datetime, time

import pytest
from django import forms
from django.template import Context, Template
from django.utils.formats import get_format
from django.utils.translation import override

from core import dates

START = datetime(2027, 3, 11, 8, 30, tzinfo=UTC)
END = datetime(2027, 3, 11, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "day", "full_day", "moment", "span"),
    [
        (
            "sv",
            "torsdag 11 mars",
            "torsdag 11 mars 2027",
            "torsdag 11 mars 09:30",
            "torsdag 11 mars 2027, 09:30–11:00",
        ),
        (
            "nb",
            "torsdag 11. mars",
            "torsdag 11. mars 2027",
            "torsdag 11. mars 09:30",
            "torsdag 11. mars 2027, 09:30–11:00",
        ),
        (
            "nn",
            "torsdag 11. mars",
            "torsdag 11. mars 2027",
            "torsdag 11. mars 09:30",
            "torsdag 11. mars 2027, 09:30–11:00",
        ),
        (
            "en",
            "Thursday 11 March",
            "Thursday 11 March 2027",
            "Thursday 11 March 09:30",
            "Thursday 11 March 2027, 09:30–11:00",
        ),
    ],
)
def test_days_with_their_weekday_in_the_readers_language(language, day, full_day, moment, span):
    template = Template("{% load ui %}{{ start|day }}|{{ start|full_day }}|{{ start|moment }}|{{ start|span:end }}")
    with override(language):
        assert template.render(Context({"start": START, "end": END})) == f"{day}|{full_day}|{moment}|{span}"
        assert dates.full_day(date(2027, 3, 11)) == full_day


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("sv", "11 mars 2027|11 mars|11 mars 2027 09:30|mars 2027|09:30"),
        ("nb", "11. mars 2027|11. mars|11. mars 2027 09:30|mars 2027|09:30"),
        ("nn", "11. mars 2027|11. mars|11. mars 2027 09:30|mars 2027|09:30"),
        ("en", "11 March 2027|11 March|11 March 2027 09:30|March 2027|09:30"),
    ],
)
def test_days_without_weekday_are_djangos_own_filters(language, words):
    template = Template(
        '{{ start|date:"DATE_FORMAT" }}|{{ start|date:"MONTH_DAY_FORMAT" }}|{{ start|date:"DATETIME_FORMAT" }}'
        '|{{ start|date:"YEAR_MONTH_FORMAT" }}|{{ start|time }}'
    )
    with override(language):
        assert template.render(Context({"start": START})) == words
        assert get_format("FIRST_DAY_OF_WEEK") == 1


def test_a_day_late_in_the_evening_is_the_local_one():
    with override("en"):
        assert dates.day(datetime(2027, 3, 11, 23, 30, tzinfo=UTC)) == "Friday 12 March"


class SplitForm(forms.Form):
    when = forms.SplitDateTimeField()


@pytest.mark.parametrize("language", ["sv", "nb", "nn", "en"])
def test_the_pickers_keep_iso_values_there_and_back(language):
    with override(language):
        shown = str(SplitForm(initial={"when": START})["when"])
        assert 'value="2027-03-11"' in shown
        assert 'value="09:30:00"' in shown
        sent = SplitForm({"when_0": "2027-03-11", "when_1": "09:30"})
        assert sent.is_valid()
        assert sent.cleaned_data["when"] == START
        assert forms.TimeField().clean("09:30") == time(9, 30)
