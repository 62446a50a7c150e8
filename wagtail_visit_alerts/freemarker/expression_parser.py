"""Freemarker's grammar of expressions: from words to a tree, with Freemarker's precedences and its oddities.

``parse`` takes the words of one expression and what follows it in a tag stays with the caller. Raises ``SyntaxFault``
for what Freemarker would refuse, and for what is nested deeper than Jinja2 could follow. Guarantees time linear in
the words.
"""

import re

from django.utils.translation import gettext

from wagtail_visit_alerts.freemarker import syntax_tree as tree
from wagtail_visit_alerts.freemarker.string_literals import has_interpolations, parts_of, without_escapes
from wagtail_visit_alerts.freemarker.tokens import Opened, Token
from wagtail_visit_alerts.freemarker.told import SyntaxFault

#: Jinja2's parser takes about thirteen of Python's thousand stack frames for each level.
MOST_LEVELS = 25
#: A chain of conditions is one level deeper in Jinja2 with each of them when it is compiled.
MOST_OPERANDS = 100

_RESERVED = {"in", "as", "using"}
_COMPARISONS = {"<", "<=", ">", ">="}
_EQUALITIES = {"=", "!="}
_RANGES = {"..", "..<", "..*"}


class ExpressionParser:
    """Reads expressions from the words of one tag, one after the other."""

    def __init__(
        self, source: str, opened: Opened, *, within: "tuple[ExpressionParser, int] | None" = None
    ) -> None:
        self._source = source
        self._tokens = opened.tokens
        self._end = opened.end
        self._next = 0
        #: The offset that all words have that stand in a string literal; others have their own.
        self._base = within[1] if within else None
        self._level: int = within[0]._level if within else 0
        #: Each expression made so far and how deep it is, by its identity, which lasts while it is kept here.
        self._depths: dict[int, tuple[tree.Expression, int]] = within[0]._depths if within else {}

    # What the parser of tags needs besides

    @property
    def position(self) -> int:
        """The offset of the next word, or of the end."""
        return self._end if self.is_at_end else self._at(self._peek())

    @property
    def is_at_end(self) -> bool:
        return self._next >= len(self._tokens)

    def takes(self, *texts: str) -> Token | None:
        """Go past the next word where it is one of these, and return it."""
        if self.sees(*texts):
            self._next += 1
            return self._tokens[self._next - 1]
        return None

    def sees(self, *texts: str) -> bool:
        """Whether the next word is one of these."""
        return not self.is_at_end and self._peek().kind in {"operator", "name"} and self._peek().text in texts

    def takes_name(self) -> Token:
        """Go past a name and return it; raises ``SyntaxFault`` where there is none."""
        if self.is_at_end or self._peek().kind != "name" or self._peek().text in _RESERVED:
            raise self.unexpected()
        return self._take()

    def takes_target(self) -> str:
        """Go past the name of a variable that is assigned to: a name, or a text that holds one."""
        if not self.is_at_end and self._peek().kind == "string":
            token = self._take()
            return without_escapes(token.text[1:-1], self._at(token))
        return self.takes_name().text

    def expects_end(self) -> None:
        """Raise ``SyntaxFault`` where there are words left."""
        if not self.is_at_end:
            raise self.unexpected()

    # The grammar, from what binds loosest

    def parse(self) -> tree.Expression:
        """Read one expression; what follows it stays."""
        self._level += 1
        if self._level > MOST_LEVELS:
            raise self._too_deep()
        try:
            return self._logic("||")
        finally:
            self._level -= 1

    def _logic(self, operator: str) -> tree.Expression:
        operands = [self._logic("&&") if operator == "||" else self._equality()]
        while token := self.takes(operator):
            operands.append(self._logic("&&") if operator == "||" else self._equality())
            if len(operands) > MOST_OPERANDS:
                raise SyntaxFault(self._at(token), gettext("It is too long: cut it into several."))
        return (
            operands[0]
            if len(operands) == 1
            else self._made(tree.Logic(operands[0].at, operator, tuple(operands)))
        )

    def _equality(self) -> tree.Expression:
        left = self._relation()
        if token := self.takes(*_EQUALITIES):
            return self._made(
                tree.Comparison(
                    left.at, token.text.replace("=", "==", token.text == "="), left, self._relation()
                )
            )
        return left

    def _relation(self) -> tree.Expression:
        left = self._range()
        if token := self.takes(*_COMPARISONS):
            return self._made(tree.Comparison(left.at, token.text, left, self._range()))
        return left

    def _range(self) -> tree.Expression:
        first = self._sum()
        if token := self.takes(*_RANGES):
            last = self._sum() if token.text != ".." or self._begins_expression() else None
            return self._made(tree.Range(first.at, token.text, first, last))
        return first

    def _sum(self) -> tree.Expression:
        left = self._product()
        while token := self.takes("+", "-"):
            right = self._product()
            if token.text == "-":
                left = self._made(tree.Arithmetic(left.at, "-", left, right))
            else:
                terms = left.terms if isinstance(left, tree.Plus) else (left,)
                if len(terms) >= MOST_OPERANDS:
                    raise SyntaxFault(self._at(token), gettext("It is too long: cut it into several."))
                left = self._made(tree.Plus(left.at, (*terms, right)))
        return left

    def _product(self) -> tree.Expression:
        left = self._unary()
        while token := self.takes("*", "/", "%"):
            left = self._made(tree.Arithmetic(left.at, token.text, left, self._unary()))
        return left

    def _unary(self) -> tree.Expression:
        if token := self.takes("+", "-"):
            return self._made(tree.Sign(self._at(token), token.text, self._primary()))
        negations = []
        while token := self.takes("!"):
            negations.append(self._at(token))
        result = self._primary()
        for at in reversed(negations):
            result = self._made(tree.Not(at, result))
        return result

    def _primary(self) -> tree.Expression:
        result = self._atom()
        while token := self.takes(".", "[", "(", "?", "!", "??"):
            result = self._made(self._continued(result, token))
        return result

    def _continued(self, left: tree.Expression, token: Token) -> tree.Expression:
        match token.text:
            case ".":
                return tree.Item(left.at, left, self._key())
            case "[":
                key = self.parse()
                self._expect("]")
                return tree.Item(left.at, left, key)
            case "(":
                return tree.Call(left.at, left, self._listed(")"))
            case "?":
                name = self._word()
                arguments = self._listed(")") if self.takes("(") else None
                return tree.BuiltIn(self._at(token), left, with_underscores(name.text), arguments)
            case "!":
                return tree.Default(self._at(token), left, self.parse() if self._begins_expression() else None)
        return tree.Exists(self._at(token), left)

    def _key(self) -> tree.Expression:
        """What follows a dot: a name, or a word that is an operator elsewhere."""
        token = self._word()
        name = self._source[token.start : token.end] if token.kind == "operator" else token.text
        return tree.Text(self._at(token), name)

    def _word(self) -> Token:
        if self.is_at_end or (
            not self._source[self._peek().start].isidentifier() and self._peek().kind != "name"
        ):
            raise self.unexpected()
        return self._take()

    def _atom(self) -> tree.Expression:
        if self.is_at_end:
            raise self.unexpected()
        token = self._take()
        match token.kind:
            case "number":
                return tree.Number(self._at(token), token.text)
            case "raw":
                return tree.Text(self._at(token), token.text[2:-1])
            case "string":
                return self._text(token)
            case "name" if token.text not in _RESERVED:
                is_truth = token.text in {"true", "false"}
                return (
                    tree.Truth(self._at(token), token.text == "true")
                    if is_truth
                    else tree.Name(self._at(token), token.text)
                )
        return self._opened(token)

    def _opened(self, token: Token) -> tree.Expression:
        match token.text if token.kind == "operator" else "":
            case "(":
                inner = self.parse()
                self._expect(")")
                return self._made(tree.Parenthesis(self._at(token), inner))
            case "[":
                return self._made(tree.Listing(self._at(token), self._listed("]")))
            case "{":
                return self._made(self._hash(token))
            case ".":
                return tree.Special(self._at(token), self._word().text)
        self._next -= 1
        raise self.unexpected()

    def _text(self, token: Token) -> tree.Expression:
        """A string literal: a text, or texts and interpolations put together."""
        at = self._at(token)
        text = without_escapes(token.text[1:-1], at)
        if not has_interpolations(token.text):
            return tree.Text(at, text)
        terms: list[tree.Expression] = [
            self._interpolated(text, part, at) if isinstance(part, Opened) else tree.Text(at, part)
            for part in parts_of(text, at)
        ]
        # The empty text in front makes it a text whatever is put together.
        return self._made(tree.Plus(at, (tree.Text(at, ""), *terms)))

    def _interpolated(self, text: str, opened: Opened, at: int) -> tree.Expression:
        inner = ExpressionParser(text, opened, within=(self, at))
        expression = inner.parse()
        inner.expects_end()
        return self._made(tree.Parenthesis(at, expression))

    def _listed(self, closing: str) -> tuple[tree.Expression, ...]:
        items: list[tree.Expression] = []
        while not self.takes(closing):
            if items:
                self.takes(",")  # Freemarker lets the comma be left out
            items.append(self._argument())
        return tuple(items)

    def _argument(self) -> tree.Expression:
        """An expression, or ``item -> expression``."""
        start = self._next
        if not self.is_at_end and self._peek().kind == "name" and self._peek().text not in _RESERVED:
            name = self._take()
            if self.takes("->"):
                return self._made(tree.Lambda(self._at(name), (name.text,), self.parse()))
            self._next = start
        return self.parse()

    def _hash(self, opening: Token) -> tree.Hash:
        pairs: list[tuple[tree.Expression, tree.Expression]] = []
        while not self.takes("}"):
            if pairs:
                self.takes(",")
            key = self.parse()
            if not self.takes(":"):
                self._expect(",")
            pairs.append((key, self.parse()))
        return tree.Hash(self._at(opening), tuple(pairs))

    # Steps

    def _at(self, token: Token) -> int:
        return token.start if self._base is None else self._base

    def _peek(self) -> Token:
        return self._tokens[self._next]

    def _take(self) -> Token:
        self._next += 1
        return self._tokens[self._next - 1]

    def _expect(self, text: str) -> None:
        if not self.takes(text):
            raise self.unexpected()

    def _begins_expression(self) -> bool:
        """Whether the next word can begin an expression: a default then takes all that follows."""
        if self.is_at_end:
            return False
        token = self._peek()
        if token.kind == "operator":
            return token.text in {"(", "[", "{", "!", "+", "-", "."}
        return token.text not in _RESERVED

    def _made(self, expression: tree.Expression) -> tree.Expression:
        """Note how deep an expression is; raises ``SyntaxFault`` where that is too deep."""
        inner = [
            self._depths[id(child)][1] for child in tree.children_of(expression) if id(child) in self._depths
        ]
        depth = 1 + max(inner, default=0)
        if depth > MOST_LEVELS:
            raise SyntaxFault(expression.at, gettext("It is nested too deeply: cut it into several."))
        self._depths[id(expression)] = expression, depth
        return expression

    def _too_deep(self) -> SyntaxFault:
        return SyntaxFault(self.position, gettext("It is nested too deeply: cut it into several."))

    def unexpected(self) -> SyntaxFault:
        if self.is_at_end:
            return SyntaxFault(
                self.position, gettext("Something is missing at its end: mend the Freemarker template first.")
            )
        text = self._source[self._peek().start : self._peek().end]
        return SyntaxFault(
            self.position,
            gettext("“%(text)s” can't stand here: mend the Freemarker template first.") % {"text": text},
        )


def with_underscores(name: str) -> str:
    """The spelling with underscores of a name that Freemarker also knows in camel case: ``upperCase``."""
    return re.sub(r"(?<=[a-z])([A-Z])", lambda match: "_" + match[1].lower(), name)
