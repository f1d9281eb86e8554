"""Reads config/retention.toml: which fields are personal, and how long they stay."""

import tomllib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache

from django.conf import settings
from django.utils import timezone


@dataclass(frozen=True)
class Rule:
    """How long, counted from when, and what happens then."""

    counted_from: str
    then: str
    days: int | None = None
    school_years: int | None = None
    job: str = ""

    @property
    def is_kept_by_people(self) -> bool:
        return self.days is None and self.school_years is None

    def cutoff(self) -> datetime:
        """What happened before this moment has been kept long enough; for rules in days."""
        if self.days is None:
            raise ValueError(f"This rule does not count in days: {self.then}")
        return timezone.now() - timedelta(days=self.days)


@dataclass(frozen=True)
class ModelRetention:
    """What the file says of one model: a rule for the whole row, or one per personal field."""

    whole_row: str = ""
    personal: dict[str, str] = field(default_factory=dict)
    not_personal: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Retention:
    rules: dict[str, Rule]
    models: dict[str, ModelRetention]
    models_without: list[str]
    fields_without: list[str]

    def models_of(self, rule: str) -> list[str]:
        """Labels of the models whose whole rows go by a rule."""
        return [label for label, model in self.models.items() if model.whole_row == rule]


@cache
def retention() -> Retention:
    with (settings.BASE_DIR / "config" / "retention.toml").open("rb") as file:
        written = tomllib.load(file)
    return Retention(
        rules={name: Rule(**rule) for name, rule in written["rules"].items()},
        models={label: ModelRetention(**model) for label, model in written["models"].items()},
        models_without=written["no_personal_data"]["models"],
        fields_without=written["no_personal_data"]["fields"],
    )
