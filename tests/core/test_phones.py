import pytest
from django.utils import translation

from core.phones import phone


@pytest.mark.parametrize(
    ("language", "number", "words"),
    [
        ("sv", "+46701234567", "070-123 45 67"),
        ("nn", "+4722334455", "22 33 44 55"),
        ("nb", "+46701234567", "+46 70 123 45 67"),
        ("en", "+46701234567", "+46 70 123 45 67"),
        ("sv", "ext. 12", "ext. 12"),
        ("sv", "", ""),
    ],
)
def test_a_number_is_written_as_at_home(language, number, words):
    with translation.override(language):
        assert phone(number) == (words.replace(" ", "\N{NO-BREAK SPACE}") if number.startswith("+") else words)
