"""Counts queries as design section 6 does: statements of transactions and connection settings are left out."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.test.utils import CaptureQueriesContext

NOT_COUNTED = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT", "PRAGMA", "SET ", "SHOW", "SELECT @@")


@contextmanager
def counted_queries() -> Iterator[list[str]]:
    """Give a list that holds, at the end of the block, the queries made in it."""
    queries: list[str] = []
    with CaptureQueriesContext(connection) as captured:
        yield queries
    queries += [query["sql"] for query in captured if not query["sql"].upper().startswith(NOT_COUNTED)]
