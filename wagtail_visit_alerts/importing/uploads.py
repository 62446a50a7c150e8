"""Uploads: a file that a user looks through and then imports, piece by piece, each piece in a few seconds.

Takes a file and what was chosen for it; keeps it with how far it has come. Guarantees that no request takes long,
whatever the file's size, that a piece which is asked for twice is done once, and that an import which was broken off
goes on where it stopped: what is written and how far it is stand in one transaction.
"""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from time import monotonic
from typing import Any, Final
from uuid import UUID

from django.contrib.auth import get_user_model
from django.utils.translation import gettext

from wagtail_visit_alerts.delivering.sandboxed.printing import without_formula
from wagtail_visit_alerts.importing.change_words import ChangeWords, in_words
from wagtail_visit_alerts.importing.csv_table import Line, read_table, read_text
from wagtail_visit_alerts.importing.importer import Importer, Tally
from wagtail_visit_alerts.importing.line_changes import Options
from wagtail_visit_alerts.importing.line_values import LineError
from wagtail_visit_alerts.models import ContactImport
from wagtail_visit_alerts.models.primary import atomic

#: For how long one request goes on: servers give up after 30 seconds by default, and each piece reads the file anew.
SECONDS_AT_ONCE: Final = 8.0
#: Errors that are kept to be shown, changes of contacts, and new contacts.
KEPT_ERRORS: Final = 1000
KEPT_CHANGES: Final = 20
KEPT_NEW: Final = 5
_MAX_FILE_NAME = 255


class Phase(StrEnum):
    """How far a file has come; a phase that is being worked at is named after the work."""

    LOOKING = "looking"
    LOOKED = "looked"
    IMPORTING = "importing"
    IMPORTED = "imported"


@dataclass
class Progress:
    """How far a file has come and what came of its lines, as ``ContactImport.outcome`` keeps it."""

    phase: Phase
    #: Contacts in the file, and those that are done in this phase.
    lines: int
    done: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    #: How the file was read.
    encoding: str = ""
    delimiter: str = ""
    unknown: list[str] = field(default_factory=list)
    #: The first of each kind.
    errors: list[LineError] = field(default_factory=list)
    changes: list[ChangeWords] = field(default_factory=list)
    new: list[ChangeWords] = field(default_factory=list)

    @classmethod
    def of(cls, upload: ContactImport) -> "Progress":
        """The progress of an upload."""
        kept = dict(upload.outcome)
        return cls(
            phase=Phase(kept.pop("phase")),
            errors=[LineError(*error) for error in kept.pop("errors")],
            changes=[ChangeWords.of(change) for change in kept.pop("changes")],
            new=[ChangeWords.of(change) for change in kept.pop("new")],
            **kept,
        )

    @property
    def kept(self) -> dict[str, Any]:
        """The same as JSON."""
        errors = [[error.line, error.column, error.message] for error in self.errors]
        return {**asdict(self), "errors": errors}

    @property
    def is_working(self) -> bool:
        """Whether a phase has begun and is not done."""
        return self.phase in (Phase.LOOKING, Phase.IMPORTING)

    @property
    def to_import(self) -> int:
        """Contacts that an import would make or change."""
        return self.created + self.changed

    def begin(self, phase: Phase) -> None:
        """Begin to work at a phase: what came of the one before is forgotten."""
        self.phase, self.done = phase, 0
        self.created = self.changed = self.unchanged = self.refused = 0
        self.errors, self.changes, self.new = [], [], []

    def add(self, tally: Tally) -> None:
        """Add what came of a batch."""
        self.done += tally.lines
        for name in ("created", "changed", "unchanged", "refused"):
            setattr(self, name, getattr(self, name) + getattr(tally, name))
        self.errors += tally.errors[: KEPT_ERRORS - len(self.errors)]
        if self.phase == Phase.IMPORTING:
            return  # what was changed is seen in the contacts
        changed = [change for change in tally.changes if not change.is_new]
        new = [change for change in tally.changes if change.is_new]
        self.changes += in_words(changed[: KEPT_CHANGES - len(self.changes)])
        self.new += in_words(new[: KEPT_NEW - len(self.new)])


