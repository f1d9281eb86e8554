"""Which reader belongs to which register, and how to tell which register a file comes from."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _

from coordination.enums import RegisterKind
from coordination.registers import bolagsverket, brreg, grunnskole, nsr, school_days, skolverket
from coordination.registers.json_stream import read_objects
from coordination.registers.rows import Refusal, Row, UnreadableFile
from coordination.registers.source import RegisterFile
from coordination.registers.tables import HEADER_WITHIN, find_header

TABLES: dict[RegisterKind, tuple[frozenset[str], Callable[..., Iterator[Any]]]] = {
    RegisterKind.NO_SCHOOLS_GRUNNSKOLE: (grunnskole.COLUMNS, grunnskole.read),
    RegisterKind.NO_COMPANIES: (brreg.COMPANY_COLUMNS, brreg.read_companies),
    RegisterKind.NO_WORKPLACES: (brreg.WORKPLACE_COLUMNS, brreg.read_workplaces),
    RegisterKind.SE_COMPANIES: (bolagsverket.COLUMNS, bolagsverket.read),
    RegisterKind.NO_SCHOOL_DAYS: (school_days.COLUMNS, school_days.read),
}
LISTS: dict[RegisterKind, tuple[Callable[[Any], bool], Callable[..., Iterator[Any]]]] = {
    RegisterKind.SE_SCHOOLS: (skolverket.is_unit, skolverket.read),
    RegisterKind.NO_SCHOOLS_NSR: (nsr.is_unit, nsr.read),
}
WRAPPERS = skolverket.WRAPPERS | nsr.WRAPPERS
LOOK_AT = 20  # elements


def read_register(kind: RegisterKind, source: RegisterFile) -> Iterator[Row | Refusal]:
    """The rows and refusals of one file, in its order. Raises UnreadableFile when it is no file of that register."""
    likely = guess_kind(source)
    if kind in LISTS:
        if likely != kind:
            raise UnreadableFile(_wrong_register(kind, likely))
        return LISTS[kind][1](source)
    return TABLES[kind][1](source, otherwise=_looks_like(likely))


def guess_kind(source: RegisterFile) -> RegisterKind | None:
    """The register a file looks like it comes from."""
    first = next((line.lstrip() for __, line in source.lines() if line.strip()), "")
    return _guess_list(source) if first[:1] in {"[", "{"} else _guess_table(source)


def _guess_table(source: RegisterFile) -> RegisterKind | None:
    head = [line for __, line in islice(source.lines(), HEADER_WITHIN)]
    return next((kind for kind, (columns, __) in TABLES.items() if find_header(head, columns)), None)


def _guess_list(source: RegisterFile) -> RegisterKind | None:
    try:
        for __, element in islice(read_objects(source, WRAPPERS), LOOK_AT):
            for kind, (is_unit, ___) in LISTS.items():
                if is_unit(element):
                    return kind
    except UnreadableFile:
        return None
    return None


def _wrong_register(kind: RegisterKind, likely: RegisterKind | None) -> str:
    words = _("This is not a file of the register “%(register)s”.") % {"register": kind.label}
    return f"{words} {_looks_like(likely)}".strip()


def _looks_like(likely: RegisterKind | None) -> str:
    if likely is None:
        return ""
    return _("It looks like “%(register)s”: choose that one.") % {"register": likely.label}
