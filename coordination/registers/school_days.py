from collections.abc import Iterator
from datetime import date

from django.utils.translation import gettext as _

from coordination.registers import cells
from coordination.registers.rows import Refusal, RowRefused, SchoolDayRow
from coordination.registers.source import RegisterFile
from coordination.registers.tables import Record, read_rows
from regions.enums import Country

COLUMNS = frozenset({"dato", "skole", "elevdag"})
_ANSWERS = {"ja": True, "nei": False}


def read(source: RegisterFile, otherwise: str = "") -> Iterator[SchoolDayRow | Refusal]:
    """Norwegian school days, one row per school and date, as Stavanger kommune publishes them (skoleruta).

    `elevdag` says whether the pupils have lessons: on planning days only the teachers (`laererdag`) are there.
    """
    return read_rows(source, COLUMNS, _day, otherwise=otherwise)


def _day(record: Record, line: int) -> SchoolDayRow:
    school = cells.name(record["skole"])
    if not (moment := cells.day(record["dato"])):
        raise RowRefused(_("This is no date. Write it as 2026-08-17."), name=school)
    answer = _ANSWERS.get(cells.text(record["elevdag"]).casefold())
    if answer is None:
        raise RowRefused(_("The column “elevdag” says neither Ja nor Nei."), code=str(moment.date()), name=school)
    day: date = moment.date()
    return SchoolDayRow(
        line,
        Country.NO,
        f"{day} {school.casefold()}",
        school,
        day=day,
        has_lessons=answer,
        reason=cells.text(record.get("kommentar"), 100),
    )
