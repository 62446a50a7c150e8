"""Joining: two contacts become one, and so do the figures of each day."""

from collections.abc import Iterable
from typing import Any, Final

from django.db import models

from wagtail_visit_alerts.models import Contact, DailyActivity, DailyLatency, DailyPageTotal, DailyTotal
from wagtail_visit_alerts.reporting.monthly_totals import forget_month

#: What is counted of a contact by day; each has one unique constraint, which says whose figure of what a row is.
COUNTED: Final = (DailyTotal, DailyPageTotal, DailyLatency, DailyActivity)


def join_contacts(kept: Contact, other: Contact) -> None:
    """Make all figures of the other contact those of the one who stays: of the same day they are added up.

    Call it in a ``counting_turn`` that has begun before either contact was locked.
    """
    for model in COUNTED:
        _join(model, kept, other)


def _join(model: Any, kept: Contact, other: Contact) -> None:
    """Add the other's figures to those of the same day; the rest moves. Their page views are never the same."""
    (constraint,) = [one for one in model._meta.constraints if isinstance(one, models.UniqueConstraint)]
    key = [model._meta.get_field(name).attname for name in constraint.fields if name != "contact"]
    figures = [
        field.attname
        for field in model._meta.fields
        if isinstance(field, models.PositiveIntegerField) and field.attname not in key
    ]
    there = {_key(row, key): row for row in model.objects.filter(contact=kept)}
    months = set()
    for row in model.objects.filter(contact=other):
        same = there.get(_key(row, key))
        if same is None:
            model.objects.filter(pk=row.pk).update(contact=kept)
            continue
        added = {name: getattr(same, name) + getattr(row, name) for name in figures}
        model.objects.filter(pk=same.pk).update(**added)
        row.delete()
        months.add(row.day.replace(day=1))
    if model is DailyTotal:
        # Sums of a month say how much one contact raised in a day at most: that may be more now.
        for month in months:
            forget_month(month)


def _key(row: Any, names: Iterable[str]) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in names)
