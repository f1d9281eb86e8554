"""What a saved class may be called: a code such as 9B, never a pupil's name or number."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from schools.enums import Grade

LONGEST_CODE = 5
# Words that schools put beside a code. Any other word could be a name.
SCHOOL_WORDS = {
    *("klass", "klasse", "grupp", "gruppe", "spår", "spor", "team", "lag", "årskurs", "trinn", "åk", "del", "hus"),
    *("röd", "rød", "raud", "blå", "grön", "grønn", "grøn", "gul", "vit", "hvit", "kvit", "svart", "lila", "orange"),
    *("väst", "vest", "öst", "øst", "aust", "norr", "nord", "syd", "sør", "alfa", "beta", "delta", "gamma"),
    *("bygg", "el", "industri", "teknik", "teknologi", "natur", "vård", "helse", "intro", "estet"),
}
PERSONAL_NUMBER = re.compile(r"\d{6,}")


def validate_class_name(name: str) -> None:
    """Refuse what looks like a pupil: a long number, or a word that could be a name."""
    if PERSONAL_NUMBER.search(re.sub(r"[\s.+\-–/]", "", name)):
        raise ValidationError(
            _("This looks like a personal identity number. Write only the class code, for example 9B."), code="person"
        )
    words = re.findall(r"[^\W\d_]+", name)
    if any(not _is_code(word) for word in words):
        raise ValidationError(
            _("Write a short class code such as 9B, TE24 or Vg1 TIP. A longer word could be the name of a pupil."),
            code="person",
        )


def _is_code(word: str) -> bool:
    """One or two letters, up to five capitals, or a word that schools use."""
    return len(word) <= 2 or (word.isupper() and len(word) <= LONGEST_CODE) or word.casefold() in SCHOOL_WORDS


def next_year_name(name: str, grade: int) -> str:
    """What the class is called a year later: 8B becomes 9B, Vg1 TIP becomes Vg2 TIP, TE24 stays TE24."""
    in_name = grade - Grade.U1 + 1 if grade >= Grade.U1 else grade
    return re.sub(rf"(?<!\d){in_name}(?!\d)", str(in_name + 1), name, count=1)
