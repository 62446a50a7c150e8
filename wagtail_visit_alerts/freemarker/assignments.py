"""Where a template assigns its variables, and which of them Jinja2 would forget.

What is set inside a loop in Jinja2 is gone with the loop's round; Freemarker keeps it. ``find`` says which variables
therefore have to be kept in a namespace.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from wagtail_visit_alerts.freemarker.syntax_tree import (
    Block,
    Expression,
    Interpolation,
    Name,
    Node,
    Section,
    Tag,
    children_of,
)

ASSIGNING = {"assign", "global", "local"}


@dataclass(frozen=True)
class Assignments:
    """What a template assigns: all variables, those to be kept, and those it reads before it first assigns them."""

    assigned: frozenset[str]
    kept: frozenset[str]
    read_first: frozenset[str]
    #: Every name that the template uses.
    names: frozenset[str]


@dataclass(frozen=True)
class _Use:
    """A variable read or assigned: in which loops, and whether that happens whenever the loop's round does."""

    is_assignment: bool
    scope: tuple[int, ...]
    is_certain: bool


@dataclass(frozen=True)
class _Place:
    scope: tuple[int, ...] = ()
    is_certain: bool = True
    #: The variables of the loops around.
    loop_variables: frozenset[str] = frozenset()


def find(nodes: Iterable[Node]) -> Assignments:
    """Look through a whole template."""
    search = _Search()
    search.nodes(nodes, _Place())
    assigned = {name for name, uses in search.uses.items() if any(use.is_assignment for use in uses)}
    return Assignments(
        frozenset(assigned),
        frozenset(name for name in assigned if _would_be_forgotten(search.uses[name])),
        frozenset(name for name in assigned if not search.uses[name][0].is_assignment),
        frozenset(search.uses),
    )


def _would_be_forgotten(uses: Sequence[_Use]) -> bool:
    """Whether a variable is used where Jinja2 does not know it any more."""
    scopes = {use.scope for use in uses if use.is_assignment}
    if len(scopes) > 1:
        return True
    (scope,) = scopes
    if not scope:
        return False
    is_inside = all(use.scope[: len(scope)] == scope for use in uses)
    return not (is_inside and uses[0].is_assignment and uses[0].is_certain)


@dataclass
class _Search:
    """Collects the uses of every name, in the order of the template."""

    uses: dict[str, list[_Use]] = field(default_factory=dict)
    _scopes: int = 0

    def nodes(self, nodes: Iterable[Node], place: _Place) -> None:
        for node in nodes:
            if isinstance(node, Interpolation):
                self._read(node.expression, place)
            elif isinstance(node, Tag):
                self._tag(node, place)
            elif isinstance(node, Block):
                self._block(node, place)

    def _tag(self, tag: Tag, place: _Place) -> None:
        self._read(tag.expression, place)
        for assignment in tag.assignments:
            self._read(assignment.expression, place)
            if assignment.operator != "=":
                self._note(assignment.name, place, is_assignment=False)
            self._note(assignment.name, place, is_assignment=True)

    def _block(self, block: Block, place: _Place) -> None:
        if block.name in {"macro", "function"}:
            return  # not converted
        if block.name in ASSIGNING:
            self.nodes(block.sections[0].body, self._inside(place))
            for name in block.head.names:
                self._note(name, place, is_assignment=True)
            return
        for section in block.sections:
            self._read(section.head.expression, place)
            self.nodes(section.body, self._of_section(block, section, place))

    def _of_section(self, block: Block, section: Section, place: _Place) -> _Place:
        if block.name in {"list", "foreach", "items"} and block.head.names:
            return self._inside(place, section.head.names)
        return _Place(place.scope, False, place.loop_variables)

    def _inside(self, place: _Place, loop_variables: tuple[str, ...] = ()) -> _Place:
        self._scopes += 1
        return _Place((*place.scope, self._scopes), True, place.loop_variables | set(loop_variables))

    def _read(self, expression: Expression | None, place: _Place) -> None:
        if isinstance(expression, Name):
            self._note(expression.name, place, is_assignment=False)
        elif expression is not None:
            for child in children_of(expression):
                self._read(child, place)

    def _note(self, name: str, place: _Place, *, is_assignment: bool) -> None:
        if name not in place.loop_variables:
            self.uses.setdefault(name, []).append(_Use(is_assignment, place.scope, place.is_certain))
