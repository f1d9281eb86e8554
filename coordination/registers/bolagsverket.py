from collections.abc import Iterator

from django.utils.translation import gettext as _

from coordination.registers import cells
from coordination.registers.rows import CompanyRow, Refusal, RowRefused
from coordination.registers.source import RegisterFile
from coordination.registers.tables import Record, read_rows
from regions.enums import Country

COLUMNS = frozenset({"organisationsidentitet", "organisationsnamn", "organisationsform"})

# Values carry their type behind a dollar sign.
LEGAL_UNIT = "ORGNR-IDORG"
REGISTERED_NAME = "FORETAGSNAMN-ORGNAM"
SOLE_TRADER = "E-ORGFO"
SWEDEN = {"SE-LAND", ""}


def read(source: RegisterFile, otherwise: str = "") -> Iterator[CompanyRow | Refusal]:
    """Legal units from Bolagsverket's bulk file."""
    return read_rows(source, COLUMNS, _company, otherwise=otherwise)


def _company(record: Record, line: int) -> CompanyRow:
    number, __, kind = record["organisationsidentitet"].partition("$")
    form = cells.text(record["organisationsform"], 20)
    if (kind and kind.strip() != LEGAL_UNIT) or form == SOLE_TRADER:
        raise RowRefused(_("A sole trader is a person and is not taken."))
    code = cells.number(Country.SE, number)
    deregistered = cells.text(record.get("avregistreringsdatum"))
    procedure = cells.text(record.get("pagandeavvecklingselleromstruktureringsforfarande"))
    flags, refuse = [], ""
    if deregistered:
        refuse = _("The company is deregistered.")
    elif procedure:
        # The codes cover rescue as well as liquidation: a person must look before a known company is put aside.
        refuse = _("The company is bankrupt, being wound up or reorganised.")
        flags = [_("A liquidation or reorganisation is going on, says the register.")]
    return CompanyRow(
        line,
        Country.SE,
        code,
        _current_name(record["organisationsnamn"]),
        fields={
            "legal_form": form.removesuffix("-ORGFO"),
            **_address(record.get("postadress", "")),
            "has_ended": bool(deregistered),
            "ended_at": cells.day(deregistered),
        },
        flags=flags,
        refuse_if_new=refuse,
    )


def _current_name(cell: str) -> str:
    """The registered name, which stands first; after bars follow names for parts of the business."""
    names = [part.split("$") for part in cell.split("|")]
    registered = [parts for parts in names if REGISTERED_NAME in parts] or names
    return cells.name(registered[0][0])


def _address(cell: str) -> dict[str, str]:
    """Two lines, town, postcode and country. A line "c/o" names whose letter box it is: it is left out."""
    parts = [part.strip() for part in cell.split("$")] + [""] * 5
    first, second, town, zip_code, country = parts[:5]
    lines = [line for line in (first, second) if line and not line.lower().startswith("c/o")]
    if country not in SWEDEN:
        return {"street": "", "postcode": "", "city": ""}
    return {
        "street": cells.street(", ".join(lines)),
        "postcode": cells.postcode(Country.SE, zip_code),
        "city": cells.city(town),
    }
