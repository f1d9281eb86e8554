from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from coordination.registers import cells
from coordination.registers.rows import Refusal, SchoolRow
from coordination.registers.source import RegisterFile
from coordination.registers.tables import Record, read_rows
from regions.enums import Country
from schools.enums import Grade, Stage

COLUMNS = frozenset({"organisasjonsnummer", "skolenavn", "kommunenummer"})


def read(source: RegisterFile, otherwise: str = "") -> Iterator[SchoolRow | Refusal]:
    """Norwegian compulsory schools from the list that Udir and Geonorge publish."""
    return read_rows(source, COLUMNS, _school, otherwise=otherwise)


def _school(record: Record, line: int) -> SchoolRow:
    fields: dict[str, Any] = {"stages": [str(Stage.COMPULSORY)], "is_active": True}
    if address := cells.street(record.get("besoksadresse")):
        fields["street"] = address
    flags = []
    lowest, highest = (_grade(record.get(column)) for column in ("laveste_trinn", "hoyeste_trinn"))
    if lowest and highest and lowest <= highest:
        fields |= {"lowest_grade": lowest, "highest_grade": highest}
    else:
        flags.append(_("The list does not say which grades the school has."))
    return SchoolRow(
        line,
        Country.NO,
        cells.number(Country.NO, record["organisasjonsnummer"]),
        cells.name(record["skolenavn"]),
        fields=fields,
        municipality=cells.municipality_code(record["kommunenummer"]),
        flags=flags,
    )


def _grade(value: Any) -> int | None:
    grade = cells.whole(value)
    return grade if grade and Grade.G1 <= grade <= Grade.G10 else None
