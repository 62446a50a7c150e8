"""What a conversion has to say to a person: each finding with its place in the Freemarker template.

Takes offsets into the text, gives lines and columns as editors count them, from 1.
"""

import enum
import re
from bisect import bisect_right
from dataclasses import dataclass

from django.utils.translation import gettext


class Kind(enum.Enum):
    """What a finding is about; notes need nobody's hand."""

    CONSTRUCT = "construct"
    VARIABLE = "variable"
    NOTE = "note"


class SyntaxFault(Exception):
    """Freemarker itself would refuse this; the message says why, ``offset`` is where in the text."""

    def __init__(self, offset: int, text: str) -> None:
        super().__init__(text)
        self.offset = offset


@dataclass(frozen=True)
class Finding:
    """One thing to tell. ``construct`` is as it stands in the template, ``advice`` one sentence or two."""

    kind: Kind
    line: int
    column: int
    construct: str
    advice: str
    #: Where else the same variable occurs.
    further_lines: tuple[int, ...] = ()

    def __str__(self) -> str:
        values = {
            "line": self.line,
            "column": self.column,
            "construct": self.construct,
            "advice": self.advice,
            "lines": ", ".join(map(str, self.further_lines)),
        }
        if self.kind == Kind.NOTE:
            text = gettext("Note, line %(line)d, column %(column)d: %(construct)s. %(advice)s")
        elif self.kind == Kind.CONSTRUCT:
            text = gettext("Line %(line)d, column %(column)d: %(construct)s is not converted. %(advice)s")
        elif self.further_lines:
            text = gettext(
                "Line %(line)d, column %(column)d, and also line %(lines)s: there is no variable "
                "%(construct)s. %(advice)s"
            )
        else:
            text = gettext("Line %(line)d, column %(column)d: there is no variable %(construct)s. %(advice)s")
        return text % values


class Findings:
    """Collects what a conversion finds, and gives it in the order of the text."""

    def __init__(self, source: str) -> None:
        self._line_starts = [0, *(match.end() for match in re.finditer(r"\r\n|\r|\n", source))]
        self._constructs: set[tuple[int, Kind, str, str]] = set()
        self._variables: dict[str, tuple[list[int], str]] = {}

    def construct(self, offset: int, construct: str, advice: str) -> None:
        """Tell that something is kept as a comment and needs a person."""
        self._constructs.add((offset, Kind.CONSTRUCT, construct, advice))

    def note(self, offset: int, construct: str, advice: str) -> None:
        """Tell what a person may want to know and need not act on."""
        self._constructs.add((offset, Kind.NOTE, construct, advice))

    def variable(self, offset: int, name: str, advice: str) -> None:
        """Tell that our templates lack a variable; each is told once, with all its lines."""
        self._variables.setdefault(name, ([], advice))[0].append(offset)

    def place(self, offset: int) -> tuple[int, int]:
        """Return line and column of an offset, both from 1."""
        line = bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1] + 1

    def in_order(self) -> list[Finding]:
        """Return all findings by line and column."""
        found = [
            Finding(kind, *self.place(offset), construct, advice)
            for offset, kind, construct, advice in self._constructs
        ]
        for name, (offsets, advice) in self._variables.items():
            first, *others = sorted(set(offsets))
            line, column = self.place(first)
            further = tuple(sorted({self.place(offset)[0] for offset in others} - {line}))
            found.append(Finding(Kind.VARIABLE, line, column, name, advice, further))
        return sorted(
            found, key=lambda finding: (finding.line, finding.column, finding.kind.value, finding.construct)
        )
