"""What the readers hand on: typed rows, and refusals that say why."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any


class UnreadableFile(Exception):
    """The file as a whole cannot be read; the message is translated and says what to do."""


class RowRefused(Exception):
    """One row is not taken; the message is translated. `code` and `name` only where no person can be behind them."""

    def __init__(self, reason: str, *, code: str = "", name: str = "") -> None:
        super().__init__(reason)
        self.reason, self.code, self.name = reason, code, name


@dataclass
class Refusal:
    """A row of the file that is not taken."""

    line: int
    reason: str
    code: str = ""
    name: str = ""


@dataclass
class Owner:
    """A school owner as a register names it. `kind` is blank where the register does not say."""

    country: str
    code: str
    name: str
    kind: str = ""


@dataclass
class Row:
    """What one row says. `fields` holds the model fields this register knows: what it does not say stays as it is.

    `municipality` is an official code, "" when the register says none, None when its shape has no such column.
    `refuse_if_new` is the reason not to begin with this row; a row that is here already still follows the register.
    """

    line: int
    country: str
    code: str
    name: str
    fields: dict[str, Any] = field(default_factory=dict)
    municipality: str | None = None
    flags: list[str] = field(default_factory=list)
    refuse_if_new: str = ""


@dataclass
class SchoolRow(Row):
    owner: Owner | None = None


@dataclass
class OwnerRow(Row):
    kind: str = ""


@dataclass
class CompanyRow(Row):
    pass


@dataclass
class WorkplaceRow(Row):
    parent: str = ""


@dataclass(kw_only=True)
class SchoolDayRow(Row):
    """Whether a school has lessons on a day. The school has no number in this shape, only its name."""

    day: date
    has_lessons: bool
    reason: str = ""
