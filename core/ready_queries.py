"""Queries of the paths that everybody waits on: Django writes their SQL once, PostgreSQL plans them once.

To put a queryset together and to write it as SQL takes Django five times as long as it takes to fetch one row by its
key, and PostgreSQL plans longer than it looks. For a booking that is most of the work.
"""

import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from functools import cache, wraps
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

import psycopg
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Model, QuerySet
from django.db.models.query import get_related_populators
from psycopg.types.range import TimestamptzRange

P = ParamSpec("P")
M = TypeVar("M", bound=Model)

# What stands in for each argument while the SQL is written: values that no query holds by itself.
_STAND_INS: dict[type, Callable[[int], Any]] = {
    int: lambda number: 31_001 + number,
    str: lambda number: f"‹{number}›",
    UUID: lambda number: UUID(int=number),
    datetime: lambda number: datetime(1, 1, 1 + number, tzinfo=UTC),
    TimestamptzRange: lambda number: TimestamptzRange(datetime(1, 1, 1 + number, tzinfo=UTC)),
}


def ready(make: Callable[P, "QuerySet[M]"]) -> Callable[P, list[M]]:
    """A function that gives a queryset, as one that gives its rows without making it anew.

    Its arguments are simple values. Everything else in the queryset is the same for ever: it may not ask for the time,
    the year or the language, and a number or a moment that is no argument is refused.
    """
    kinds = {name: each.annotation for name, each in inspect.signature(make, eval_str=True).parameters.items()}
    written: list[_Written] = []

    @wraps(make)
    def rows(*args: P.args, **kwargs: P.kwargs) -> list[M]:
        if not written:
            written.append(_Written(make, kinds))
        return written[0].rows(dict(zip(kinds, args, strict=False)) | kwargs)

    return rows


class _PreparedCursor(psycopg.Cursor[Any]):
    """Statements are kept after the fifth time, as psycopg does."""

    name = "prepared"  # so that pghistory puts nothing before them: two statements in one cannot be prepared


@contextmanager
def prepared_cursor() -> Iterator[Any]:
    """A cursor whose statements PostgreSQL plans once for each connection. Not for writing what has a history."""
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    wrap = connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
    with wrap(_PreparedCursor(connection.connection)) as cursor:  # type: ignore[arg-type]
        yield cursor


def insert(row: Model) -> None:
    """Write a new row, as `save` does, without putting the statement together anew."""
    sql, fields = _insert_sql(type(row))
    key = row._meta.pk
    with _cursor_to_write(row) as cursor:
        cursor.execute(f'{sql} {_places(fields)} RETURNING "{key.column}"', _values(fields, row))
        row.pk = cursor.fetchone()[0]
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


# Of more rows at once each number is a statement of its own, and seldom comes again.
_FEW = 5


def insert_new(rows: Sequence[Model]) -> None:
    """Write those of the rows that are not there yet. They do not get to know their keys."""
    if not rows:
        return
    sql, fields = _insert_sql(type(rows[0]))
    places = ", ".join([_places(fields)] * len(rows))
    with _cursor_to_write(rows[0]) if len(rows) <= _FEW else connection.cursor() as cursor:
        cursor.execute(f"{sql} {places} ON CONFLICT DO NOTHING", [v for row in rows for v in _values(fields, row)])


def _cursor_to_write(row: Model) -> AbstractContextManager[Any]:
    """What has a history is written with who did it (pghistory)."""
    return connection.cursor() if hasattr(row, "pgh_event_model") else prepared_cursor()


@cache
def _insert_sql(model: type[Model]) -> tuple[str, list[Any]]:
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    return f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES', fields


def _places(fields: list[Any]) -> str:
    return f"({', '.join(['%s'] * len(fields))})"


def _values(fields: list[Any], row: Model) -> list[Any]:
    return [field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in fields]


class _Written:
    """A queryset's SQL, and how its rows become objects, as Django's ModelIterable makes them."""

    def __init__(self, make: Callable[..., "QuerySet[Any]"], kinds: dict[str, type]) -> None:
        stand_ins = {name: _STAND_INS[kind](number) for number, (name, kind) in enumerate(kinds.items())}
        queryset = make(**stand_ins)
        if queryset._prefetch_related_lookups:  # type: ignore[attr-defined]
            raise TypeError(f"{make.__qualname__}: only the rows themselves are ready, nothing is prefetched.")
        compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        sql, params = compiler.as_sql()
        names = {stand_in: name for name, stand_in in stand_ins.items()}
        constant = [value for value in params if value not in names and not isinstance(value, str)]
        if constant or not names.keys() <= set(params):
            raise TypeError(f"{make.__qualname__}: {constant or 'an argument is not used'}.")
        # Constants become part of the text: the plan may then rest on an index that holds some rows only.
        parts = sql.split("%s")
        assert len(parts) == len(params) + 1
        places = ["%s" if value in names else _literal(value) for value in params]
        self.sql = "".join(part for pair in zip(parts, [*places, ""], strict=True) for part in pair)
        self.names = [names[value] for value in params if value in names]
        self._note_columns(compiler)

    def _note_columns(self, compiler: Any) -> None:
        self.model, columns = compiler.klass_info["model"], compiler.klass_info["select_fields"]
        self.own = slice(columns[0], columns[-1] + 1)
        self.fields = [column[0].target.attname for column in compiler.select[self.own]]
        tables = compiler.klass_info, compiler.select, DEFAULT_DB_ALIAS
        self.related = get_related_populators(*tables)  # type: ignore[call-arg] # Django 6 wants one more
        self.annotations = compiler.annotation_col_map.items()
        self.converters = compiler.get_converters([column[0] for column in compiler.select])
        self.apply_converters = compiler.apply_converters

    def rows(self, values: dict[str, Any]) -> list[Any]:
        with prepared_cursor() as cursor:
            cursor.execute(self.sql, [values[name] for name in self.names])
            found = cursor.fetchall()
        return [self._row(values) for values in self.apply_converters(found, self.converters)]

    def _row(self, values: list[Any]) -> Any:
        row = self.model.from_db(DEFAULT_DB_ALIAS, self.fields, values[self.own])
        for related in self.related:
            related.populate(values, row)
        for name, place in self.annotations:
            setattr(row, name, values[place])
        return row


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''").replace("%", "%%") + "'"
