from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from coordination.registers import cells
from coordination.registers.json_stream import read_objects
from coordination.registers.rows import Owner, Refusal, RowRefused, SchoolRow
from coordination.registers.source import RegisterFile
from regions.enums import Country
from schools.enums import Grade, OwnerKind, Stage

WRAPPERS = frozenset({"body", "response", "_embedded", "compactSchoolUnits", "listedSchoolUnits", "schoolUnits"})

# fsk (preschool class) and fth (leisure centre) are left out: they send nobody on visits of their own.
STAGES = {
    "gr": Stage.COMPULSORY,
    "sam": Stage.COMPULSORY,
    "spec": Stage.COMPULSORY,
    "gran": Stage.ADAPTED_COMPULSORY,
    "gy": Stage.UPPER_SECONDARY,
    "gyan": Stage.ADAPTED_UPPER_SECONDARY,
    "vux": Stage.ADULT,
    "komvux": Stage.ADULT,
}
OLDER = {
    Stage.UPPER_SECONDARY: (Grade.U1, Grade.U3),
    Stage.ADAPTED_UPPER_SECONDARY: (Grade.U1, Grade.U3),
    Stage.ADULT: (Grade.ADULT, Grade.ADULT),
}
OWNER_KINDS = {
    "kommunal": OwnerKind.MUNICIPAL,
    "region": OwnerKind.COUNTY,
    "fristående": OwnerKind.PRIVATE,
    "enskild": OwnerKind.PRIVATE,
    "stat": OwnerKind.STATE,
    "statlig": OwnerKind.STATE,
}


def is_unit(element: Any) -> bool:
    return isinstance(element, dict) and ("schoolUnitCode" in element or {"code", "typeOfSchooling"} <= element.keys())


def read(source: RegisterFile) -> Iterator[SchoolRow | Refusal]:
    """School units from Skolverket's planned-educations: whole units, or pages of compact ones."""
    for line, element in read_objects(source, WRAPPERS):
        unit = element if isinstance(element, dict) else {}
        try:
            yield _compact(unit, line) if "schoolUnitCode" in unit else _whole(unit, line)
        except RowRefused as refusal:
            yield Refusal(line, refusal.reason, refusal.code, refusal.name)


def _whole(unit: dict[str, Any], line: int) -> SchoolRow:
    code, name = cells.unit_code(unit.get("code")), cells.name(unit.get("name"))
    if unit.get("abroadSchool") is True:
        raise RowRefused(_("The school is abroad."), code=code, name=name)
    taught = cells.objects(unit.get("typeOfSchooling"))
    stages = sorted({STAGES[kind] for form in taught if (kind := cells.text(form.get("code"))) in STAGES})
    refuse = "" if stages else _("The unit teaches no stage that visits or placements are for (only preschool class).")
    lowest, highest = _grades(taught)
    address = next(iter(cells.objects(cells.inside(unit, "contactInfo", "addresses"))), {})
    # The register's e-mail is often a named principal's: it is not read at all.
    return SchoolRow(
        line,
        Country.SE,
        code,
        name,
        municipality=cells.municipality_code(unit.get("geographicalAreaCode")),
        refuse_if_new=refuse,
        fields={
            "stages": [str(stage) for stage in stages],
            "lowest_grade": lowest,
            "highest_grade": highest,
            "street": cells.street(address.get("street")),
            "postcode": cells.postcode(Country.SE, address.get("zipCode")),
            "city": cells.city(address.get("city")),
            "lat": cells.degrees(unit.get("wgs84_Lat")),
            "lon": cells.degrees(unit.get("wgs84_Long")),
            "website": cells.website(cells.inside(unit, "contactInfo", "web")),
            "phone": cells.switchboard(Country.SE, cells.inside(unit, "contactInfo", "telephone")),
            "is_active": True,
        },
        owner=_owner(unit),
    )


def _compact(unit: dict[str, Any], line: int) -> SchoolRow:
    """A compact unit says name and point only. The municipality in the page's address is not its municipality."""
    code, name = cells.unit_code(unit.get("schoolUnitCode")), cells.name(unit.get("schoolUnitName"))
    if unit.get("abroadSchool") is True:
        raise RowRefused(_("The school is abroad."), code=code, name=name)
    return SchoolRow(
        line,
        Country.SE,
        code,
        name,
        fields={
            "lat": cells.degrees(unit.get("wgs84Latitude")),
            "lon": cells.degrees(unit.get("wgs84Longitude")),
            "is_active": True,
        },
    )


def _grades(taught: list[dict[str, Any]]) -> tuple[int | None, int | None]:
    """Lowest and highest grade over everything the unit teaches."""
    grades: list[int] = []
    for form in taught:
        stage = STAGES.get(cells.text(form.get("code")))
        if stage in OLDER:
            grades += OLDER[stage]
        elif stage:
            years = form.get("schoolYears")
            found = [cells.whole(year) for year in years] if isinstance(years, list) else []
            grades += [year for year in found if year and 1 <= year <= 10]
    return (int(min(grades)), int(max(grades))) if grades else (None, None)


def _owner(unit: dict[str, Any]) -> Owner | None:
    """The body that answers for the school; None when it is a person or not named."""
    try:
        code = cells.number(Country.SE, unit.get("organisationRegistryNumber"))
        name = cells.name(unit.get("corporationName"))
    except RowRefused:
        return None
    kind = OWNER_KINDS.get(cells.text(unit.get("principalOrganizerType")).casefold(), "")
    return Owner(Country.SE, code, name, str(kind))
