"""Tables as CSV files that a spreadsheet opens safely and in the right letters."""

import csv
from collections.abc import Iterable, Iterator
from typing import Any

from django.http import StreamingHttpResponse

# What a spreadsheet would take for a formula or a command. Signed numbers of ours are numbers, not text.
_DANGEROUS = ("=", "+", "-", "@", "|", "%", "\t", "\r", "\n")
_BYTE_ORDER_MARK = "\ufeff"  # without it Excel reads å as Ã¥


def safe_cell(value: Any) -> Any:
    """The value for a cell; text that begins like a formula gets an apostrophe, which spreadsheets show as text."""
    if isinstance(value, int | float):
        return value
    text = str(value)
    starts_like_a_formula = text.startswith(_DANGEROUS) or text.lstrip().startswith(_DANGEROUS)
    return f"'{text}" if starts_like_a_formula else text


class _Echo:
    def write(self, value: str) -> str:
        return value


def csv_response(file_name: str, rows: Iterable[Iterable[Any]]) -> StreamingHttpResponse:
    """The rows as a file, written while they are read. Semicolons: what Nordic spreadsheets expect."""
    writer = csv.writer(_Echo(), delimiter=";")

    def lines() -> Iterator[str]:
        yield _BYTE_ORDER_MARK
        for row in rows:
            yield writer.writerow([safe_cell(value) for value in row])

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return response