def keep_upload(
    content: bytes, *, file_name: str, options: Options, author: Any, now: datetime
) -> ContactImport:
    """Keep a file that is to be looked through. Writes; raises ``UnreadableFile``."""
    text, encoding = read_text(content)
    table = read_table(text)
    progress = Progress(
        phase=Phase.LOOKING,
        lines=sum(1 for _line in table.lines()),
        encoding=encoding,
        delimiter=table.delimiter,
        unknown=table.unknown,
    )
    return ContactImport.objects.create(
        author=author,
        file_name=file_name[:_MAX_FILE_NAME],
        content=text,
        options={**asdict(options), "tags": list(options.tags)},
        outcome=progress.kept,
        uploaded_at=now,
    )


def begin_import(token: UUID) -> bool:
    """Begin to import a file that was looked through; whether it was this call that did. Writes."""
    with atomic():
        upload = _locked(token)
        progress = Progress.of(upload)
        if progress.phase != Phase.LOOKED:
            return False
        progress.begin(Phase.IMPORTING)
        _save(upload, progress)
    return True


def go_on(upload: ContactImport, *, author: Any, now: Callable[[], datetime]) -> Progress:
    """Work at a file for some seconds, at least at one batch; gives how far it has come then. Writes.

    ``author`` is whose rights count: what they may not change is left out.
    """
    progress = Progress.of(upload)
    if not progress.is_working:
        return progress
    table = read_table(upload.content, delimiter=progress.delimiter)
    importer = Importer(table, options=_options(upload), by=author)
    started = monotonic()
    for batch in importer.batches(done=progress.done):
        done = progress.done
        progress = _do(upload, importer, batch, done=done, now=now())
        # Somebody else works at it as well, or it is done.
        if progress.done != done + len(batch) or not progress.is_working:
            break
        if monotonic() - started > SECONDS_AT_ONCE:
            break
    return progress


def refused_lines(upload: ContactImport) -> str:
    """The lines that are not imported, as CSV with what is wrong with each, to be corrected and uploaded again.

    Of a file with very many errors, those of the first thousand.
    """
    progress = Progress.of(upload)
    if progress.phase == Phase.IMPORTED:
        return upload.content
    return _refused_as_csv(upload, progress)


def _do(
    upload: ContactImport, importer: Importer, batch: Sequence[Line], *, done: int, now: datetime
) -> Progress:
    """Do a batch, unless it is done already; gives how far the file has come."""
    with atomic():
        locked = _locked(upload.pk)
        progress = Progress.of(locked)
        if progress.done != done or not progress.is_working:
            return progress
        is_importing = progress.phase == Phase.IMPORTING
        progress.add(importer.write(batch, now=now) if is_importing else importer.look_through(batch))
        if progress.done >= progress.lines:
            progress.phase = Phase.IMPORTED if is_importing else Phase.LOOKED
        if progress.phase == Phase.IMPORTED:
            upload.imported_at, upload.content = now, _refused_as_csv(upload, progress)
            upload.save(update_fields=["imported_at", "content"])
        _save(upload, progress)
    return progress


def _refused_as_csv(upload: ContactImport, progress: Progress) -> str:
    errors: dict[int, list[str]] = {}
    for error in progress.errors:
        words = f"{error.column}: {error.message}" if error.column else error.message
        errors.setdefault(error.line, []).append(words)
    table = read_table(upload.content, delimiter=progress.delimiter)
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=progress.delimiter)
    writer.writerow([*map(without_formula, table.headings), gettext("Error")])
    if errors:
        width = len(table.headings)
        for line in table.lines():
            if line.number in errors:
                cells = [*line.record, *[""] * (width - len(line.record))]
                writer.writerow([*map(without_formula, cells), without_formula(" ".join(errors[line.number]))])
    return file.getvalue()


def _options(upload: ContactImport) -> Options:
    """What was chosen; a default owner who is gone by now, or whose account is off, counts as none."""
    chosen = dict(upload.options)
    owner = get_user_model()._default_manager.filter(pk=chosen["default_owner_id"], is_active=True).first()
    return Options(
        overwrite=chosen["overwrite"],
        default_owner_id=None if owner is None else owner.pk,
        tags=tuple(chosen["tags"]),
    )


def _locked(token: UUID) -> ContactImport:
    """An upload's row without the file, locked until the end of the transaction."""
    return ContactImport.objects.select_for_update().defer("content").get(pk=token)


def _save(upload: ContactImport, progress: Progress) -> None:
    upload.outcome = progress.kept
    upload.save(update_fields=["outcome"])
