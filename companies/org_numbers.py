"""Numbers of hosts in Sweden and Norway: checked by each country's rule. A person's number is never taken.

A Swedish school has no organisation number of its own, and a centre may belong to a municipality: they are known by
eight digits, the school unit code or the workplace number (CFAR). In Norway every unit has an organisation number.
"""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from stdnum.exceptions import ValidationError as NotANumber
from stdnum.no import orgnr as norwegian
from stdnum.se import orgnr as swedish

from regions.enums import Country

RULES = {Country.SE.value: swedish, Country.NO.value: norwegian}

DAY_OF_BIRTH = re.compile(r"(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$", re.ASCII)

NO_SOLE_TRADERS = gettext_lazy(
    "Sole traders cannot sign up here: their number points to one person, and we keep no such numbers. "
    "Your regional coordinator can offer your visit for you."
)


def clean_org_number(country: str, typed: str) -> str:
    """The bare digits of a legal unit's number. Raises ValidationError saying what to do."""
    digits = "".join(character for character in typed if character not in " -.\u00a0\u2013").upper()
    if country == Country.SE and len(digits) == 12 and digits.startswith("16"):
        digits = digits[2:]  # the way the Swedish tax agency writes a legal unit in twelve digits
    if country == Country.NO:
        digits = digits.removeprefix("NO").removesuffix("MVA")
    if is_unit_code(country, digits):
        return digits
    if _belongs_to_a_person(country, digits):
        raise ValidationError(NO_SOLE_TRADERS, code="person")
    try:
        return str(RULES[country].validate(digits))
    except NotANumber as error:
        example = "556036-0793" if country == Country.SE else "923 609 016"
        raise ValidationError(
            _("This is not a valid organisation number. Check the digits: it looks like %(example)s.")
            % {"example": example},
            code="invalid",
        ) from error


def is_unit_code(country: str, number: str) -> bool:
    """Eight digits of a Swedish unit without an organisation number. What may be a day of birth is none."""
    return country == Country.SE and bool(re.fullmatch(r"[0-9]{8}", number) and not DAY_OF_BIRTH.match(number))


def formatted(country: str, number: str) -> str:
    """The number as people write it: 556036-0793, 923 609 016."""
    return str(RULES[country].format(number)) if country in RULES and len(number) != 8 else number


def _belongs_to_a_person(country: str, digits: str) -> bool:
    """Persons have a month in the third and fourth digit; Swedish legal units have 20 or more there."""
    if not digits.isdigit():
        return False
    if country == Country.SE:
        return (len(digits) == 12 and digits[:2] in {"18", "19", "20"}) or (len(digits) == 10 and digits[2] in "01")
    return len(digits) == 11
