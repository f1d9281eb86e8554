"""Reads data/: codes of counties, municipalities and postcodes. Rows are matched on their code and never deleted."""

import csv
from collections.abc import Iterable, Iterator, Sequence

from django.conf import settings
from django.db.models import Model

from regions.enums import Country
from regions.models import County, Municipality, Postcode

FOLDER = settings.BASE_DIR / "data"


def read_rows(file_name: str) -> Iterator[dict[str, str]]:
    """The rows of one file of data/: UTF-8, comma, header."""
    with (FOLDER / file_name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def upsert(rows: Iterable[Model], *, match: Sequence[str]) -> int:
    """Write rows of one model, updating those whose `match` fields are there already. Returns how many were read."""
    rows = list(rows)
    model = type(rows[0])
    fields = [field.name for field in model._meta.concrete_fields if field.name not in match and field.name != "id"]
    model._default_manager.bulk_create(
        rows, update_conflicts=True, unique_fields=match, update_fields=fields, batch_size=2000
    )
    return len(rows)


def load_regions() -> dict[str, int]:
    """Load counties, municipalities and postcodes of both countries. Returns the number of rows of each."""
    return {
        "counties": upsert(counties(), match=["id"]),
        "municipalities": upsert(municipalities(), match=["id"]),
        "postcodes": upsert(postcodes(), match=["country", "code"]),
    }


def counties() -> Iterator[County]:
    for country, file_name in [(Country.SE, "se_counties.csv"), (Country.NO, "no_counties.csv")]:
        for row in read_rows(file_name):
            yield County(
                id=f"{country}-{row['code']}",
                country=country,
                code=row["code"],
                name=row["name"],
                official_name=row.get("official_name") or row["name"],
                lat=float(row["lat"]),
                lon=float(row["lon"]),
            )


def municipalities() -> Iterator[Municipality]:
    for country, file_name in [(Country.SE, "se_municipalities.csv"), (Country.NO, "no_municipalities.csv")]:
        for row in read_rows(file_name):
            yield Municipality(
                id=f"{country}-{row['code']}",
                county_id=f"{country}-{row['county_code']}",
                country=country,
                code=row["code"],
                # "Ale" where people look for it, "Ale kommun" where it must be exact.
                name=row.get("short_name") or row["name"],
                official_name=row.get("official_name") or row["name"],
                lat=float(row["lat"]),
                lon=float(row["lon"]),
            )


def postcodes() -> Iterator[Postcode]:
    for country, file_name in [(Country.SE, "se_postcodes.csv"), (Country.NO, "no_postcodes.csv")]:
        for row in read_rows(file_name):
            yield Postcode(
                country=country, code=row["postcode"], municipality_id=f"{country}-{row['municipality_code']}"
            )
