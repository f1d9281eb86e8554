"""One cell of a register at a time: cleaned, checked, restored where a spreadsheet has spoiled it."""

import math
import re
from datetime import UTC, date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext as _

from companies.org_numbers import clean_org_number
from coordination.registers.rows import RowRefused
from regions.enums import Country

# Control characters and half letters: PostgreSQL takes neither, and no register means them.
_UNSTORABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")
_WRITTEN_LINE_BREAK = re.compile(r"[/\\]n(?=[A-ZÆØÅÄÖ0-9])")
_SCIENTIFIC = re.compile(r"\d([.,]\d+)?E\+?\d+", re.IGNORECASE)
_URL = URLValidator(schemes=["http", "https"])
_PHONE = re.compile(r"\+?[\d ()/-]{5,30}")
_MOBILE = {Country.SE.value: re.compile(r"(\+46|0046|0)7"), Country.NO.value: re.compile(r"(\+47|0047)?[49]\d{7}$")}
POSTCODE_DIGITS = {Country.SE.value: 5, Country.NO.value: 4}

_LEGAL_FORMS = {"AS", "ASA", "ANS", "SA", "DA", "BA", "NUF", "KS", "KF", "FKF", "IKS", "AB", "HB", "KB", "VGS"}
_SMALL_WORDS = {"og", "i", "på", "av", "for", "til", "ved", "avd", "och", "för", "kommune", "kommun", "skole", "skola"}


def text(value: Any, longest: int = 0) -> str:
    """The value as one clean line; "" for nothing and for what is no text. Cut at `longest`."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    clean = str(value)
    if not clean.isprintable() or "  " in clean:  # most cells of most files need no more than a strip
        clean = _UNSTORABLE.sub(" ", clean)
    clean = " ".join(clean.split())
    return clean[:longest].rstrip() if longest else clean


def inside(value: Any, *keys: str) -> Any:
    """What lies under the keys in nested JSON; None as soon as something is missing or of another shape."""
    for key in keys:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def objects(value: Any) -> list[dict[str, Any]]:
    """The objects of a JSON list; none when it is no list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def name(value: Any) -> str:
    """A name that somebody can recognise. Raises RowRefused when there is none."""
    if not (clean := text(value)):
        raise RowRefused(_("The row has no name."))
    return readable(clean)[:200].rstrip()


def readable(words: str) -> str:
    """Words in capitals as one writes them: MOTUS TECHNOLOGY AS AVD MOLDE → Motus Technology AS avd Molde.

    Abbreviations stay: legal forms, words of two letters, words without a vowel, words with a digit.
    """
    if not words.isupper():
        return words
    written = re.sub(r"[^\W\d_][\w'’.&]*", lambda match: _written(match.group()), words)
    return written[:1].upper() + written[1:]


def _written(word: str) -> str:
    lower = word.lower()
    if lower in _SMALL_WORDS:
        return lower
    has_vowel = re.search("[aeiouyåäöæø]", lower)
    if word in _LEGAL_FORMS or len(word) <= 2 or not has_vowel or re.search(r"[\d.&]", word[:-1]):
        return word
    return word[0] + lower[1:]


def number(country: str, value: Any) -> str:
    """A legal unit's number, checked by its country's rule. Raises RowRefused; a person's number is not repeated."""
    digits = _digits(value)
    try:
        return clean_org_number(country, digits)
    except ValidationError as error:
        if error.code == "person":
            raise RowRefused(_("The number belongs to a person. Persons are not taken from registers.")) from error
        raise RowRefused(_("The organisation number fails its check digit."), code=_shown(country, digits)) from error


def unit_code(value: Any) -> str:
    """Skolverket's code of a school unit: eight digits."""
    digits = _digits(value)
    if not (len(digits) == 8 and digits.isascii() and digits.isdigit()):
        raise RowRefused(_("A school unit code has eight digits."), code=digits[:12])
    return digits


def municipality_code(value: Any) -> str:
    """Four digits, leading zeros restored; "" when there is none."""
    digits = _without_decimals(text(value))
    return digits.zfill(4) if digits.isascii() and digits.isdigit() and len(digits) <= 4 else ""


def postcode(country: str, value: Any) -> str:
    """The digits, leading zeros restored (Norway has them, Sweden never had); "" for anything else."""
    digits = _without_decimals(text(value)).replace(" ", "").upper().removeprefix(f"{country}-")
    if not (digits.isascii() and digits.isdigit()):
        return ""
    if country == Country.NO:
        digits = digits.zfill(4)
    return digits if len(digits) == POSTCODE_DIGITS[country] else ""


def street(value: Any) -> str:
    """The address on one line. Enhetsregisteret writes a line break as the two characters /n."""
    lines = _WRITTEN_LINE_BREAK.split(text(value))
    return ", ".join(readable(line.strip()) for line in lines if line.strip())[:200].rstrip()


def city(value: Any) -> str:
    return readable(text(value, 80))


def website(value: Any) -> str:
    """A web address with its scheme; "" for what is none."""
    address = text(value).lower() if "/" not in text(value) else text(value)
    if address and "://" not in address:
        address = f"https://{address}"
    try:
        _URL(address)
    except ValidationError:
        return ""
    return address if len(address) <= 200 else ""


def switchboard(country: str, value: Any) -> str:
    """A telephone number of the house; "" for a mobile, which is somebody's own."""
    digits = text(value, 30)
    bare = re.sub(r"[ ()/-]", "", digits)
    return "" if not _PHONE.fullmatch(digits) or _MOBILE[country].match(bare) else digits


def degrees(value: Any) -> float | None:
    """A coordinate; None when there is none. Registers write it as a number, as text, and with a comma."""
    try:
        angle = float(text(value).replace(",", "."))
    except ValueError:
        return None
    return angle if math.isfinite(angle) and angle != 0 else None


def whole(value: Any) -> int | None:
    """A number of something, below ten million."""
    digits = _without_decimals(text(value))
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 7 else None


def day(value: Any) -> datetime | None:
    """The beginning of a day written 2019-06-30."""
    try:
        return datetime.combine(date.fromisoformat(text(value)[:10]), datetime.min.time(), tzinfo=UTC)
    except ValueError:
        return None


def yes(value: Any) -> bool:
    """true, "true", "ja", "J"."""
    return value is True or text(value).casefold() in {"true", "ja", "j", "1"}


def _digits(value: Any) -> str:
    """The number as written. Raises RowRefused when a spreadsheet has rounded it."""
    digits = _without_decimals(text(value)).replace(" ", "")
    if _SCIENTIFIC.fullmatch(digits):
        raise RowRefused(_("A spreadsheet has rounded the number. Export the file again, with numbers as text."))
    return digits


def _without_decimals(digits: str) -> str:
    return digits.removesuffix(".0").removesuffix(",0")


def _shown(country: str, digits: str) -> str:
    """A wrong number as it may be shown: not if it could be a person's, written wrongly or short of a zero."""
    if country == Country.NO:
        return digits if len(digits) <= 9 else ""
    return digits if len(digits) == 10 and digits[2] not in "01" else ""
