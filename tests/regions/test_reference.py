from collections import Counter

import pytest

from regions.models import County, Municipality, Postcode
from regions.reference import load_regions

pytestmark = pytest.mark.django_db


def test_load_regions_holds_every_county_and_municipality():
    load_regions()

    assert Counter(County.objects.values_list("country", flat=True)) == {"SE": 21, "NO": 15}
    assert Counter(Municipality.objects.values_list("country", flat=True)) == {"SE": 290, "NO": 357}
    per_county = Counter(Municipality.objects.values_list("county_id", flat=True))
    assert [per_county[code] for code in ["SE-14", "SE-12", "SE-09"]] == [49, 33, 1]
    assert [per_county[code] for code in ["NO-34", "NO-46", "NO-18", "NO-03"]] == [46, 43, 41, 1]


def test_municipality_code_begins_with_its_county_and_keeps_its_leading_zero():
    load_regions()

    assert all(m.code[:2] == m.county_id[3:] for m in Municipality.objects.all())
    oslo = Municipality.objects.get(id="NO-0301")
    assert (oslo.code, oslo.name, oslo.official_name) == ("0301", "Oslo", "Oslo - Oslove")
    ale = Municipality.objects.get(id="SE-1440")
    assert (ale.name, ale.official_name) == ("Ale", "Ale kommun")


def test_postcodes_keep_their_leading_zeros():
    load_regions()

    assert Postcode.objects.count() == 15463 + 5138
    assert Postcode.objects.get(country="NO", code="0010").municipality_id == "NO-0301"


def test_load_regions_again_updates_and_deletes_nothing():
    load_regions()
    Municipality.objects.filter(id="SE-0180").update(name="Fel")
    Municipality.objects.create(
        id="SE-9999", county_id="SE-01", country="SE", code="9999", name="Egen", official_name="Egen", lat=0, lon=0
    )

    load_regions()

    assert Municipality.objects.get(id="SE-0180").name == "Stockholm"
    assert Municipality.objects.filter(id="SE-9999").exists()
    assert Postcode.objects.count() == 15463 + 5138
