"""Compares a school calendar with the days without lessons that are stored, and writes what differs.

Schools are found by their whole name, capitals apart, in their country: a name that no school has, or several, is
refused. A day with lessons takes away what an earlier calendar has said of it, and nothing that the school or its
owner has told. Weekends are not stored.
"""

from collections import defaultdict
from datetime import date

from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from coordination.enums import Verdict
from coordination.registers.rows import RowRefused, SchoolDayRow
from coordination.registers.writers import Outcome, Writer
from schools.closed_days import weekdays
from schools.enums import DaySource
from schools.models import ClosedDay, School


class SchoolDayWriter(Writer):
    """Days without lessons at schools that are here already."""

    model = ClosedDay

    def write(self, rows: list[SchoolDayRow]) -> list[Outcome]:
        """What became of each row; in a dry run, what would. Three statements to read, three to write."""
        self._schools = self._schools_called({row.name.lower() for row in rows}, {row.country for row in rows})
        stored = self._stored(rows)
        self._add: list[ClosedDay] = []
        self._rename: list[ClosedDay] = []
        self._open: list[ClosedDay] = []
        outcomes = [self._take_day(row, stored) for row in rows]
        if not self.dry_run:
            ClosedDay.objects.bulk_create(self._add)
            ClosedDay.objects.bulk_update(self._rename, ["reason"])
            ClosedDay.objects.filter(pk__in=[day.pk for day in self._open]).delete()
        return outcomes

    def _schools_called(self, names: set[str], countries: set[str]) -> dict[str, list[School]]:
        named: dict[str, list[School]] = defaultdict(list)
        schools = School.objects.active().filter(country__in=countries).annotate(lower_name=Lower("name"))
        for school in schools.filter(lower_name__in=names):
            named[school.name.lower()].append(school)
        return named

    def _stored(self, rows: list[SchoolDayRow]) -> dict[tuple[int, date], ClosedDay]:
        schools = [school.pk for namesakes in self._schools.values() for school in namesakes]
        days = ClosedDay.all_told.filter(school__in=schools, day__in={row.day for row in rows})
        if not self.dry_run:
            days = days.select_for_update()
        return {(day.school_id, day.day): day for day in days}

    def _school_of(self, row: SchoolDayRow) -> School:
        schools = self._schools[row.name.lower()]
        if not schools:
            raise RowRefused(_("No school here has this name. Import the schools first, or correct the name."))
        if len(schools) > 1:
            raise RowRefused(_("Several schools have this name. Add these days on the school’s own page."))
        return schools[0]

    def _take_day(self, row: SchoolDayRow, stored: dict[tuple[int, date], ClosedDay]) -> Outcome:
        outcome = Outcome(row.line, Verdict.UNCHANGED, str(row.day), row.name)
        try:
            school = self._school_of(row)
        except RowRefused as refusal:
            return Outcome(row.line, Verdict.REFUSED, str(row.day), row.name, refusal.reason)
        here = stored.get((school.pk, row.day))
        if row.has_lessons:
            self._hold_lessons(here, outcome)
        elif weekdays(row.day, row.day):
            self._close(school, row, here, outcome)
        return outcome

    def _hold_lessons(self, here: ClosedDay | None, outcome: Outcome) -> None:
        if here is None or here.has_lessons:
            return
        if here.source != DaySource.REGISTER:
            outcome.flags = [_("The school has told that there are no lessons that day: that stays.")]
            return
        outcome.verdict, outcome.reason = Verdict.CHANGED, _("has lessons now")
        self._open.append(here)

    def _close(self, school: School, row: SchoolDayRow, here: ClosedDay | None, outcome: Outcome) -> None:
        if here is None:
            outcome.verdict, outcome.reason = Verdict.NEW, row.reason
            self._add.append(ClosedDay(school=school, day=row.day, reason=row.reason, source=DaySource.REGISTER))
        elif here.has_lessons:
            outcome.flags = [_("The school has told that lessons are held that day: that stays.")]
        elif here.source == DaySource.REGISTER and here.reason != row.reason:
            outcome.verdict, outcome.reason = Verdict.CHANGED, row.reason
            here.reason = row.reason
            self._rename.append(here)
