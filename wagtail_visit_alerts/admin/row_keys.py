"""Keys of rows as they stand in addresses, where anybody may write anything.

Takes a model and texts; gives what its database can be asked for. What can be no key is the key of no row:
Wagtail's own views, and some databases, answer it with an error.
"""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model


def keys_in(model: type[Model], texts: Iterable[Any]) -> list[Any]:
    """Those of the texts that can be keys of the model's rows."""
    return [key for text in texts for key in _key_in(model, text)]


def _key_in(model: type[Model], text: Any) -> list[Any]:
    try:
        return [model._meta.pk.clean(text, None)]
    except ValidationError:
        return []


class ChosenByKeys:
    """A bulk action, to which rows that can't be are as rows that are not there."""

    @classmethod
    def get_queryset(cls, model: type[Model], object_ids: Any) -> Any:
        """The rows with these keys, or those of a query for keys. Raises ``Http404`` where there are none."""
        keys = keys_in(model, object_ids) if isinstance(object_ids, list) else object_ids
        return super().get_queryset(model, keys)  # type: ignore[misc]  # a mixin: the action follows
