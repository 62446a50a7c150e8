"""The Jinja environment of attachments: what a template may use, and what its values are.

Takes data as JSON; gives values whose attributes are theirs alone. Guarantees that an unknown name is an error that
names it, that a contact's further field which this contact lacks is empty, and that no value reaches the text around
its printer: there is no ``safe``, no ``autoescape``, and no other template to take in.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from jinja2 import StrictUndefined, UndefinedError, nodes
from jinja2.exceptions import FilterArgumentError
from jinja2.runtime import BlockReference, Context, LoopContext, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing

from wagtail_visit_alerts.delivering.sandboxed.printing import (
    PRINTERS,
    JsonPrinter,
    Ready,
    TextPrinter,
    without_reserved,
)

#: What Jinja offers and a template here does not need: text for layouts, and the ways around the escaping.
WITHHELD_GLOBALS = ("lipsum",)
WITHHELD_FILTERS = ("safe",)
#: Tags that take in other templates, or turn the escaping off, by their node.
REFUSED_TAGS: dict[type[nodes.Node], str] = {
    nodes.Include: "include",
    nodes.Import: "import",
    nodes.FromImport: "import",
    nodes.Extends: "extends",
    nodes.ScopedEvalContextModifier: "autoescape",
}


class RefusedTagError(Exception):
    """A template has a tag that is not for attachments."""

    def __init__(self, name: str, *, line: int) -> None:
        super().__init__(name)
        self.name = name
        self.line = line


class UnknownNameError(UndefinedError):
    """A template prints or reads a name that there is not; the message is the name."""


class Unknown(StrictUndefined):
    """What an unknown name stands for: it can be tested and given a default, and nothing else."""

    __slots__ = ()

    def __init__(
        self, hint: str | None = None, obj: Any = missing, name: Any = None, exc: type = UndefinedError
    ) -> None:
        is_name = hint is None and exc is UndefinedError
        super().__init__(hint, obj, name, UnknownNameError if is_name else exc)

    @property
    def _undefined_message(self) -> str:
        if self._undefined_hint:
            return self._undefined_hint
        name = self._undefined_name
        shown = name if isinstance(name, str) else f"[{name}]"
        owner = self._undefined_obj
        return f"{owner._label}.{shown}" if isinstance(owner, Record) else shown


class Record(dict[str, Any]):
    """Named values, such as a contact: ``{{ contact.name }}``."""

    # Behind an underscore, where no template reaches.
    __slots__ = ("_label",)

    def __init__(self, values: Iterable[tuple[str, Any]], *, label: str) -> None:
        super().__init__(values)
        #: What a person calls it when one of its names is unknown.
        self._label = label


class FurtherFields(Record):
    """A contact's further fields. Not every contact has the same ones, so one that is missing is empty."""

    __slots__ = ()

    def __missing__(self, key: str) -> str:
        return ""


class Moment(str):
    """A point in time: prints as its format has it; the filters give its parts."""

    __slots__ = ("_parts",)
    _parts: dict[str, str]

    @classmethod
    def of(cls, parts: dict[str, str], *, printer: TextPrinter) -> "Moment":
        """Return the moment that prints as the printer writes such."""
        moment = cls(printer.moment(parts))
        moment._parts = parts
        return moment


class AttachmentEnvironment(ImmutableSandboxedEnvironment):
    """One kind of text: ``escaping`` is one of ``printing.PRINTERS``."""

    def __init__(self, escaping: str, *, words: dict[str, str]) -> None:
        self.printer = PRINTERS[escaping](words)
        super().__init__(
            autoescape=self.printer.autoescape,
            finalize=self.printer.show,
            undefined=Unknown,
            # A line that holds nothing but tags leaves no line behind.
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        for name in WITHHELD_GLOBALS:
            del self.globals[name]
        for name in WITHHELD_FILTERS:
            del self.filters[name]
        self.filters.update(_moment_filters())
        self.filters["as_printed"] = _as_printed
        if isinstance(self.printer, JsonPrinter):
            self.filters["tojson"] = lambda value, indent=None: Ready(self.printer.show(value))

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Read a name of a record before a method of the same name."""
        if isinstance(obj, Record) and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805  # as in Jinja
        """Call what a template calls; what a macro has printed is not printed again."""
        result = super().call(__context, __obj, *args, **kwargs)
        if type(result) is str and isinstance(__obj, Macro | LoopContext | BlockReference):
            return Ready(result)
        return result

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        """Refuse some tags; mark what ``{% set %}...{% endset %}`` has put together as printed, too."""
        tree = super()._parse(source, name, filename)
        for refused in tree.find_all(tuple(REFUSED_TAGS)):
            raise RefusedTagError(REFUSED_TAGS[type(refused)], line=refused.lineno)
        if not self.printer.autoescape:
            for node in tree.find_all(nodes.AssignBlock):
                node.filter = nodes.Filter(node.filter, "as_printed", [], [], None, None, lineno=node.lineno)
        return tree

    def values(self, data: dict[str, Any]) -> dict[str, Any]:
        """Return what a template is given, from JSON: a further field may hold anything, all else is known."""
        extra = data["contact"]["extra"]
        known = data | {"contact": {**data["contact"], "extra": None}}
        values = {name: self._value(value, label=name) for name, value in known.items()}
        further = json.loads(without_reserved(json.dumps(extra, ensure_ascii=False)))
        values["contact"]["extra"] = FurtherFields(further.items(), label="contact.extra")
        return values

    def _value(self, value: Any, *, label: str) -> Any:
        if isinstance(value, str):
            return without_reserved(value)
        if isinstance(value, list):
            return [self._value(item, label=label.removesuffix("s")) for item in value]
        if isinstance(value, dict) and "iso" in value:
            return Moment.of(value, printer=self.printer)
        if isinstance(value, dict):
            return Record(
                ((key, self._value(item, label=_label_of(key, within=label))) for key, item in value.items()),
                label=label,
            )
        return value


def _label_of(key: str, *, within: str) -> str:
    """What the record under a key is called: a page is a page wherever it stands."""
    return key if key in ("page", "pages") else f"{within}.{key}"


def _as_printed(value: Any) -> Any:
    return Ready(value) if type(value) is str else value


def _moment_filters() -> dict[str, Any]:
    """``date``, ``time`` and ``datetime``: as the reader writes them, or by a pattern; ``iso``: for machines."""

    def of(part: str) -> Any:
        def shown(value: Any, pattern: str | None = None) -> str:
            if value is None or value == "":
                return ""
            if not isinstance(value, Moment):
                raise FilterArgumentError(part)
            if pattern is None:
                return value._parts[part]
            return datetime.fromisoformat(value._parts["iso"]).strftime(pattern)

        return shown

    return {part: of(part) for part in ("date", "time", "datetime", "iso")}
