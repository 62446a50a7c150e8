"""What repeats a contact's name outside of their own rows: the history, unfinished alerts, uploads, the queue's list.

Takes a contact who is still named; rewrites or deletes those rows. The search index follows the contact's own row.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import connections, router
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext
from wagtail.models import ModelLogEntry

from wagtail_visit_alerts.models import Contact, ContactImport, WizardRun
from wagtail_visit_alerts.privacy.history_labels import label_of

#: Texts shorter than this are part of too many others to be looked for in them.
SHORTEST = 5
#: Whose tasks the queue's own list of failures may repeat an address: ours.
_OURS = "wagtail_visit_alerts."


def forget_repeated(contact: Contact) -> None:
    """Take a contact's address, name and phone out of rows that are not theirs. Part of the caller's transaction."""
    names = _names_of(contact)
    _history_of(contact).update(label=label_of(contact.pk), data={})
    ours = ContentType.objects.filter(app_label=Contact._meta.app_label)
    _rewrite(ModelLogEntry.objects.filter(content_type__in=ours), field="data", names=names)
    _rewrite(WizardRun.objects.all(), field="steps", names=names)
    for upload in ContactImport.objects.all():  # few: an upload is kept for a day at most
        if any(
            name.casefold() in text.casefold() for name in names for text in (upload.content, upload.file_name)
        ):
            upload.delete()
    _forget_failed_tasks(names)


def lock_uploads() -> None:
    """Wait for files that are being imported. Call it before a contact is locked, as whoever imports locks theirs."""
    list(ContactImport.objects.order_by("pk").select_for_update().values_list("pk", flat=True))


def forget_in_search() -> None:
    """Rewrite the index of SQLite's full-text search, which keeps what was deleted until it is merged."""
    alias = router.db_for_write(Contact)
    connection = connections[alias]
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table.endswith("indexentry_fts"):
                name = connection.ops.quote_name(table)
                cursor.execute(f"INSERT INTO {name}({name}) VALUES ('optimize')")  # noqa: S608  # the table's own name


def _names_of(contact: Contact) -> list[str]:
    """What names a contact wherever it stands: the address in both spellings, the name, the phone; longest first."""
    found = {contact.email.strip(), contact.email_key, contact.name.strip(), contact.phone.strip()}
    return sorted((name for name in found if len(name) >= SHORTEST), key=len, reverse=True)


def _history_of(contact: Contact) -> QuerySet[ModelLogEntry]:
    return ModelLogEntry.objects.for_instance(contact)


def _rewrite(rows: QuerySet[Any], *, field: str, names: list[str]) -> None:
    """Replace the names in a JSON column of those rows that have one of them."""
    condition = Q()
    for name in names:
        # As text it is JSON: PostgreSQL keeps letters as they are, the others as escapes.
        for written in {name, json.dumps(name)[1:-1], json.dumps(name, ensure_ascii=False)[1:-1]}:
            condition |= Q(as_text__icontains=written)
    if not condition:
        return
    for row in rows.annotate(as_text=Cast(field, TextField())).filter(condition):
        rows.model._base_manager.filter(pk=row.pk).update(**{field: _without(getattr(row, field), names)})


def _without(value: Any, names: list[str]) -> Any:
    """The value of a JSON column with other words in place of the names, however deep they stand."""
    if isinstance(value, dict):
        return {_without(key, names): _without(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [_without(item, names) for item in value]
    if not isinstance(value, str):
        return value
    pattern = "|".join(map(re.escape, names))
    return re.sub(pattern, lambda _match: gettext("(erased)"), value, flags=re.IGNORECASE)


def _forget_failed_tasks(names: list[str]) -> None:
    """Delete our own failed tasks in django-q2's list whose error repeats a name."""
    if not apps.is_installed("django_q"):
        return
    for task in _failed_tasks():
        if any(name.casefold() in str(task.result).casefold() for name in names):
            task.delete()


def _failed_tasks() -> Iterator[Any]:
    failures = apps.get_model("django_q", "Task").objects.filter(success=False, func__startswith=_OURS)
    return failures.order_by("pk").iterator()
