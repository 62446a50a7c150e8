"""Bulk rows: many rows of one table, written in batches by the fastest way that the database has.

Ids are given here, in the order of adding, so that rows can refer to each other before they are written: nothing else
may write to the table meanwhile.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from django.core.management.color import no_style
from django.db import connections, models
from django.db.models import Max

from wagtail_visit_alerts.models.primary import primary_alias

#: Rows that are held in memory of one table at most; MariaDB and SQLite are given them at once.
BATCH = 5_000


class BulkRows:
    """Rows of a model, given as values in the order of ``columns``; columns left out have their default."""

    def __init__(self, model: type[models.Model], *columns: str) -> None:
        self._model = model
        self._connection = connections[primary_alias()]
        given: list[models.Field[Any, Any]] = [model._meta.get_field(name) for name in columns]  # type: ignore[misc]
        key = model._meta.pk
        others = [field for field in model._meta.concrete_fields if field not in given and field is not key]
        self._prepare = [self._preparation(field) for field in given]
        self._defaults = tuple(
            field.get_db_prep_save(field.get_default(), connection=self._connection) for field in others
        )
        self._names = [str(field.column) for field in (key, *given, *others)]
        self._next_id: int = (model._base_manager.aggregate(last=Max("pk"))["last"] or 0) + 1
        self._rows: list[tuple[Any, ...]] = []

    def _preparation(self, field: models.Field[Any, Any]) -> Callable[[Any], Any] | None:
        """What the database's driver can't take as it is goes through Django's field."""
        if isinstance(field, models.DateTimeField):
            return self._connection.ops.adapt_datetimefield_value
        if isinstance(field, models.UUIDField | models.JSONField | models.DecimalField | models.DateField):
            return partial(field.get_db_prep_save, connection=self._connection)
        return None

    def add(self, *values: Any) -> int:
        """Add a row; gives the id that it will have. It is written with others, later."""
        row_id, self._next_id = self._next_id, self._next_id + 1
        prepared = [
            value if prepare is None or value is None else prepare(value)
            for value, prepare in zip(values, self._prepare, strict=True)
        ]
        self._rows.append((row_id, *prepared, *self._defaults))
        return row_id

    def write(self) -> None:
        """Write what was added; rows that they refer to must be written before."""
        for start in range(0, len(self._rows), BATCH):
            self._write(self._rows[start : start + BATCH])
        self._rows.clear()

    def _write(self, rows: Sequence[tuple[Any, ...]]) -> None:
        quote = self._connection.ops.quote_name
        table, names = quote(self._model._meta.db_table), ", ".join(map(quote, self._names))
        with self._connection.cursor() as cursor:
            if self._connection.vendor == "postgresql" and hasattr(cursor, "copy"):
                with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row(row)
                return
            places = ", ".join(["%s"] * len(self._names))
            # Nothing of it is from outside: names of a model's columns.
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({places})", rows)  # noqa: S608


def update_column(model: type[models.Model], column: str, values: Iterable[tuple[int, Any]]) -> None:
    """Set one column of many rows, given as pairs of id and value."""
    connection = connections[primary_alias()]
    quote = connection.ops.quote_name
    field = model._meta.get_field(column)
    assert isinstance(field, models.Field)
    table, name, key = (
        quote(str(part)) for part in (model._meta.db_table, field.column, model._meta.pk.column)
    )
    prepared = [(field.get_db_prep_save(value, connection=connection), row_id) for row_id, value in values]
    with connection.cursor() as cursor:
        for start in range(0, len(prepared), BATCH):
            statement = f"UPDATE {table} SET {name} = %s WHERE {key} = %s"  # noqa: S608 as above
            cursor.executemany(statement, prepared[start : start + BATCH])


def go_on_after_given_ids(used: Iterable[type[models.Model]]) -> None:
    """Have the database give ids behind those that were given here; only PostgreSQL must be told."""
    connection = connections[primary_alias()]
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), list(used)):
            cursor.execute(statement)


def read_in_big_pieces() -> None:
    """Let SQLite keep more of the tables in memory while they are filled: its own 2 MB make indexes slow."""
    connection = connections[primary_alias()]
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA cache_size = -262144")  # 256 MiB, until the connection is closed
