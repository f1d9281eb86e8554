"""Rows into a table by PostgreSQL's COPY, as text: a template per table, a few numbers and words per row."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import pgtrigger
import psycopg
from django.db import connection, models
from django.utils import timezone
from psycopg.adapt import PyFormat, Transformer

# A megabyte or so at a time: one call per row would cost more than the row.
ROWS_AT_ONCE = 2000
_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


class Copier:
    """One connection that loads tables. Rows are numbered from 1, so that one table can name another's."""

    def __init__(self) -> None:
        parameters = connection.get_connection_params()
        names = ("dbname", "user", "password", "host", "port", "sslmode")
        wanted = {name: parameters[name] for name in names if parameters.get(name)}
        self.session = psycopg.connect(**wanted, autocommit=True)
        self.session.execute("SET synchronous_commit = off")
        self._keep_no_history()

    def _keep_no_history(self) -> None:
        """Triggers would note each row a second time, in minutes: what is invented has no history."""
        names = [trigger.get_pgid(model) for model, trigger in pgtrigger.registered()]
        self.session.execute("SELECT set_config('pgtrigger.ignore', %s, false)", ["{" + ",".join(names) + "}"])

    def close(self) -> None:
        self.session.close()

    def copy(
        self, model: type[models.Model], columns: Iterable[str], rows: Iterable[tuple[Any, ...]], **same: Any
    ) -> int:
        """Write rows of `columns` (field names); `same` is equal in all of them, every other field has its default.

        Values are written as they are: text must have been through `escaped`, None is written as \\N.
        """
        varying = [model._meta.get_field(name) for name in columns]
        others = [field for field in model._meta.concrete_fields if field not in varying and _is_ours(field)]
        constants = [self._constant(field, same).replace("%", "%%") for field in others]
        template = "\t".join(["%s"] * len(varying) + constants)
        names = ", ".join(f'"{field.column}"' for field in [*varying, *others])  # type: ignore[union-attr]
        count, batch = 0, []
        with (
            self.session.cursor() as cursor,
            cursor.copy(f'COPY "{model._meta.db_table}" ({names}) FROM STDIN') as copy,
        ):
            for row in rows:
                batch.append(template % row)
                if len(batch) == ROWS_AT_ONCE:
                    copy.write("\n".join(batch) + "\n")
                    count += len(batch)
                    batch.clear()
            if batch:
                copy.write("\n".join(batch) + "\n")
        self._continue_numbering(model)
        return count + len(batch)

    def _constant(self, field: Any, same: dict[str, Any]) -> str:
        if field.name in same:
            value = same[field.name]
        elif getattr(field, "auto_now_add", False) or getattr(field, "auto_now", False):
            value = timezone.now()
        else:
            value = field.get_default()
        value = field.get_db_prep_save(value, connection)
        if value is None:
            return r"\N"
        written = Transformer(self.session).get_dumper(value, PyFormat.TEXT).dump(value)
        return escaped(bytes(written or b"").decode())

    def _continue_numbering(self, model: type[models.Model]) -> None:
        key = model._meta.pk
        if isinstance(key, models.AutoField):
            table, column = model._meta.db_table, key.column
            numbers = f"pg_get_serial_sequence('{table}', '{column}')"
            continue_at = f'SELECT setval({numbers}, coalesce(max({column}), 1)) FROM "{table}"'  # noqa: S608
            self.session.execute(continue_at)


def _is_ours(field: Any) -> bool:
    """Not worked out by the database itself, as a generated column is, or the number of a row that names none."""
    return not field.generated and field.db_default is models.NOT_PROVIDED and not isinstance(field, models.AutoField)


def escaped(text: str) -> str:
    """Text as COPY reads it."""
    return text.translate(_ESCAPES)


def written(moment: datetime | date | None) -> str:
    """A moment or a day as COPY reads it."""
    return moment.isoformat() if moment else r"\N"
