"""Reads data/: industries, occupations, programmes, programme areas and trades. Matched on code, never deleted.

A list that has a name in one country's language only lends it to the neighbour: a Norwegian reader sees the Swedish
programme under its Swedish name, which is what the school calls it.
"""

from collections.abc import Iterator
from datetime import date

from django.utils.text import slugify

from occupations.models import Industry, Occupation, Programme, ProgrammeArea, Trade
from regions.enums import Country
from regions.reference import read_rows, upsert


def load_occupations() -> dict[str, int]:
    """Load the code lists about work and education. Returns the number of rows of each."""
    return {
        "industries": upsert(_industries(), match=["code"]),
        "occupations": upsert(_occupations(), match=["key"]),
        "programmes": upsert([*_swedish_programmes(), *_norwegian_programmes()], match=["id"]),
        "programme areas": upsert([*_orientations(), *_programme_areas()], match=["id"]),
        "trades": upsert(_trades(), match=["id"]),
    }


def _industries() -> Iterator[Industry]:
    for row in read_rows("industries.csv"):
        yield Industry(
            code=row["code"],
            section=row["section_2007"],
            name_sv=row["name_sv_sni2007"],
            name_sv_2025=row["name_sv_sni2025"],
            name_nb=row["name_nb_sn2007"],
            name_nn=row["name_nb_sn2007"],
            name_en=row["name_en_nace21"],
            is_core=row["manufacturing_core"] == "true",
        )


def _occupations() -> Iterator[Occupation]:
    for row in read_rows("occupations.csv"):
        yield Occupation(
            key=row["key"],
            name_sv=row["name_sv"],
            name_nb=row["name_nb"],
            name_nn=row["name_nn"],
            name_en=row["name_en"],
            ssyk2012=row["ssyk2012"],
            styrk08=row["styrk08"],
            isco08=row["isco08"],
        )


def _swedish_programmes() -> Iterator[Programme]:
    for row in read_rows("se_programmes.csv"):
        yield Programme(
            id=f"{Country.SE}-{row['code']}",
            country=Country.SE,
            code=row["code"],
            code_gy25=row["code_gy25"],
            name_sv=row["name_sv"],
            name_nb=row["name_sv"],
            name_nn=row["name_sv"],
            name_en=row["name_en"],
            is_vocational=row["vocational"] == "true",
            kind=row["kind"],
            valid_from=_day(row["valid_from"]),
            valid_to=_day(row["valid_to"]),
            replaced_by=row["replaced_by"],
        )


def _norwegian_programmes() -> Iterator[Programme]:
    for row in read_rows("no_programmes.csv"):
        yield Programme(
            id=f"{Country.NO}-{row['code']}",
            country=Country.NO,
            code=row["code"],
            name_sv=row["name_nb"],
            name_nb=row["name_nb"],
            name_nn=row["name_nn"],
            name_en=row["name_en"],
            is_vocational=row["vocational"] == "true",
        )


def _orientations() -> Iterator[ProgrammeArea]:
    for row in read_rows("se_programme_orientations.csv"):
        yield ProgrammeArea(
            id=f"se-{row['programme_code'].lower()}-{slugify(row['name_sv'])}",
            programme_id=f"{Country.SE}-{row['programme_code']}",
            name_sv=row["name_sv"],
            name_nb=row["name_sv"],
            name_nn=row["name_sv"],
            name_en=row["name_en"],
        )


def _programme_areas() -> Iterator[ProgrammeArea]:
    for row in read_rows("no_programme_areas.csv"):
        yield ProgrammeArea(
            id=_norwegian_area_id(row["key"]),
            programme_id=f"{Country.NO}-{row['programme_code']}",
            level=row["level"],
            code=row["grep_code"],
            name_sv=row["name_nb"],
            name_nb=row["name_nb"],
            name_nn=row["name_nn"],
            name_en=row["name_en"],
        )


def _trades() -> Iterator[Trade]:
    for row in read_rows("no_trades.csv"):
        yield Trade(
            id=row["fag_code"] or slugify(row["name_nb"]),
            code=row["fag_code"],
            programme_id=f"{Country.NO}-{row['programme_code']}",
            area_id=_norwegian_area_id(row["vg2_key"]) if row["vg2_key"] else None,
            name_sv=row["name_nb"],
            name_nb=row["name_nb"],
            name_nn=row["name_nn"],
            name_en=row["name_en"],
            is_core=row["core_industry"] == "true",
        )


def _norwegian_area_id(key: str) -> str:
    return f"no-{key}"


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
