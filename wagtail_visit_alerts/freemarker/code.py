"""Pieces of Jinja2 expressions, put together with parentheses where they are needed and nowhere else."""

import enum
import re
from dataclasses import dataclass
from decimal import Decimal

#: What Jinja2 takes for something else than a variable.
RESERVED = {
    "and", "else", "false", "False", "if", "in", "is", "loop", "none", "None", "not", "or", "self", "super", "true",
    "True",
}  # fmt: skip

_DIGITS = re.compile(r"[0-9]{1,15}\.[0-9]+")
_NAME = re.compile(r"[^\W\d]\w*")
#: What a dictionary has by these names are its methods.
_METHODS = set(dir(dict))


class Level(enum.IntEnum):
    """How tightly the outermost operator binds."""

    CONDITION = 0  # a if b else c
    OR = 1
    AND = 2
    NOT = 3
    COMPARISON = 4
    SUM = 5
    CONCATENATION = 6  # ~
    PRODUCT = 7
    FILTER = 8  # a|b, -a
    ATOM = 9  # a, a.b, a[b], a()


class Type(enum.Enum):
    """What is known of a value before it is there."""

    ANY = enum.auto()
    TEXT = enum.auto()
    NUMBER = enum.auto()
    #: A number that Python would print with a point where Freemarker prints none.
    DECIMAL = enum.auto()
    TRUTH = enum.auto()
    #: As good as a truth in a condition, and nowhere else: a text that is not empty.
    CONDITION = enum.auto()
    LIST = enum.auto()
    HASH = enum.auto()
    DATE = enum.auto()


@dataclass(frozen=True)
class Code:
    """A Jinja2 expression."""

    text: str
    level: Level = Level.ATOM
    type: Type = Type.ANY

    def at(self, level: Level) -> str:
        """The expression where one that binds at least so tightly is needed."""
        return self.text if self.level >= level else f"({self.text})"

    def filtered(self, filters: str, type_: Type = Type.TEXT) -> "Code":
        """The expression with filters applied: ``upper``, ``replace("a", "b")``."""
        return Code(f"{self.at(Level.FILTER)}|{filters}", Level.FILTER, type_)

    def called(self, method: str, type_: Type = Type.TEXT) -> "Code":
        """The expression with a method called, or an item taken: ``.strip()``, ``[0]``."""
        return Code(f"{self.at(Level.ATOM)}{method}", Level.ATOM, type_)

    def tested(self, test: str) -> "Code":
        """Whether a test holds: ``string``."""
        return Code(f"{self.at(Level.FILTER)} is {test}", Level.COMPARISON, Type.TRUTH)


def quoted(text: str) -> str:
    """Return a text as a string literal of Jinja2."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    return '"' + "".join(f"\\x{ord(c):02x}" if ord(c) < 32 else c for c in escaped) + '"'


def text(value: str) -> Code:
    """Return a text."""
    return Code(quoted(value), type=Type.TEXT)


def number(digits: str) -> Code:
    """Return a number, without zeros that say nothing."""
    whole, _, fraction = digits.partition(".")
    whole, fraction = whole.lstrip("0") or "0", fraction.rstrip("0")
    return Code(f"{whole}.{fraction}", type=Type.DECIMAL) if fraction else Code(whole, type=Type.NUMBER)


def is_name(name: str) -> bool:
    """Whether Jinja2 can have a variable of this name."""
    return bool(_NAME.fullmatch(name)) and name.isidentifier()


def safe_name(name: str) -> str:
    """Return a variable's name in Jinja2, which takes some for words of its own."""
    return f"{name}_" if name in RESERVED else name


def item(of: Code, key: str) -> Code:
    """Return an item with a fixed name."""
    if is_name(key) and key not in _METHODS:
        return Code(f"{of.at(Level.ATOM)}.{key}")
    return Code(f"{of.at(Level.ATOM)}[{quoted(key)}]")


def joined(operator: str, level: Level, parts: list[Code], type_: Type) -> Code:
    """Return expressions with a left-associative operator between them."""
    texts = [parts[0].at(level), *(part.at(Level(level + 1)) for part in parts[1:])]
    return Code(f" {operator} ".join(texts), level, type_)


def printed(code: Code) -> Code:
    """Return the expression as Freemarker prints its value."""
    if code.type == Type.DECIMAL and _DIGITS.fullmatch(code.text):
        return number(str(Decimal(code.text).quantize(Decimal("0.001"))))
    if code.type == Type.DECIMAL:
        rounded = code.filtered("round(3)")
        return Code(f'"%.12g"|format({rounded.text})', Level.FILTER, Type.TEXT)
    if code.type in {Type.TRUTH, Type.CONDITION}:
        return as_truth(code).filtered("tojson")
    return code


def as_truth(code: Code) -> Code:
    """Return a condition as a truth."""
    if code.type != Type.CONDITION:
        return code
    return choice(Code("true", type=Type.TRUTH), code, Code("false", type=Type.TRUTH))


def choice(first: Code, condition: Code, other: Code) -> Code:
    """Return one of two values."""
    both = first.type if first.type == other.type else Type.ANY
    # As one of the two, another choice would read like a riddle.
    parts = first.at(Level.OR), condition.at(Level.OR), other.at(Level.OR)
    return Code("{} if {} else {}".format(*parts), Level.CONDITION, both)
