"""Rows that a search reads: narrow copies of what it asks about, written where they differ (docs/decisions/0024).

Facts that many rows have in common stand once in a table of groups, under a number that is a hash of them. A row
holds the number, which is compared, counted and sorted five times as fast as the facts.
"""

from collections.abc import Mapping
from typing import Any

from django.db import connection, models, transaction


def columns_of(model: type[models.Model]) -> list[str]:
    """The table's columns, its key first."""
    return [str(field.column) for field in model._meta.concrete_fields]


def key_of(facts: list[str]) -> str:
    """SQL of the number that a group of facts has: 64 bits, so that no two of some thousands meet."""
    return f"hashtextextended(concat_ws('|', {', '.join(f'coalesce(({fact})::text, $$$$)' for fact in facts)}), 0)"


def differ(columns: list[str]) -> str:
    """SQL: whether the row that is known is another than the fresh one."""
    known, fresh = (", ".join(f"{table}.{column}" for column in columns) for table in ("known", "fresh"))
    return f"({known}) IS DISTINCT FROM ({fresh})"


def write_sql(model: type[models.Model], source: str, columns: Mapping[str, str]) -> str:
    """SQL that writes rows, or writes over those with the same key, which is the first of the columns.

    What is there already is not written again: a night that reads everything anew would leave the table twice as big.
    """
    table, (key, *rest) = model._meta.db_table, columns
    old, new = (", ".join(f"{row}.{column}" for column in rest) for row in (table, "excluded"))
    return f"""
        INSERT INTO {table} ({", ".join(columns)}) SELECT {", ".join(columns.values())} FROM {source}
        ON CONFLICT ({key}) DO UPDATE SET {", ".join(f"{column} = excluded.{column}" for column in rest)}
        WHERE ({old}) IS DISTINCT FROM ({new})
    """  # noqa: S608 - our own text only


def write_groups_sql(model: type[models.Model], key: str) -> str:
    """SQL that writes the groups of `changed` rows that nobody had before. Always in order: two who write both wait."""
    columns = columns_of(model)
    return f"""
        INSERT INTO {model._meta.db_table} ({", ".join(columns)})
        SELECT DISTINCT ON ({key}) {", ".join([key, *columns[1:]])} FROM changed ORDER BY {key}
        ON CONFLICT DO NOTHING
    """  # noqa: S608 - our own text only


def run_in_steps(sql: str, values: Mapping[str, Any], at_once: int | None) -> None:
    """Run it until it writes fewer rows than it may at once."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        while cursor.rowcount == at_once:
            cursor.execute(sql, values)


def forget_unused_groups(rows: type[models.Model]) -> None:
    """Remove the groups that no row is in any more. Who writes rows meanwhile waits, or is waited for."""
    for field in rows._meta.concrete_fields:
        if not isinstance(field, models.ForeignKey) or isinstance(field, models.OneToOneField):
            continue
        groups = field.related_model._meta.db_table
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {groups} IN EXCLUSIVE MODE")
            cursor.execute(
                f"DELETE FROM {groups} WHERE NOT EXISTS ("  # noqa: S608 - our own text only
                f"SELECT FROM {rows._meta.db_table} WHERE {field.column} = {groups}.id)"
            )
