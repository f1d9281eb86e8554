import pytest

from core.text import address_line


@pytest.mark.parametrize(
    ("parts", "line"),
    [
        (("Gatan 1", "61130", "Nyköping"), "Gatan 1, 611 30 Nyköping"),
        (("Veien 1", "9008", "Tromsø"), "Veien 1, 9008 Tromsø"),
        (("", "", "Tromsø"), "Tromsø"),
        (("Veien 1", "", ""), "Veien 1"),
        (("", "", ""), ""),
    ],
)
def test_an_address_leaves_out_what_is_missing(parts, line):
    assert address_line(*parts) == line
