"""Freemarker's operators that depend on what they are given: ``+``, and ranges."""

from collections.abc import Sequence

from wagtail_visit_alerts.freemarker.code import Code, Level, Type, joined, printed, text


def plus(terms: Sequence[Code]) -> Code:
    """Return a sum, from the left, as Freemarker adds up: once there is a text, all that follows is text."""
    parts, type_ = [terms[0]], terms[0].type
    for term in terms[1:]:
        if Type.TEXT not in (type_, term.type):
            type_ = _sum_type(type_, term.type)
        elif type_ != Type.TEXT:
            parts, type_ = [_sum(parts, type_)], Type.TEXT
        parts.append(term)
    return _together(parts) if type_ == Type.TEXT else _sum(parts, type_)


def range_of(first: Code, operator: str, last: Code) -> Code:
    """Return the numbers of a range; it counts down only where both ends are written as numbers."""
    if (
        first.text.isdecimal()
        and last.text.isdecimal()
        and operator != "..*"
        and int(last.text) < int(first.text)
    ):
        end = _moved(last, -1 if operator == ".." else 0)
        return Code(f"range({first.text}, {end}, -1)", type=Type.LIST)
    start = "" if first.text == "0" else f"{first.text}, "
    return Code(f"range({start}{_end(first, operator, last)})", type=Type.LIST)


def slice_of(code: Code, first: Code, operator: str, last: Code | None) -> Code:
    """Return a part of a text or list; to its end without ``last``."""
    start = "" if first.text == "0" else first.text
    end = _end(first, operator, last) if last else ""
    return Code(f"{code.at(Level.ATOM)}[{start}:{end}]", type=code.type)


def _sum(terms: list[Code], type_: Type) -> Code:
    if len(terms) == 1:
        return terms[0]
    if type_ != Type.HASH:
        return joined("+", Level.SUM, terms, type_)
    code = terms[0]
    for term in terms[1:]:
        code = Code(f"dict({code.text}, **{term.at(Level.ATOM)})", type=Type.HASH)
    return code


def _together(parts: Sequence[Code]) -> Code:
    """Texts, and other values as text, one after the other."""
    filled = [printed(part) for part in parts if part.text != '""'] or [text("")]
    if len(filled) > 1:
        return joined("~", Level.CONCATENATION, filled, Type.TEXT)
    return filled[0] if filled[0].type == Type.TEXT else filled[0].filtered("string")


def _end(first: Code, operator: str, last: Code) -> str:
    """The number behind the last one of a range."""
    if operator == "..*":
        return last.text if first.text == "0" else joined("+", Level.SUM, [first, last], Type.NUMBER).text
    return _moved(last, 1 if operator == ".." else 0)


def _sum_type(left: Type, right: Type) -> Type:
    """The type of a sum of neither texts."""
    for type_ in (Type.HASH, Type.LIST, Type.DECIMAL):
        if type_ in (left, right):
            return type_
    return left if left == right else Type.ANY


def _moved(code: Code, by: int) -> str:
    """A whole number and one more, or one less."""
    if by == 0:
        return code.text
    if code.text.isdecimal():
        return str(int(code.text) + by)
    return f"{code.at(Level.SUM)} {'+' if by > 0 else '-'} {abs(by)}"
