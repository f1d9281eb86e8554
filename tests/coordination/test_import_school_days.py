"""Stavanger's school calendar, and what bites in it."""

from datetime import date

import pytest

from schools.closed_days import close_days, open_days
from schools.models import ClosedDay, School
from tests.factories.schools import ClosedDayFactory, SchoolFactory

CALENDAR = "no_school_calendar_stavanger.csv"


def rows(*lines):
    return "\n".join(["dato,skole,elevdag,laererdag,sfodag,kommentar", *lines]).encode()


def counts(run):
    return [count for __, count in run.counts]


@pytest.fixture
def schools(db):
    return [SchoolFactory(country="NO", name=name) for name in ("Auglend skole", "Buøy skole")]


def test_the_sample_is_rehearsed_read_and_read_again(read, schools):
    rehearsal = read("no_school_days", CALENDAR, dry_run=True)
    assert not ClosedDay.objects.exists()
    first = read("no_school_days", CALENDAR)
    assert counts(first) == counts(rehearsal) == [FIRST, 0, 732 - FIRST, 0, 0]
    assert counts(read("no_school_days", CALENDAR)) == [0, 0, 732, 0, 0]
    assert {day.day.isoweekday() for day in ClosedDay.objects.all()} <= {1, 2, 3, 4, 5}
    assert not ClosedDay.objects.filter(reason__in=["Lørdag", "Søndag"]).exists()


FIRST = 140  # weekdays on which the pupils of the two schools are at home


def test_a_planning_day_is_without_lessons_and_a_day_with_lessons_opens_again(read, schools):
    planning = "2015-11-13,Auglend skole,Nei,Ja,Ja,Planleggingsdag"
    assert counts(read("no_school_days", rows(planning))) == [1, 0, 0, 0, 0]
    assert ClosedDay.objects.get().reason == "Planleggingsdag"
    renamed = planning.replace("Planleggingsdag", "Felles planleggingsdag")
    assert counts(read("no_school_days", rows(renamed))) == [0, 1, 0, 0, 0]
    assert ClosedDay.objects.get().reason == "Felles planleggingsdag"
    assert counts(read("no_school_days", rows("2015-11-13,AUGLEND SKOLE,Ja,Ja,Ja,"))) == [0, 1, 0, 0, 0]
    assert not ClosedDay.objects.exists()


def test_a_day_that_the_school_has_opened_stays_open_with_the_next_calendar(read, schools):
    planning = rows("2015-11-13,Auglend skole,Nei,Ja,Ja,Planleggingsdag")
    read("no_school_days", planning)
    day, own = date(2015, 11, 13), School.objects.filter(pk=schools[0].pk)
    open_days(own, first=day, last=day, reason="Planleggingsdag", source="school")
    assert not ClosedDay.objects.exists()
    run = read("no_school_days", planning)
    assert counts(run) == [0, 0, 1, 0, 1]
    assert not ClosedDay.objects.exists()
    assert close_days(own, first=day, last=day, reason="Likevel fri", source="school") == 1
    assert ClosedDay.objects.get().reason == "Likevel fri"


def test_what_the_school_has_told_stays(read, schools):
    own = ClosedDayFactory(school=schools[0], day="2015-11-13", reason="Temadag", source="school")
    run = read("no_school_days", rows("2015-11-13,Auglend skole,Ja,Ja,Ja,"))
    assert counts(run) == [0, 0, 1, 0, 1]
    read("no_school_days", rows("2015-11-13,Auglend skole,Nei,Ja,Ja,Planleggingsdag"))
    own.refresh_from_db()
    assert own.reason == "Temadag"


def test_rows_that_cannot_be_right_are_refused_with_the_reason(read, schools):
    SchoolFactory(country="NO", name="Buøy skole")
    SchoolFactory(country="SE", name="Auglend skole")  # another country's: no namesake
    run = read(
        "no_school_days",
        rows(
            "2015-11-13,Ukjent skole,Nei,Ja,Ja,Planleggingsdag",
            "2015-11-13,Buøy skole,Nei,Ja,Ja,Planleggingsdag",
            "13.11.2015,Auglend skole,Nei,Ja,Ja,Planleggingsdag",
            "2015-11-13,Auglend skole,Kanskje,Ja,Ja,Planleggingsdag",
            "2015-11-13,Auglend skole,Nei,Ja,Ja,Planleggingsdag",
            "2015-11-13,Auglend skole,Ja,Ja,Ja,",
        ),
    )
    assert counts(run) == [1, 0, 0, 5, 0]
    reasons = dict(run.findings.filter(verdict="refused").values_list("line", "reason"))
    assert "No school here" in reasons[2]
    assert "Several schools" in reasons[3]
    assert "no date" in reasons[4]
    assert "neither Ja nor Nei" in reasons[5]
    assert "earlier line" in reasons[7]
