"""Imports contacts from a CSV file: made where their address is new, changed where it is not."""

import sys
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from wagtail_visit_alerts import importing
from wagtail_visit_alerts.importing import Importer, LineError, Options, Table, Tally

#: The exit code where lines were left out, or would be.
LINES_REFUSED = 1
#: What a shell takes for a tab.
_TAB = ("tab", "\\t")


class Command(BaseCommand):
    help = (
        "Imports contacts from a CSV file by their e-mail address: new ones are made, others changed; an empty "
        "cell leaves what is there. Lines with errors are left out and named on the standard error; the exit code "
        "is 1 then."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", help="The CSV file; - reads the standard input.")
        parser.add_argument("--dry-run", action="store_true", help="Only say what would come of it.")
        parser.add_argument(
            "--keep", action="store_true", help="Fill only what contacts lack; leave what they have."
        )
        parser.add_argument(
            "--default-owner",
            metavar="NAME",
            help="User name or address of the owner of new contacts whose line names none.",
        )
        parser.add_argument(
            "--tag", action="append", default=[], help="A tag for every contact; may be given several times."
        )
        parser.add_argument(
            "--delimiter", help="What is between cells, such as ; or tab; found out by default."
        )
        parser.add_argument("--encoding", help="Such as utf-8 or cp1250; found out by default.")

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = Options(
            overwrite=not options["keep"],
            default_owner_id=_owner_id(options["default_owner"]),
            tags=_tags(options["tag"]),
        )
        delimiter = options["delimiter"] or None
        try:
            text, encoding = importing.read_text(_content_of(options["file"]), encoding=options["encoding"])
            table = importing.read_table(text, delimiter="\t" if delimiter in _TAB else delimiter)
            self._say_how_it_is_read(table, encoding)
            tally = self._import(table, chosen, is_dry_run=options["dry_run"])
        except importing.UnreadableFile as error:
            raise CommandError(str(error)) from error
        words = _(
            "Would be new: %(created)d, changed: %(changed)d, unchanged: %(unchanged)d. Errors in lines: %(refused)d."
        )
        if not options["dry_run"]:
            words = _(
                "New: %(created)d, changed: %(changed)d, unchanged: %(unchanged)d. Errors in lines: %(refused)d."
            )
        counts = {name: getattr(tally, name) for name in ("created", "changed", "unchanged", "refused")}
        self.stdout.write(words % counts)
        if tally.refused:
            raise CommandError(_("Lines with errors are not imported."), returncode=LINES_REFUSED)

    def _say_how_it_is_read(self, table: Table, encoding: str) -> None:
        delimiter = {"\t": "tab"}.get(table.delimiter, table.delimiter)
        self.stdout.write(
            _("Read as %(encoding)s, with “%(delimiter)s” between cells.")
            % {"encoding": encoding, "delimiter": delimiter}
        )
        if table.unknown:
            self.stderr.write(
                _("Columns that are not imported: %(headings)s") % {"headings": ", ".join(table.unknown)}
            )

    def _import(self, table: Table, options: Options, *, is_dry_run: bool) -> Tally:
        importer, total = Importer(table, options=options), Tally()
        for batch in importer.batches():
            tally = importer.look_through(batch) if is_dry_run else importer.write(batch, now=timezone.now())
            total.add(tally)
            for error in tally.errors:
                self.stderr.write(_in_words(error))
        return total


def _in_words(error: LineError) -> str:
    parts = {"line": error.line, "column": error.column, "message": error.message}
    return (
        _("Line %(line)d, %(column)s: %(message)s") if error.column else _("Line %(line)d: %(message)s")
    ) % parts


def _content_of(path: str) -> bytes:
    """The bytes of a file, one more than is allowed at most. Raises ``CommandError``."""
    most = importing.MAX_BYTES + 1
    if path == "-":
        return sys.stdin.buffer.read(most)
    try:
        with Path(path).open("rb") as file:
            return file.read(most)
    except OSError as error:
        raise CommandError(
            _("%(path)s can't be read: %(reason)s.") % {"path": path, "reason": error.strerror}
        ) from error


def _owner_id(name: str | None) -> int | None:
    """The user whom an option names. Raises ``CommandError``."""
    if not name:
        return None
    owners = importing.Owners()
    owners.learn([name])
    try:
        return owners.find(name)
    except importing.WrongCell as error:
        raise CommandError(str(error)) from error


def _tags(given: list[str]) -> tuple[str, ...]:
    try:
        return tuple(name for text in given for name in importing.split_tags(text))
    except importing.WrongCell as error:
        raise CommandError(str(error)) from error
