"""Converts a Freemarker template to Jinja2, for people who bring their templates along."""

import sys
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext, ngettext
from jinja2 import Environment, nodes

from wagtail_visit_alerts.delivering import attachments
from wagtail_visit_alerts.freemarker.code import is_name
from wagtail_visit_alerts.freemarker.conversion import Conversion, convert
from wagtail_visit_alerts.freemarker.told import Kind

#: Exit codes: something needs a person's hand; nothing could be read or written.
NEEDS_A_HAND = 1
NOT_DONE = 2
STANDARD_INPUT = "-"
FURTHER_FIELDS = "contact.extra."


class Command(BaseCommand):
    help = (
        "Converts a Freemarker template to a Jinja2 template for attachments, and says what it can't convert."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file",
            nargs="?",
            default=STANDARD_INPUT,
            metavar="FILE",
            help="The Freemarker template, in UTF-8; without it, or with “-”, the standard input.",
        )
        parser.add_argument("--output", metavar="FILE", help="Where the Jinja2 template is written to.")
        parser.add_argument("--check", action="store_true", help="Only report; write no template.")
        parser.add_argument(
            "--rename",
            action="append",
            default=[],
            metavar="OLD=NEW",
            help="Write the variable NEW for OLD, such as contact.firstName=contact.name; may be repeated.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        renames = dict(_rename(text) for text in options["rename"])
        conversion = convert(_read(options["file"]), variables=known_variables(), renames=renames)
        if not options["check"]:
            self._write(conversion.template, options["output"])
        self._report(conversion)
        if not conversion.is_complete:
            sys.exit(NEEDS_A_HAND)

    def _write(self, template: str, path: str | None) -> None:
        if path is None:
            self.stdout.write(template, ending="")
            return
        try:
            Path(path).write_text(template, encoding="utf-8", newline="\n")
        except OSError as error:
            raise _not_done(gettext("%(file)s can't be written: %(reason)s."), path, error) from error

    def _report(self, conversion: Conversion) -> None:
        for finding in conversion.findings:
            self.stderr.write(
                str(finding), self.style.NOTICE if finding.kind == Kind.NOTE else self.style.ERROR
            )
        count = sum(finding.kind != Kind.NOTE for finding in conversion.findings)
        if count:
            text = ngettext("%(count)d thing needs your hand.", "%(count)d things need your hand.", count)
            self.stderr.write(text % {"count": count}, self.style.ERROR)
        else:
            self.stderr.write(gettext("All is converted."), self.style.SUCCESS)


def known_variables() -> list[str]:
    """Return the names that a template of an attachment has; what it goes through stands in the examples only."""
    # Which further fields there are differs from contact to contact: the one that is listed is an example.
    names = [name for name, _ in attachments.variables() if not name.startswith(FURTHER_FIELDS)]
    for piece, _ in attachments.examples():
        used = list(Environment(autoescape=True).parse(piece).find_all(nodes.Name))
        own = {name.name for name in used if name.ctx == "store"}
        names += {name.name for name in used} - own - {name.partition(".")[0] for name in names}
    return [*names, f"{FURTHER_FIELDS}*"]


def _read(path: str) -> str:
    """Return the template. Raises ``CommandError`` where it can't be read as text."""
    try:
        content = sys.stdin.buffer.read() if path == STANDARD_INPUT else Path(path).read_bytes()
    except OSError as error:
        raise _not_done(gettext("%(file)s can't be read: %(reason)s."), path, error) from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        text = gettext("%(file)s is no text in UTF-8 (byte %(position)d): save it as UTF-8 first.")
        name = gettext("The standard input") if path == STANDARD_INPUT else path
        raise CommandError(text % {"file": name, "position": error.start}, returncode=NOT_DONE) from error


def _not_done(text: str, path: str, error: OSError) -> CommandError:
    return CommandError(text % {"file": path, "reason": error.strerror or error}, returncode=NOT_DONE)


def _rename(text: str) -> tuple[str, str]:
    """Return the two names of a ``--rename``. Raises ``CommandError`` where they are none."""
    old, _, new = (part.strip() for part in text.partition("="))
    if not old or not all(map(is_name, [*old.split("."), *new.split(".")])):
        message = gettext(
            "--rename %(text)s: write OLD=NEW with two names, such as contact.firstName=contact.name."
        )
        raise CommandError(message % {"text": text}, returncode=NOT_DONE)
    return old, new
