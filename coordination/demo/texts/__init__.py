"""What the demo says: companies, schools and offers as plain files beside this one."""

import csv
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent


@cache
def rows(name: str) -> list[dict[str, str]]:
    """The rows of a file with bars between its columns."""
    with (_FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="|"))


@cache
def offer_texts(language: str) -> dict[str, Any]:
    """Offers of the trades (`offer`), offers for anyone (`general`) and the rules they name (`rules`)."""
    return tomllib.loads((_FOLDER / f"offers_{language}.toml").read_text(encoding="utf-8"))


@cache
def names(country: str) -> dict[str, Any]:
    """First and family names for people of the demo who never sign in, and what schools and hosts write."""
    return tomllib.loads((_FOLDER / "names.toml").read_text(encoding="utf-8"))[country]
