"""Deleting many rows in small transactions, so that nobody waits for them and nothing is lost if it is interrupted.

Takes query sets of our own tables; gives how many rows it has deleted. What refers to a row goes with it or is
emptied, as the models say; signals are not sent, since nothing listens to those of these rows and sending them costs
a query for each.
"""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any

from django.db import models

from wagtail_visit_alerts.models.primary import atomic

#: Rows that one transaction deletes: some hundredths of a second, also on a slow disk.
BATCH = 500


class Budget:
    """How long a piece of work may go on, by the clock that it is given; for ever where it may take its time."""

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        lasts: timedelta | None = None,
        is_stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._now, self._is_stopping = now, is_stopping
        self._ends_at = None if lasts is None else now() + lasts

    @property
    def is_spent(self) -> bool:
        """Whether no other transaction is to be begun."""
        return self._is_stopping() or (self._ends_at is not None and self._now() >= self._ends_at)


def delete_in_batches(rows: models.QuerySet[Any], *, budget: Budget, batch: int = BATCH) -> int:
    """Delete rows, the ones that the query set names first, until none is left or the budget is spent."""
    deleted = 0
    while not budget.is_spent:
        row_ids = list(rows.values_list("pk", flat=True)[:batch])
        deleted += delete_rows(rows, row_ids)
        if len(row_ids) < batch:
            break
    return deleted


def delete_rows(rows: models.QuerySet[Any], row_ids: Collection[Any]) -> int:
    """Delete those of the rows with these ids in one transaction, with what refers to them; gives how many.

    What is not among the rows any more once it is locked stays: a browser may have come back at this moment.
    """
    with atomic():
        locked = rows.filter(pk__in=row_ids).order_by("pk").select_for_update()
        return _delete(rows.model, list(locked.values_list("pk", flat=True)))


def _delete(model: type[models.Model], row_ids: Collection[Any]) -> int:
    if not row_ids:
        return 0
    for relation in model._meta.related_objects:
        referring = relation.related_model._base_manager.filter(**{f"{relation.field.name}__in": row_ids})
        if relation.on_delete is models.SET_NULL:
            referring.update(**{relation.field.name: None})
        elif relation.on_delete is models.CASCADE:
            _delete(relation.related_model, list(referring.values_list("pk", flat=True)))
    rows = model._base_manager.filter(pk__in=row_ids)
    return int(rows._raw_delete(rows.db))  # Django's own, without signals
