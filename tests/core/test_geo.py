import csv
import math

import pytest
from django.conf import settings

from core.geo import region_paths
from core.management.commands.draw_land import LAND, land_svg

SORMLAND = frozenset(
    ["SE-0428", "SE-0461", "SE-0480", "SE-0481", "SE-0482", "SE-0483", "SE-0484", "SE-0486", "SE-0488"]
)


def test_a_county_becomes_a_picture():
    picture = region_paths(SORMLAND)
    assert picture.view_box == "-12 -12 384 329"
    assert [(area.id, area.name, area.x, area.y) for area in picture.areas] == [
        ("SE-0428", "Vingåker", 46.8, 151.8),
        ("SE-0461", "Gnesta", 271.7, 140.5),
        ("SE-0480", "Nyköping", 234.9, 234.4),
        ("SE-0481", "Oxelösund", 260.1, 278.2),
        ("SE-0482", "Flen", 192.0, 147.3),
        ("SE-0483", "Katrineholm", 119.1, 170.3),
        ("SE-0484", "Eskilstuna", 146.6, 62.4),
        ("SE-0486", "Strängnäs", 254.2, 54.5),
        ("SE-0488", "Trosa", 334.9, 206.4),
    ]
    assert picture.areas[3].d.startswith("M")
    assert picture.areas[3].d.endswith("z")


def test_a_map_is_as_wide_as_asked():
    assert region_paths(SORMLAND, 720).view_box == "-12 -12 744 633"


def test_the_land_lies_under_its_municipalities():
    picture = region_paths(SORMLAND)
    assert picture.land_transform == "scale(3.1198) translate(22.5 -388.6)"


def test_the_land_is_drawn_from_the_outlines_and_light():
    assert LAND.read_text() == land_svg()
    assert len(land_svg()) < 10_000


def test_places_lie_where_their_municipality_is():
    picture = region_paths(SORMLAND)
    assert picture.project(58.75297, 17.00854) == (251.8, 259.4)  # Nyköping


def test_no_municipalities_give_an_empty_map():
    assert region_paths(frozenset(["SE-9999"])).areas == ()


@pytest.mark.parametrize(("country", "file"), [("SE", "se_municipalities.csv"), ("NO", "no_municipalities.csv")])
def test_every_municipality_has_an_outline_near_its_seat(country, file):
    """The projection fits: no seat is farther from the middle of its municipality than the largest ones are wide."""
    with (settings.BASE_DIR / "data" / file).open() as rows:
        seats = {f"{country}-{row['code']}": (float(row["lat"]), float(row["lon"])) for row in csv.DictReader(rows)}
    picture = region_paths(frozenset(seats))
    assert {area.id for area in picture.areas} == set(seats)
    distances = {
        area.id: math.dist(picture.project(*seats[area.id]), (area.x, area.y)) * picture.metres_per_unit / 1000
        for area in picture.areas
    }
    assert max(distances.values()) < 110
    assert sorted(distances.values())[len(distances) // 2] < 12


def test_both_countries_together_weigh_less_than_200_kilobytes():
    with (settings.BASE_DIR / "data" / "se_municipalities.csv").open() as rows:
        ids = {f"SE-{row['code']}" for row in csv.DictReader(rows)}
    with (settings.BASE_DIR / "data" / "no_municipalities.csv").open() as rows:
        ids |= {f"NO-{row['code']}" for row in csv.DictReader(rows)}
    picture = region_paths(frozenset(ids))
    assert len(picture.areas) == 647
    assert sum(len(area.d) for area in picture.areas) < 200_000
