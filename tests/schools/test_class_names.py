import pytest
from django.core.exceptions import ValidationError

from schools.class_names import next_year_name, validate_class_name
from tests.factories.regions import CountyFactory, MunicipalityFactory
from tests.factories.schools import SchoolClassFactory, SchoolFactory


@pytest.mark.parametrize(
    "name", ["9B", "9 b", "TE24", "Vg1 TIP", "1TIPA", "8 röd", "Grupp 2", "FBK", "7-9 A", "IN23/24", "Spår 3", "Åk 9"]
)
def test_class_codes_are_taken(name):
    assert validate_class_name(name) is None


@pytest.mark.parametrize(
    "name",
    [
        "Anna Andersson",
        "anna 9b",
        "Emma",
        "9B Åse",
        "050101-1234",
        "20050101 1234",
        "01018512345",
        "9B 050101",
        "Øyvind",
    ],
)
def test_names_and_numbers_of_persons_are_refused(name):
    with pytest.raises(ValidationError) as refusal:
        validate_class_name(name)
    assert refusal.value.code == "person"


@pytest.mark.parametrize(
    ("name", "grade", "expected"),
    [
        ("8B", 8, "9B"),
        ("9A", 9, "10A"),
        ("1 a", 1, "2 a"),
        ("Vg1 TIP", 11, "Vg2 TIP"),
        ("2BAA", 12, "3BAA"),
        ("TE24", 11, "TE24"),
        ("18B", 8, "18B"),
        ("FBK", 8, "FBK"),
    ],
)
def test_the_grade_in_a_name_moves_up(name, grade, expected):
    assert next_year_name(name, grade) == expected


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("country", "highest", "grade", "expected"),
    [
        ("SE", 9, 8, 9),
        ("SE", 9, 9, None),
        ("SE", None, 9, None),
        ("SE", 6, 6, None),
        ("NO", 10, 9, 10),
        ("NO", 10, 10, None),
        ("NO", None, 10, None),
        ("SE", 13, 11, 12),
        ("SE", 13, 13, None),
        ("SE", 14, 14, 14),
    ],
)
def test_the_ladder_of_each_country(country, highest, grade, expected):
    municipality = MunicipalityFactory(id="NO-5501", county=CountyFactory(id="NO-55", name="Troms"))
    school = SchoolFactory(country=country, highest_grade=highest, municipality=municipality)
    assert SchoolClassFactory(school=school, grade=grade).next_grade == expected
