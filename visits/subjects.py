"""School subjects that meet industry: the one list, with the names that the national curricula give them.

Sweden: Lgr22 and Gy25 (Skolverket). Norway: LK20 (Udir). A subject that both countries have under the same name has one
code. One that only one of them has keeps its name, and in the other country's languages says whose it is: slöjd is not
kunst og håndverk. To add a subject, add a line; a code that offers may have stays.
"""

from collections.abc import Iterable
from typing import NamedTuple

from django.utils.functional import lazy
from django.utils.translation import get_language

from regions.enums import Country


class Subject(NamedTuple):
    countries: frozenset[str]
    sv: str
    nb: str
    nn: str
    en: str


BOTH, SWEDEN, NORWAY = frozenset(Country.values), frozenset([Country.SE]), frozenset([Country.NO])

SUBJECTS = {
    "technology": Subject(SWEDEN, "teknik", "teknik (Sverige)", "teknik (Sverige)", "technology (Sweden)"),
    "mathematics": Subject(BOTH, "matematik", "matematikk", "matematikk", "mathematics"),
    "naturfag": Subject(NORWAY, "naturfag (Norge)", "naturfag", "naturfag", "science (Norway)"),
    "naturkunskap": Subject(
        SWEDEN, "naturkunskap", "naturkunskap (Sverige)", "naturkunskap (Sverige)", "science studies (Sweden)"
    ),
    "physics": Subject(BOTH, "fysik", "fysikk", "fysikk", "physics"),
    "chemistry": Subject(BOTH, "kemi", "kjemi", "kjemi", "chemistry"),
    "biology": Subject(BOTH, "biologi", "biologi", "biologi", "biology"),
    "technology_research": Subject(
        NORWAY,
        "teknologi og forskningslære (Norge)",
        "teknologi og forskningslære",
        "teknologi og forskingslære",
        "technology and theory of research (Norway)",
    ),
    "sloyd": Subject(SWEDEN, "slöjd", "slöjd (Sverige)", "slöjd (Sverige)", "crafts (Sweden)"),
    "art_and_crafts": Subject(
        NORWAY, "kunst og håndverk (Norge)", "kunst og håndverk", "kunst og handverk", "art and crafts (Norway)"
    ),
    "home_economics": Subject(
        SWEDEN,
        "hem- och konsumentkunskap",
        "hem- och konsumentkunskap (Sverige)",
        "hem- och konsumentkunskap (Sverige)",
        "home and consumer studies (Sweden)",
    ),
    "food_and_health": Subject(
        NORWAY, "mat og helse (Norge)", "mat og helse", "mat og helse", "food and health (Norway)"
    ),
    "social_studies": Subject(
        SWEDEN, "samhällskunskap", "samhällskunskap (Sverige)", "samhällskunskap (Sverige)", "civics (Sweden)"
    ),
    "samfunnsfag": Subject(NORWAY, "samfunnsfag (Norge)", "samfunnsfag", "samfunnsfag", "social studies (Norway)"),
    "geography": Subject(BOTH, "geografi", "geografi", "geografi", "geography"),
    "english": Subject(BOTH, "engelska", "engelsk", "engelsk", "English"),
    "swedish": Subject(SWEDEN, "svenska", "svenska (Sverige)", "svenska (Sverige)", "Swedish"),
    "norwegian": Subject(NORWAY, "norsk (Norge)", "norsk", "norsk", "Norwegian"),
    "utdanningsvalg": Subject(
        NORWAY, "utdanningsvalg (Norge)", "utdanningsvalg", "utdanningsval", "educational choices (Norway)"
    ),
    "arbeidslivsfag": Subject(
        NORWAY, "arbeidslivsfag (Norge)", "arbeidslivsfag", "arbeidslivsfag", "working life skills (Norway)"
    ),
    "vocational_se": Subject(
        SWEDEN, "yrkesämnen", "yrkesämnen (Sverige)", "yrkesämnen (Sverige)", "vocational subjects (Sweden)"
    ),
    "vocational_no": Subject(
        NORWAY,
        "programfag på yrkesfag (Norge)",
        "programfag på yrkesfag",
        "programfag på yrkesfag",
        "vocational subjects (Norway)",
    ),
}


def name_of(code: str) -> str:
    """In the reader's language."""
    subject = SUBJECTS.get(code)
    return str(getattr(subject, (get_language() or "sv")[:2], subject.en)) if subject else code


def names_of(codes: Iterable[str]) -> list[str]:
    return [name_of(code) for code in codes]


def in_order(codes: Iterable[str]) -> list[str]:
    """As the list has them, each once."""
    wanted = set(codes)
    return [code for code in SUBJECTS if code in wanted]


_lazy_name = lazy(name_of, str)
ALL_CHOICES = [(code, _lazy_name(code)) for code in SUBJECTS]


def choices_in(country: str) -> list[tuple[str, str]]:
    """What a host in the country chooses from."""
    return [(code, name_of(code)) for code, subject in SUBJECTS.items() if country in subject.countries]


# Code and names, for the words that find an offer: a reader may write the neighbour's word.
NAMES_SQL = ", ".join(f"('{code}', '{' '.join(dict.fromkeys(subject[1:]))}')" for code, subject in SUBJECTS.items())
