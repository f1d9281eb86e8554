from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from coordination.registers import cells
from coordination.registers.json_stream import read_objects
from coordination.registers.rows import Owner, OwnerRow, Refusal, RowRefused, SchoolRow
from coordination.registers.source import RegisterFile
from regions.enums import Country
from schools.enums import Grade, OwnerKind, Stage

WRAPPERS = frozenset({"EnhetListe", "Enheter"})
OWNED_BY = "1"  # relations: 1 owner, 2 supervision, 4 affiliation, 5 administration
OWNER_KINDS = {
    "Kommunal": OwnerKind.MUNICIPAL,
    "Fylkeskommunal": OwnerKind.COUNTY,
    "Statlig": OwnerKind.STATE,
    "Privat eiet": OwnerKind.PRIVATE,
}


def is_unit(element: Any) -> bool:
    return isinstance(element, dict) and {"Organisasjonsnummer", "ErSkole"} <= element.keys()


def read(source: RegisterFile) -> Iterator[SchoolRow | OwnerRow | Refusal]:
    """Schools and their owners from Nasjonalt skoleregister: a municipality's list, or units in detail."""
    for line, element in read_objects(source, WRAPPERS):
        try:
            yield _read_unit(element if isinstance(element, dict) else {}, line)
        except RowRefused as refusal:
            yield Refusal(line, refusal.reason, refusal.code, refusal.name)


def _read_unit(unit: dict[str, Any], line: int) -> SchoolRow | OwnerRow:
    code = cells.number(Country.NO, unit.get("Organisasjonsnummer"))
    name = cells.name(unit.get("FulltNavn") or unit.get("Navn"))
    if unit.get("ErSkole") is True:
        return _school(unit, line, code, name)
    if unit.get("ErSkoleeier") is True:
        closed = "" if unit.get("ErAktiv") is True else _("The owner is closed.")
        return OwnerRow(line, Country.NO, code, name, kind=_kind_by_name(name), refuse_if_new=closed)
    raise RowRefused(_("The unit is neither a school nor a school owner."), code=code, name=name)


def _school(unit: dict[str, Any], line: int, code: str, name: str) -> SchoolRow:
    categories = {cells.text(category.get("Navn")) for category in cells.objects(unit.get("Skolekategorier"))}
    stages = _stages(unit, categories)
    refuse = ""
    if not stages:
        refuse = _("The unit has no Grunnopplæring: a training centre, a gym or the like, not a school.")
    fields: dict[str, Any] = {"is_active": unit.get("ErAktiv") is True and unit.get("ErEkskludert") is not True}
    if stages:
        fields["stages"] = [str(stage) for stage in stages]
    if "Beliggenhetsadresse" in unit:
        fields |= _details(unit)
    municipality = cells.inside(unit, "Kommune", "Kommunenummer") or unit.get("Kommunenummer")
    return SchoolRow(
        line,
        Country.NO,
        code,
        name,
        fields=fields,
        municipality=cells.municipality_code(municipality),
        refuse_if_new=refuse,
        owner=_owner(unit, categories),
    )


def _stages(unit: dict[str, Any], categories: set[str]) -> list[Stage]:
    """What the unit teaches. The special school is no ErGrunnskole, yet it has Grunnopplæring."""
    stages = []
    if unit.get("ErGrunnopplaering") is True:
        if unit.get("ErGrunnskole") is True:
            stages.append(Stage.COMPULSORY)
        if unit.get("ErVideregaaendeSkole") is True:
            stages.append(Stage.UPPER_SECONDARY)
        if not stages:
            stages.append(Stage.ADAPTED_COMPULSORY)
    elif any(category.startswith("Voksenopplæring") for category in categories):
        stages.append(Stage.ADULT)
    return stages


def _details(unit: dict[str, Any]) -> dict[str, Any]:
    """What only the detailed shape says."""
    compulsory = [cells.whole(unit.get(key)) for key in ("SkoletrinnGSFra", "SkoletrinnGSTil")]
    upper = [cells.whole(unit.get(key)) for key in ("SkoletrinnVGSFra", "SkoletrinnVGSTil")]
    grades = [grade for grade in compulsory + upper if grade and Grade.G1 <= grade <= Grade.U3]
    return {
        "lowest_grade": min(grades, default=None),
        "highest_grade": max(grades, default=None),
        "street": cells.street(cells.inside(unit, "Beliggenhetsadresse", "Adresse")),
        "postcode": cells.postcode(Country.NO, cells.inside(unit, "Beliggenhetsadresse", "Postnummer")),
        "city": cells.city(cells.inside(unit, "Beliggenhetsadresse", "Poststed")),
        "lat": cells.degrees(cells.inside(unit, "Koordinat", "Breddegrad")),
        "lon": cells.degrees(cells.inside(unit, "Koordinat", "Lengdegrad")),
        "website": cells.website(unit.get("Internettadresse")),
    }


def _owner(unit: dict[str, Any], categories: set[str]) -> Owner | None:
    """The parent that owns the school; the list does not name it, and a name alone proves nothing."""
    for relation in cells.objects(unit.get("ForeldreRelasjoner")):
        if cells.text(cells.inside(relation, "Relasjonstype", "Id")) == OWNED_BY:
            try:
                code = cells.number(Country.NO, cells.inside(relation, "Enhet", "Organisasjonsnummer"))
                name = cells.name(cells.inside(relation, "Enhet", "Navn"))
            except RowRefused:
                return None
            kind = next((kind for category, kind in OWNER_KINDS.items() if category in categories), "")
            return Owner(Country.NO, code, name, str(kind))
    return None


def _kind_by_name(name: str) -> str:
    lower = name.lower()
    if lower.endswith("fylkeskommune"):
        return str(OwnerKind.COUNTY)
    return str(OwnerKind.MUNICIPAL) if lower.endswith("kommune") else ""
