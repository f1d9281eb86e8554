from collections import Counter
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import translation

from occupations.models import Industry, Occupation, Programme, ProgrammeArea, Trade
from occupations.reference import load_occupations

pytestmark = pytest.mark.django_db


def test_load_occupations_holds_every_row():
    assert load_occupations() == {
        "industries": 39,
        "occupations": 70,
        "programmes": 40,
        "programme areas": 32,
        "trades": 72,
    }
    assert Counter(Programme.objects.values_list("country", flat=True)) == {"SE": 24, "NO": 16}
    assert [m.objects.count() for m in (Industry, Occupation, ProgrammeArea, Trade)] == [39, 70, 32, 72]


def test_aircraft_technology_has_another_code_from_2025():
    load_occupations()

    codes = dict(Programme.objects.filter(country="SE").values_list("code", "code_gy25"))
    assert (codes["FX"], codes["TX"], codes["IN"]) == ("FL25", "TA25", "IN25")
    ended = Programme.objects.get(id="SE-HA")
    assert (str(ended.valid_to), ended.replaced_by) == ("2022-06-30", "FS")


def test_trade_without_code_is_kept_under_its_name():
    load_occupations()

    trade = Trade.objects.get(code="")
    assert (trade.id, trade.area_id, trade.is_core) == ("automatiseringsfaget", "no-el-automatisering", True)
    assert Trade.objects.get(id="IME3004").code == "IME3004"


@pytest.mark.parametrize(
    ("language", "name"),
    [
        ("sv", "Tillverkning av möbler"),
        ("nb", "Produksjon av møbler"),
        ("nn", "Produksjon av møbler"),
        ("en", "Manufacture of furniture"),
    ],
)
def test_industry_has_a_name_in_every_language(language, name):
    load_occupations()

    with translation.override(language):
        assert Industry.objects.get(code="31").name == name


def test_load_reference_data_says_what_it_read_and_may_be_run_again():
    for _ in range(2):
        out = StringIO()
        call_command("load_reference_data", stdout=out)
        assert out.getvalue().splitlines()[:3] == ["counties: 36", "municipalities: 647", "postcodes: 20601"]
    assert Trade.objects.count() == 72
