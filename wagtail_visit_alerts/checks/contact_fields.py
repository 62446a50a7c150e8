"""Checks the further fields of contacts that a site declares."""

from collections.abc import Sequence
from typing import Any

from django.core import checks

from wagtail_visit_alerts.checks.check_ids import TAG
from wagtail_visit_alerts.conf import SETTINGS_NAME, settings
from wagtail_visit_alerts.models.declared_fields import MalformedDeclaration, read_declaration


def check_contact_fields(**kwargs: Any) -> list[checks.CheckMessage]:
    """Report each declaration that can't be read, and each name that is there twice: the field is left out then."""
    declarations = settings.CONTACT_FIELDS
    if isinstance(declarations, str) or not isinstance(declarations, Sequence):
        return []  # a wrong type, which is reported as such
    messages: list[checks.CheckMessage] = []
    names: set[str] = set()
    for number, declaration in enumerate(declarations, 1):
        try:
            name = read_declaration(declaration).name.casefold()
        except MalformedDeclaration as error:
            messages.append(_malformed(number, problem=str(error)))
            continue
        if name in names:
            messages.append(_malformed(number, problem="has the name of one before it"))
        names.add(name)
    return messages


def _malformed(number: int, *, problem: str) -> checks.Error:
    return checks.Error(
        f'Item {number} of {SETTINGS_NAME}["CONTACT_FIELDS"] {problem}, so contacts do not have this field.',
        hint='Write it as {"name": "customer_number", "label": "Customer number", "type": "text"}.',
        id=f"{TAG}.E013",
    )
