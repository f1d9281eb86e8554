import csv
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.utils.translation import gettext as _

from coordination.registers.rows import Refusal, RowRefused, UnreadableFile
from coordination.registers.source import REPLACED, RegisterFile

DELIMITERS = ",;\t"
HEADER_WITHIN = 30  # lines: registers and spreadsheets put titles and dates first
LONGEST_RECORD = 20  # lines: a quoted cell may hold line breaks, an unclosed quote must not swallow the file

Record = dict[str, str]


def read_table(
    source: RegisterFile, columns: Iterable[str], *, otherwise: str = ""
) -> Iterator[tuple[int, Record] | Refusal]:
    """Line number and cells by column name (lower case), for each row under the header that holds `columns`.

    Delimiter and lines before the header are recognised. A row that is no row is a Refusal and stops nothing.
    Raises UnreadableFile, with `otherwise` added to its words, when no line is the header.
    """
    lines = source.lines()
    header, delimiter = _header(lines, frozenset(columns), otherwise)
    waiting: deque[tuple[int, str]] = deque()
    while True:
        try:
            number, line = waiting.popleft() if waiting else next(lines)
        except StopIteration:
            return
        if not line.strip(delimiter + " \t\"'"):
            continue
        cells = _split(line, delimiter, len(header))
        if cells is None and line.count('"') % 2:
            cells = _with_following(line, lines, waiting, delimiter, len(header))
        if cells is None:
            cells = _as_it_stands(line, delimiter, len(header))
        if cells is None:
            yield Refusal(
                number, _("The row does not have the %(count)d columns of the header.") % {"count": len(header)}
            )
        elif REPLACED in "".join(cells):
            yield Refusal(number, _("A letter in this row is damaged. Export the file again, as UTF-8."))
        else:
            yield number, dict(zip(header, cells, strict=True))


def read_rows(
    source: RegisterFile, columns: Iterable[str], parse: Callable[[Record, int], Any], *, otherwise: str = ""
) -> Iterator[Any]:
    """What `parse` makes of each row and its line number; a Refusal for each that it refuses with RowRefused."""
    for row in read_table(source, columns, otherwise=otherwise):
        if isinstance(row, Refusal):
            yield row
            continue
        line, record = row
        try:
            yield parse(record, line)
        except RowRefused as refusal:
            yield Refusal(line, refusal.reason, refusal.code, refusal.name)


def find_header(lines: Iterable[str], columns: frozenset[str]) -> tuple[list[str], str] | None:
    """The first line that holds all the columns, and the delimiter that shows them."""
    for line in lines:
        for delimiter in DELIMITERS:
            names = [cell.strip().strip("\ufeff").casefold() for cell in _parse(line, delimiter) or []]
            if columns.issubset(names):
                return names, delimiter
    return None


def _header(lines: Iterator[tuple[int, str]], columns: frozenset[str], otherwise: str) -> tuple[list[str], str]:
    first = (line for __, (___, line) in zip(range(HEADER_WITHIN), lines, strict=False))
    found = find_header(first, columns)
    if not found:
        words = _("None of the first %(count)d lines is a header with the columns %(columns)s.") % {
            "count": HEADER_WITHIN,
            "columns": ", ".join(sorted(columns)),
        }
        raise UnreadableFile(f"{words} {otherwise}".strip())
    return found


def _with_following(
    line: str, lines: Iterator[tuple[int, str]], waiting: deque[tuple[int, str]], delimiter: str, count: int
) -> list[str] | None:
    """The cells of a row whose quoted cell goes on over the next lines. Lines it does not need wait their turn."""
    taken: list[tuple[int, str]] = []
    text = line
    while len(taken) < LONGEST_RECORD:
        if not waiting:
            try:
                waiting.append(next(lines))
            except StopIteration:
                break
        taken.append(waiting.popleft())
        text = f"{text}\n{taken[-1][1]}"
        if text.count('"') % 2 == 0 and (cells := _split(text, delimiter, count)):
            return cells
    waiting.extendleft(reversed(taken))
    return None


def _as_it_stands(line: str, delimiter: str, count: int) -> list[str] | None:
    """The cells of a row with stray quotation marks: every delimiter counts, only the outer marks are taken off."""
    cells = _split(line, delimiter, count, quoted=False)
    return cells and [cell[1:-1] if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell for cell in cells]


def _split(text: str, delimiter: str, count: int, *, quoted: bool = True) -> list[str] | None:
    """The cells, if they are as many as the header has; empty ones beyond it do no harm."""
    cells = _parse(text, delimiter, quoted=quoted)
    if cells is None or len(cells) < count or any(cells[count:]):
        return None
    return cells[:count]


def _parse(text: str, delimiter: str, *, quoted: bool = True) -> list[str] | None:
    try:
        if quoted:
            rows = list(csv.reader([text], delimiter=delimiter, strict=True))
        else:
            rows = list(csv.reader([text], delimiter=delimiter, quoting=csv.QUOTE_NONE, strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None
