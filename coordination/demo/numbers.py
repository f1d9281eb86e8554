"""Numbers for invented organisations: right by their check digits, and never any real one's.

Sweden: Bolagsverket hands out numbers in order and is far from 559999-xxxx. Norway: the register's test environment
gives synthetic units numbers that begin with 2 or 3, real ones begin with 8 or 9; ours begin with 399.
"""

from collections.abc import Iterator

from stdnum import luhn
from stdnum.no import orgnr

COMPANY_RANGES = {"SE": "559999", "NO": "3990"}
OWNER_RANGES = {"SE": "5599998", "NO": "3998"}
UNIT_RANGES = {"SE": "99990", "NO": "3995"}


def _filled(prefix: str, length: int) -> Iterator[str]:
    width = length - len(prefix)
    for number in range(1, 10**width):
        yield f"{prefix}{number:0{width}d}"


def org_numbers(country: str, prefix: str) -> Iterator[str]:
    """Valid organisation numbers that begin with the prefix, in order."""
    if country == "SE":
        for digits in _filled(prefix, 9):
            yield digits + luhn.calc_check_digit(digits)
    else:
        for digits in _filled(prefix, 8):
            yield from filter(orgnr.is_valid, (f"{digits}{check}" for check in range(10)))  # some have no check digit


def unit_codes(country: str) -> Iterator[str]:
    """School unit codes: eight digits in Sweden, an organisation number in Norway."""
    return _filled(UNIT_RANGES["SE"], 8) if country == "SE" else org_numbers(country, UNIT_RANGES["NO"])
