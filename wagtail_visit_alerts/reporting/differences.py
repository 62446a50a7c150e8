"""Differences: what was counted anew is compared with the rows there are, and only what differs is written."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models import QuerySet

#: Rows of one statement.
BATCH = 500

#: The figures of rows, by what makes each the only one of its day.
Counted = Mapping[tuple[int, ...], Mapping[str, int | None]]


def write_difference(
    existing: QuerySet[Any],
    counted: Counted,
    *,
    day: date,
    key: Sequence[str],
    left_alone: Collection[tuple[int, ...]] = (),
) -> int:
    """Make these rows of a day say what was counted; gives how many were added, changed or deleted.

    ``key`` names the columns that the keys of ``counted`` are of. Rows whose key begins with one of ``left_alone``
    stay as they are, and none is added for it.
    """
    model = existing.model
    rows = {tuple(getattr(row, name) for name in key): row for row in existing}
    kept_keys = {each for each in (*rows, *counted) if any(each[: len(one)] == one for one in left_alone)}
    new, changed = [], []
    fields: set[str] = set()
    for each, figures in counted.items():
        if each in kept_keys:
            continue
        row = rows.get(each)
        if row is None:
            new.append(model(day=day, **dict(zip(key, each, strict=True)), **figures))
            continue
        fields.update(figures)
        if any(getattr(row, name) != value for name, value in figures.items()):
            for name, value in figures.items():
                setattr(row, name, value)
            changed.append(row)
    gone = [row.pk for each, row in rows.items() if each not in counted and each not in kept_keys]
    model.objects.bulk_create(new, batch_size=BATCH)
    if changed:
        model.objects.bulk_update(
            changed, [model._meta.get_field(name).name for name in fields], batch_size=BATCH
        )
    for start in range(0, len(gone), BATCH):
        model.objects.filter(pk__in=gone[start : start + BATCH]).delete()
    return len(new) + len(changed) + len(gone)
