from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from coordination.registers import cells
from coordination.registers.rows import CompanyRow, Refusal, RowRefused, WorkplaceRow
from coordination.registers.source import RegisterFile
from coordination.registers.tables import Record, read_rows
from regions.enums import Country

COMPANY_COLUMNS = frozenset(
    {"organisasjonsnummer", "navn", "organisasjonsform.kode", "forretningsadresse.kommunenummer"}
)
WORKPLACE_COLUMNS = frozenset({"organisasjonsnummer", "navn", "overordnetenhet", "beliggenhetsadresse.kommunenummer"})

# Sole proprietorships and persons who stand in the register for another reason: both are people.
PERSONS = {"ENK", "PERS"}
ENDED = [
    ("konkurs", "konkursdato"),
    ("underavvikling", "underavviklingdato"),
    ("undertvangsavviklingellertvangsopplosning", ""),
]
# The layout of 2024 names no edition of the industry codes; they are SN2007. Later files may have a column for it.
EDITION_COLUMN = "naeringskode1.versjon"
EDITION = "2007"


def read_companies(source: RegisterFile, otherwise: str = "") -> Iterator[CompanyRow | Refusal]:
    """Legal units from Enhetsregisteret's file of main units."""
    return read_rows(source, COMPANY_COLUMNS, _company, otherwise=otherwise)


def read_workplaces(source: RegisterFile, otherwise: str = "") -> Iterator[WorkplaceRow | Refusal]:
    """Workplaces from Enhetsregisteret's file of sub units."""
    return read_rows(source, WORKPLACE_COLUMNS, _workplace, otherwise=otherwise)


def _company(record: Record, line: int) -> CompanyRow:
    form = cells.text(record["organisasjonsform.kode"], 20).upper()
    if form in PERSONS:
        raise RowRefused(_("A sole proprietorship (%(form)s) is a person and is not taken.") % {"form": form})
    code = cells.number(Country.NO, record["organisasjonsnummer"])
    ended, since = _ended(record)
    return CompanyRow(
        line,
        Country.NO,
        code,
        cells.name(record["navn"]),
        fields={
            "legal_form": form,
            **_industry(record),
            "employees": cells.whole(record.get("antallansatte")),
            "website": cells.website(record.get("hjemmeside")),
            **_address(record, "forretningsadresse"),
            "has_ended": ended,
            "ended_at": since,
        },
        municipality=cells.municipality_code(record["forretningsadresse.kommunenummer"]),
        refuse_if_new=_("The company is bankrupt or being wound up.") if ended else "",
    )


def _workplace(record: Record, line: int) -> WorkplaceRow:
    if cells.text(record.get("organisasjonsform.kode")).upper() in PERSONS:
        raise RowRefused(_("A sole proprietorship (%(form)s) is a person and is not taken.") % {"form": "ENK"})
    closed = bool(cells.text(record.get("nedleggelsesdato")))
    return WorkplaceRow(
        line,
        Country.NO,
        cells.number(Country.NO, record["organisasjonsnummer"]),
        cells.name(record["navn"]),
        fields={**_address(record, "beliggenhetsadresse"), "is_active": not closed},
        municipality=cells.municipality_code(record["beliggenhetsadresse.kommunenummer"]),
        refuse_if_new=_("The workplace is closed.") if closed else "",
        parent=cells.number(Country.NO, record["overordnetenhet"]),
    )


def _ended(record: Record) -> tuple[bool, Any]:
    """Whether the company is bankrupt or being wound up, and since when, if the register says."""
    for column, date_column in ENDED:
        if cells.yes(record.get(column)):
            return True, cells.day(record.get(date_column))
    return False, None


def _industry(record: Record) -> dict[str, str]:
    code = cells.text(record.get("naeringskode1.kode"), 8)
    edition = cells.text(record.get(EDITION_COLUMN), 4) or EDITION
    return {"industry_code": code, "industry_edition": edition if code else ""}


def _address(record: Record, kind: str) -> dict[str, str]:
    return {
        "street": cells.street(record.get(f"{kind}.adresse")),
        "postcode": cells.postcode(Country.NO, record.get(f"{kind}.postnummer")),
        "city": cells.city(record.get(f"{kind}.poststed")),
    }
