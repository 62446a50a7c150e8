"""Which variables a template has at a place: those of our attachments, its own, and those of its loops."""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.utils.translation import gettext

from wagtail_visit_alerts.freemarker.code import Code, safe_name

Path = tuple[str, ...]


@dataclass
class Loop:
    """A loop around the place. ``alias`` is set once an inner loop asks for this one."""

    variables: tuple[str, ...]
    #: Whether it goes over something of ours, such as the visits: nothing in them is missing either.
    is_ours: bool = False
    alias: str = ""


@dataclass
class Names:
    """Looks names up. ``known`` are the variables of our templates, ``renames`` what the person asked for."""

    #: A last part of “*” stands for any name.
    known: frozenset[Path]
    renames: Mapping[Path, Path]
    #: Variables that the template assigns, and those of them that are kept in a namespace, by what they go by there.
    assigned: set[str] = field(default_factory=set)
    kept: dict[str, str] = field(default_factory=dict)
    _loops: list[Loop] = field(default_factory=list)

    @classmethod
    def of(cls, known: Iterable[str], renames: Mapping[str, str]) -> "Names":
        """Return the names by their dotted spelling."""
        paths = {tuple(old.split(".")): tuple(new.split(".")) for old, new in renames.items()}
        return cls(frozenset(tuple(name.split(".")) for name in known), paths)

    @contextmanager
    def loop(self, variables: tuple[str, ...], *, is_ours: bool) -> Iterator[Loop]:
        """Within the block, these are variables of a loop."""
        loop = Loop(variables, is_ours)
        self._loops.append(loop)
        try:
            yield loop
        finally:
            self._loops.pop()

    def is_local(self, name: str) -> bool:
        """Whether the template makes this variable itself."""
        return name in self.assigned or any(name in loop.variables for loop in self._loops)

    def local(self, name: str) -> Code:
        """Return a variable that the template makes itself."""
        in_loop = any(name in loop.variables for loop in self._loops)
        return Code(safe_name(name) if in_loop else self.kept.get(name, safe_name(name)))

    def loop_of(self, variable: str) -> str:
        """Return what Jinja2's ``loop`` of this loop variable goes by here; empty where there is no such loop."""
        for loop in reversed(self._loops):
            if variable in loop.variables:
                if loop is not self._loops[-1]:
                    loop.alias = f"{safe_name(variable)}_loop"
                return loop.alias if loop is not self._loops[-1] else "loop"
        return ""

    def is_ours(self, path: Path) -> bool:
        """Whether something is a value of ours: by its name, or because a loop goes over ours."""
        for loop in reversed(self._loops):
            if path[0] in loop.variables:
                return loop.is_ours
        return path[0] not in self.assigned and self.is_known(self.renamed(path))

    def renamed(self, path: Path) -> Path:
        """Return the path under its new name, by the longest of the old ones that it begins with."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.renames:
                return self.renames[path[:length]] + path[length:]
        return path

    def is_known(self, path: Path) -> bool:
        """Whether our templates have a variable, or it is what several of them begin with."""
        return any(name[: len(path)] == path for name in self.known) or (*path[:-1], "*") in self.known

    def advice_for(self, path: Path) -> str:
        """Return what a person can do about a variable that our templates lack."""
        written = ".".join(path)
        ours = [".".join(name) for name in self.known if name[-1] != "*"]
        words = {"old": written, "new": "".join(difflib.get_close_matches(written, ours, n=1, cutoff=0.75))}
        if words["new"]:
            return gettext("Did you mean %(new)s? “--rename %(old)s=%(new)s” converts it.") % words
        for open_ in sorted(name for name in self.known if name[-1] == "*" and name[0] == path[0]):
            words["new"] = ".".join((*open_[:-1], path[-1]))
            return gettext("If it is a further field of yours, “--rename %(old)s=%(new)s” converts it.") % words
        return gettext("Write one of our variables instead, or convert with “--rename %(old)s=OURS”.") % words
