"""``reset_demo``: throws away what the example site has written, for ``make demo-reset``."""

import shutil
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection


class Command(BaseCommand):
    """Drops the site's tables, its mail and its collected files; the next start begins anew."""

    help = "Delete the example site's tables (or its SQLite file), its mail and its collected files."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--force", action="store_true", help="Do it even though DEBUG is off.")

    def handle(self, *args: Any, force: bool, **options: Any) -> None:
        """Delete; raises CommandError where DEBUG is off and nobody asked for it."""
        if not settings.DEBUG and not force:
            raise CommandError(
                "Nothing was deleted, because DEBUG is off. Add --force if that is what you want."
            )
        if connection.vendor == "sqlite":
            _delete_file()
        else:
            _drop_tables()
        for folder in (settings.MAIL_PREVIEW_ROOT, settings.MEDIA_ROOT, settings.STATIC_ROOT):
            shutil.rmtree(folder, ignore_errors=True)
        self.stdout.write("Everything the example site had written is deleted.")


def _delete_file() -> None:
    """Delete the SQLite file, and the two beside it that hold what is not in it yet."""
    connection.close()
    for ending in ("", "-wal", "-shm"):
        Path(f"{connection.settings_dict['NAME']}{ending}").unlink(missing_ok=True)


def _drop_tables() -> None:
    """Drop the tables of the installed apps, and no others, in the database that DATABASE_URL names."""
    tables = [*connection.introspection.django_table_names(only_existing=True), "django_migrations"]
    with connection.constraint_checks_disabled(), connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"DROP TABLE IF EXISTS {connection.ops.quote_name(table)} CASCADE")
