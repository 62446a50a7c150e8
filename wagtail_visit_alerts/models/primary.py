"""Our tables are read where they are written: a replica may not have yet what the last message has written."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, TypeVar

from django.apps import apps
from django.db import DatabaseError, models, router, transaction

M = TypeVar("M", bound=models.Model)

#: The primary result code, which the lowest eight bits of every other one hold (https://sqlite.org/rescode.html).
_SQLITE_BUSY = 5


class PrimaryManager(models.Manager[M]):
    """Reads from the database that the model is written to, whatever a site's router says of reading.

    A model names it as its base manager too, which is the one that follows foreign keys.
    """

    def get_queryset(self) -> models.QuerySet[M]:
        return super().get_queryset().using(self._db or router.db_for_write(self.model))


def primary_alias() -> str:
    """The alias of the database that holds our tables."""
    return router.db_for_write(apps.get_model("wagtail_visit_alerts", "Visitor"))


def is_busy(error: DatabaseError) -> bool:
    """Whether SQLite has refused to write only because somebody else was writing for too long."""
    code = getattr(error.__cause__, "sqlite_errorcode", None)
    return code is not None and code & 0xFF == _SQLITE_BUSY


def atomic() -> AbstractContextManager[Any]:
    """A transaction, or a savepoint in one, on that database."""
    return transaction.atomic(using=primary_alias())


def on_commit(function: Callable[[], Any], *, robust: bool = False) -> None:
    """Call a function once the current transaction on that database is committed; at once outside of one."""
    transaction.on_commit(function, using=primary_alias(), robust=robust)
