import pytest
from django.core.exceptions import ValidationError

from companies.org_numbers import clean_org_number, formatted


@pytest.mark.parametrize(
    ("country", "typed", "expected"),
    [
        ("SE", "5560360793", "5560360793"),
        ("SE", " 556036-0793 ", "5560360793"),
        ("SE", "556036–0793", "5560360793"),
        ("SE", "556036 0793", "5560360793"),
        ("SE", "16556036-0793", "5560360793"),
        ("SE", "3636 0001", "36360001"),  # a school unit code
        ("NO", "923609016", "923609016"),
        ("NO", "923 609 016", "923609016"),
        ("NO", "NO 923 609 016 MVA", "923609016"),
    ],
)
def test_numbers_are_taken_as_people_write_them(country, typed, expected):
    assert clean_org_number(country, typed) == expected


@pytest.mark.parametrize(
    ("country", "typed", "code"),
    [
        ("SE", "850709-9805", "person"),
        ("SE", "19850709-9805", "person"),
        ("SE", "200107099804", "person"),
        ("SE", "850769-9801", "person"),  # a coordination number: the day plus 60
        ("NO", "01018512345", "person"),
        ("SE", "556036-0794", "invalid"),
        ("SE", "5560360", "invalid"),
        ("SE", "19850709", "invalid"),  # may be a day of birth, and so is no unit code
        ("NO", "36360001", "invalid"),
        ("SE", "", "invalid"),
        ("SE", "abc", "invalid"),
        ("SE", "٥٥٦٠٣٦٠٧٩٣", "invalid"),
        ("NO", "923609017", "invalid"),
        ("NO", "5560360793", "invalid"),
        ("NO", "\x00" * 9, "invalid"),
    ],
)
def test_other_numbers_are_refused_with_the_reason(country, typed, code):
    with pytest.raises(ValidationError) as refusal:
        clean_org_number(country, typed)
    assert refusal.value.code == code


def test_numbers_are_shown_as_people_write_them():
    assert formatted("SE", "5560360793") == "556036-0793"
    assert formatted("SE", "36360001") == "36360001"
    assert formatted("NO", "923609016") == "923 609 016"
