"""How big the country is, and the dice everything in it is thrown with: the same size and seed give the same rows."""

import random
from dataclasses import dataclass, field
from datetime import datetime
from itertools import accumulate

from django.db.models import Count
from django.utils import timezone

from coordination.national.copying import Copier
from core.ids import ALPHABET, LENGTH
from regions.models import Municipality

MARK = "national"  # `source` of every school, company and workplace that is made up here
DOMAIN = "national.example"
PEOPLE = {"SE": 10.6, "NO": 5.6}  # millions
YEARS_BACK = 5


@dataclass(frozen=True)
class Size:
    """How many of each. The defaults are Sweden and Norway when every industrial company has joined."""

    schools: int = 6_000
    companies: int = 50_000
    offers: int = 24_000  # who takes visits takes several: four or five times in the coming year
    slots: int = 100_000  # in the coming year
    bookings: int = 1_000_000  # over the years


@dataclass
class Plan:
    """What the steps share: the size, the clock, where people live, and who is where."""

    size: Size
    copier: Copier
    now: datetime = field(default_factory=lambda: timezone.now().replace(minute=0, second=0, microsecond=0))
    dice: random.Random = field(default_factory=lambda: random.Random(2027))  # noqa: S311 - invented data
    places: list[Municipality] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    place_of_company: list[Municipality] = field(default_factory=list)
    county_of_offer: list[str] = field(default_factory=list)
    # The classes of each school year and county, in the order in which they take their turns.
    classes: dict[int, dict[str, list[int]]] = field(default_factory=dict)
    class_facts: list[tuple[int, str, int, int]] = field(default_factory=list)  # school, name, grade, pupils

    def __post_init__(self) -> None:
        """Postcodes lie where people live: their number stands for the municipality's size."""
        self.places = list(Municipality.objects.annotate(codes=Count("postcodes")).order_by("pk"))
        total: dict[str, int] = {}
        for place in self.places:
            total[place.country] = total.get(place.country, 0) + place.codes + 1  # type: ignore[attr-defined]
        self.weights = list(
            accumulate((place.codes + 1) / total[place.country] * PEOPLE[place.country] for place in self.places)  # type: ignore[attr-defined]
        )

    def somewhere(self, count: int) -> list[Municipality]:
        """Municipalities for `count` rows, the big ones more often."""
        return self.dice.choices(self.places, cum_weights=self.weights, k=count)


_THREES = [a + b + c for a in ALPHABET for b in ALPHABET for c in ALPHABET]
_ALL_IDS = len(ALPHABET) ** LENGTH
_STEP = 98_765_432_101_234_567  # shares no factor with 3, so that every number has an id of its own


def public_id(number: int) -> str:
    """A public id for a numbered row, as scattered as real ones."""
    rest = number * _STEP % _ALL_IDS
    parts = []
    for _ in range(LENGTH // 3):
        rest, part = divmod(rest, len(_THREES))
        parts.append(_THREES[part])
    return "".join(parts)
