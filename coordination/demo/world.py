"""What the loader has made so far, and the dice it throws: the same seed gives the same demo."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model
from django.utils import timezone

from accounts.models import User
from companies.models import Company
from coordination.demo import texts
from core.ids import ALPHABET, LENGTH
from regions.models import Municipality, Region
from schools.models import School, SchoolClass, SchoolOwner
from visits.models import VisitOffer, VisitSlot

_Row = TypeVar("_Row", bound=Model)

SEED = 20260801
SOURCE = "demo"
# Public ids of the demo begin with this: so it finds its own rows again among everybody's.
MARK = "dmdmdm"


@dataclass
class World:
    password: str
    now: datetime = field(default_factory=lambda: timezone.now().replace(microsecond=0))
    dice: Random = field(default_factory=lambda: Random(SEED))  # noqa: S311 - nothing here is secret
    municipalities: dict[str, Municipality] = field(default_factory=dict)
    postcodes: dict[str, str] = field(default_factory=dict)
    regions: dict[str, Region] = field(default_factory=dict)
    region_of: dict[str, Region] = field(default_factory=dict)  # by municipality
    owners: dict[str, SchoolOwner] = field(default_factory=dict)
    schools: dict[str, School] = field(default_factory=dict)
    classes: list[SchoolClass] = field(default_factory=list)
    companies: dict[str, Company] = field(default_factory=dict)
    trades: dict[str, dict[str, str]] = field(default_factory=dict)  # by company: its row in companies.csv
    users: dict[str, User] = field(default_factory=dict)  # by address
    school_users: dict[str, list[User]] = field(default_factory=dict)
    company_users: dict[str, list[User]] = field(default_factory=dict)
    offers: list[VisitOffer] = field(default_factory=list)
    rules_of: dict[str, list[dict[str, str]]] = field(default_factory=dict)  # by the offer's public id
    without_times: set[str] = field(default_factory=set)  # public ids of offers
    slots: list[VisitSlot] = field(default_factory=list)

    def public_id(self) -> str:
        return MARK + "".join(self.dice.choice(ALPHABET) for _ in range(LENGTH - len(MARK)))

    def key(self) -> UUID:
        return UUID(int=self.dice.getrandbits(128), version=4)

    def chance(self, share: float) -> bool:
        return self.dice.random() < share

    def pick(self, choices: Sequence[Any]) -> Any:
        return self.dice.choice(choices)

    def weighted(self, weights: dict[Any, int]) -> Any:
        return self.dice.choices(list(weights), list(weights.values()))[0]

    def person_name(self, country: str) -> str:
        known = texts.names(country)
        return f"{self.pick(known['first'])} {self.pick(known['family'])}"

    def phone(self, country: str) -> str:
        """Sweden keeps 070-1740605 to -1740699 for fiction; in Norway no number begins with 0."""
        if country == "SE":
            return f"070-174 06 {self.dice.randint(5, 99):02d}"
        return f"00 00 00 {self.dice.randint(10, 99)}"

    def store(self, rows: list[_Row]) -> list[_Row]:
        """Insert the rows at once and give them their keys."""
        return type(rows[0])._default_manager.bulk_create(rows, batch_size=500) if rows else rows
