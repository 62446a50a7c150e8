"""From the pieces of a Freemarker template to its tree: which end tag ends what.

``parse`` gives the nodes. Guarantees a tree for anything: an end tag that ends nothing stays a node, a block without
its end tag ends with what surrounds it; ``Block.end_tag`` is then None.
"""

from collections.abc import Iterable

from wagtail_visit_alerts.freemarker.scanning import BLOCKS, SECTIONS, scan
from wagtail_visit_alerts.freemarker.syntax_tree import Block, EndTag, Node, Piece, Section, Tag
from wagtail_visit_alerts.freemarker.whitespace import strip

#: Jinja2 makes Python of a template, which takes twenty loops in one another at most.
MOST_OPEN_BLOCKS = 18

#: Which tags begin a further section of which block.
_SECTIONS_OF = {
    "if": {"elseif", "else"},
    "list": {"else"},
    "switch": {"case", "default"},
    "attempt": {"recover"},
}


def parse(source: str) -> list[Node]:
    """Read a whole template."""
    pieces = list(scan(source))
    strip(source, pieces)
    return _Nesting().nodes(pieces)


class _Nesting:
    """Goes over the pieces, and knows which blocks are open."""

    def __init__(self) -> None:
        self._root: list[Node] = []
        self._open: list[Block] = []
        #: Names of the blocks that stand too deep to be blocks.
        self._too_deep: list[str] = []

    def nodes(self, pieces: Iterable[Piece]) -> list[Node]:
        for piece in pieces:
            if isinstance(piece, EndTag):
                self._end(piece)
            elif isinstance(piece, Tag) and piece.name in SECTIONS:
                self._begin_section(piece)
            elif isinstance(piece, Tag) and piece.name in BLOCKS and not piece.is_closed:
                self._begin(piece)
            else:
                self._body.append(piece)
        return self._root

    @property
    def _body(self) -> list[Node]:
        return self._open[-1].sections[-1].body if self._open else self._root

    def _begin(self, tag: Tag) -> None:
        if len(self._open) >= MOST_OPEN_BLOCKS:
            self._too_deep.append(tag.name)
            self._body.append(tag)
            return
        block = Block([Section(tag)])
        self._body.append(block)
        self._open.append(block)

    def _begin_section(self, tag: Tag) -> None:
        if not self._too_deep:
            depth = len(self._open) - 1
            if depth > 0 and self._open[depth].name == "sep":
                depth -= 1
            if depth >= 0 and tag.name in _SECTIONS_OF.get(self._open[depth].name, ()):
                del self._open[depth + 1 :]
                self._open[-1].sections.append(Section(tag))
                return
        self._body.append(tag)

    def _end(self, tag: EndTag) -> None:
        if self._too_deep and tag.name in self._too_deep:
            while self._too_deep.pop() != tag.name:
                pass
        else:
            names = [block.name for block in self._open]
            if tag.name in names:
                depth = len(names) - 1 - names[::-1].index(tag.name)
                self._open[depth].end_tag = tag
                del self._open[depth:]
                return
        self._body.append(tag)
