"""A Freemarker template as a tree: what its expressions and its text consist of. Values only; ``at`` is an offset."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from wagtail_visit_alerts.freemarker.told import SyntaxFault

# Expressions


@dataclass(frozen=True)
class Text:
    """A string literal without interpolations, its escapes resolved."""

    at: int
    value: str


@dataclass(frozen=True)
class Number:
    at: int
    digits: str


@dataclass(frozen=True)
class Truth:
    at: int
    value: bool


@dataclass(frozen=True)
class Name:
    """A variable."""

    at: int
    name: str


@dataclass(frozen=True)
class Special:
    """A variable of Freemarker's own: ``.now``."""

    at: int
    name: str


@dataclass(frozen=True)
class Item:
    """``object.key`` or ``object[key]``; the first has a ``Text`` as its key."""

    at: int
    object: "Expression"
    key: "Expression"


@dataclass(frozen=True)
class Call:
    at: int
    function: "Expression"
    arguments: tuple["Expression", ...]


@dataclass(frozen=True)
class BuiltIn:
    """``object?name`` or ``object?name(arguments)``; the name in the spelling with underscores."""

    at: int
    object: "Expression"
    name: str
    arguments: tuple["Expression", ...] | None


@dataclass(frozen=True)
class Default:
    """``object!fallback``; without a fallback it is an empty text, list or hash."""

    at: int
    object: "Expression"
    fallback: "Expression | None"


@dataclass(frozen=True)
class Exists:
    at: int
    object: "Expression"


@dataclass(frozen=True)
class Not:
    at: int
    operand: "Expression"


@dataclass(frozen=True)
class Sign:
    at: int
    sign: str
    operand: "Expression"


@dataclass(frozen=True)
class Plus:
    """``a + b + c``: a sum, or texts, lists or hashes put together."""

    at: int
    terms: tuple["Expression", ...]


@dataclass(frozen=True)
class Arithmetic:
    at: int
    operator: str
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True)
class Comparison:
    at: int
    operator: str
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True)
class Logic:
    """``a && b && c`` or ``a || b || c``."""

    at: int
    operator: str
    operands: tuple["Expression", ...]


@dataclass(frozen=True)
class Range:
    """``a..b`` (inclusive), ``a..<b``, ``a..*length``; the first may lack its end."""

    at: int
    operator: str
    first: "Expression"
    last: "Expression | None"


@dataclass(frozen=True)
class Listing:
    at: int
    items: tuple["Expression", ...]


@dataclass(frozen=True)
class Hash:
    at: int
    pairs: tuple[tuple["Expression", "Expression"], ...]


@dataclass(frozen=True)
class Parenthesis:
    """Kept, because ``(a.b)!c`` is more than ``a.b!c``."""

    at: int
    inner: "Expression"


@dataclass(frozen=True)
class Lambda:
    """``item -> expression``, as ``?map`` and ``?filter`` take it."""

    at: int
    parameters: tuple[str, ...]
    body: "Expression"


Expression: TypeAlias = (
    Text | Number | Truth | Name | Special | Item | Call | BuiltIn | Default | Exists | Not | Sign | Plus | Arithmetic
    | Comparison | Logic | Range | Listing | Hash | Parenthesis | Lambda
)  # fmt: skip


# The template


@dataclass
class Literal:
    """Text as it stands; at its start Freemarker may drop a tag's line break, at its end a tag's indent."""

    start: int
    end: int
    text: str
    dropped_start: str = ""
    dropped_end: str = ""

    @property
    def printed(self) -> str:
        """What is printed of it."""
        return self.text[len(self.dropped_start) : len(self.text) - len(self.dropped_end)]


@dataclass(frozen=True)
class Comment:
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Interpolation:
    """``${expression}`` or ``#{expression; format}``; ``fault`` says why it can't be read."""

    start: int
    end: int
    expression: Expression | None = None
    number_format: str = ""
    fault: SyntaxFault | None = None


@dataclass(frozen=True)
class Assignment:
    """One ``name operator expression`` of an ``<#assign>``; ``++`` and ``--`` have no expression."""

    at: int
    name: str
    operator: str
    expression: Expression | None


@dataclass(frozen=True)
class Tag:
    """One tag that is no end tag, with what stands in it."""

    start: int
    end: int
    name: str
    expression: Expression | None = None
    #: The loop variables of a list; the variable of an assignment that goes on to its end tag.
    names: tuple[str, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    fault: SyntaxFault | None = None
    #: Whether it ends itself: it needs no end tag, or is written with a slash.
    is_closed: bool = False


@dataclass(frozen=True)
class EndTag:
    start: int
    end: int
    name: str


@dataclass
class Section:
    """A tag and what follows, up to the next section of the block or its end."""

    head: Tag
    body: list["Node"] = field(default_factory=list)


@dataclass
class Block:
    """From a tag to its end tag: ``<#if>`` with its ``<#elseif>`` and ``<#else>`` as further sections."""

    sections: list[Section]
    #: None where the end tag is missing, or none is needed (``<#sep>``).
    end_tag: EndTag | None = None

    @property
    def head(self) -> Tag:
        return self.sections[0].head

    @property
    def name(self) -> str:
        return self.head.name


Piece: TypeAlias = Literal | Comment | Interpolation | Tag | EndTag
#: An end tag among the nodes is one that ends nothing.
Node: TypeAlias = Literal | Comment | Interpolation | Tag | EndTag | Block


def children_of(expression: Expression) -> Sequence[Expression]:
    """The expressions that stand directly in another one, in the order of the text."""
    match expression:
        case Item(object=first, key=second):
            return [first, second]
        case Call(function=first, arguments=others):
            return [first, *others]
        case BuiltIn(object=first):
            return [first, *(expression.arguments or ())]
        case Default(object=first, fallback=last) | Range(first=first, last=last):
            return [first] if last is None else [first, last]
        case Exists(object=inner) | Not(operand=inner) | Sign(operand=inner):
            return [inner]
        case Parenthesis(inner=inner) | Lambda(body=inner):
            return [inner]
        case Plus(terms=several) | Logic(operands=several) | Listing(items=several):
            return several
        case Arithmetic(left=left, right=right) | Comparison(left=left, right=right):
            return [left, right]
        case Hash(pairs=pairs):
            return [part for pair in pairs for part in pair]
    return []
