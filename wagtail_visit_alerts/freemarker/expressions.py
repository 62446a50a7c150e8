"""Freemarker's expressions as Jinja2's.

``Expressions`` takes one and gives its ``Code``, or None where it has told the findings what has no equal. Guarantees
that names are looked up, whether or not the rest can be converted, so that every unknown variable is told.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from django.utils.translation import gettext

from wagtail_visit_alerts.freemarker import formats, operators
from wagtail_visit_alerts.freemarker import syntax_tree as tree
from wagtail_visit_alerts.freemarker.built_ins import ADVICE, CONVERSIONS, LOOP_VALUES, either
from wagtail_visit_alerts.freemarker.chains import base, fixed, may_be_missing, steps
from wagtail_visit_alerts.freemarker.code import (
    Code,
    Level,
    Type,
    as_truth,
    choice,
    is_name,
    item,
    joined,
    number,
    printed,
    safe_name,
    text,
)
from wagtail_visit_alerts.freemarker.names import Names
from wagtail_visit_alerts.freemarker.told import Findings

#: Some built-ins need their value twice; a chain of them would double it with each.
LONGEST_CODE = 2000

_EMPTY = '(none, "", [], {})'
_DATES = {"date", "time", "datetime", "date_if_unknown", "time_if_unknown", "datetime_if_unknown"}
_NOTHING = Code("none")


class Expressions:
    """Converts the expressions of one template."""

    def __init__(self, names: Names, findings: Findings) -> None:
        self._names = names
        self._findings = findings
        self._has_given_up = False

    def convert(self, expression: tree.Expression, *, as_list: bool = False) -> Code | None:
        """Return a whole expression; None where something in it has no equal. Of a list, ``x!`` is an empty one."""
        self._has_given_up = False
        if as_list and isinstance(expression, tree.Default) and expression.fallback is None:
            code = self._of(expression.object).filtered("default([], true)", Type.LIST)
        else:
            code = self._of(expression)
        return None if self._has_given_up else code

    def is_ours(self, expression: tree.Expression) -> bool:
        """Whether an expression is one of our variables, or a part of one."""
        return self._our_variable(expression) is not None

    def give_up(self, at: int, construct: str, advice: str) -> Code:
        """Tell that something has no equal; the code stands for it until the whole is left."""
        self._findings.construct(at, construct, advice)
        self._has_given_up = True
        return _NOTHING

    def _of(self, expression: tree.Expression) -> Code:
        code = self._convert(expression)
        if len(code.text) > LONGEST_CODE:
            return self.give_up(
                expression.at, gettext("This expression"), gettext("It gets too long: cut it into several.")
            )
        return code

    def _convert(self, expression: tree.Expression) -> Code:
        match expression:
            case tree.Text(value=value):
                return text(value)
            case tree.Number(digits=digits):
                return number(digits)
            case tree.Truth(value=value):
                return Code("true" if value else "false", type=Type.TRUTH)
            case tree.Parenthesis(inner=inner):
                return self._of(inner)
            case tree.Name() | tree.Item():
                return self._item(expression)
            case tree.BuiltIn():
                return self._built_in(expression)
            case tree.Default():
                return self._default(expression)
            case tree.Exists(object=inner):
                return self._exists(inner)
            case tree.Lambda():
                return self.give_up(expression.at, "->", gettext("Jinja2 has no functions without a name."))
        return self._operation(expression)

    def _operation(self, expression: tree.Expression) -> Code:
        match expression:
            case tree.Not(operand=operand):
                return Code(f"not {self._of(operand).at(Level.NOT)}", Level.NOT, Type.TRUTH)
            case tree.Sign(sign=sign, operand=operand):
                code = self._of(operand)
                return code if sign == "+" else Code(f"-{code.at(Level.ATOM)}", Level.PRODUCT, code.type)
            case tree.Plus(terms=terms):
                return operators.plus([self._of(term) for term in terms])
            case tree.Arithmetic():
                return self._arithmetic(expression)
            case tree.Comparison():
                sides = [as_truth(self._of(expression.left)), as_truth(self._of(expression.right))]
                operands = [side.at(Level.SUM) for side in sides]
                return Code(f" {expression.operator} ".join(operands), Level.COMPARISON, Type.TRUTH)
            case tree.Logic(operator=operator, operands=operands):
                word, level = ("and", Level.AND) if operator == "&&" else ("or", Level.OR)
                codes = [self._of(operand) for operand in operands]
                is_truth = all(code.type != Type.CONDITION for code in codes)
                return joined(word, level, codes, Type.TRUTH if is_truth else Type.CONDITION)
        return self._composed(expression)

    def _composed(self, expression: tree.Expression) -> Code:
        match expression:
            case tree.Range():
                return self._range(expression)
            case tree.Listing(items=items):
                return Code(f"[{', '.join(self._of(each).text for each in items)}]", type=Type.LIST)
            case tree.Hash(pairs=pairs):
                inner = ", ".join(f"{self._of(key).text}: {self._of(value).text}" for key, value in pairs)
                return Code(f"{{{inner}}}", type=Type.HASH)
            case tree.Special(name=name):
                return self._special(expression, name)
            case tree.Call():
                for child in tree.children_of(expression):
                    self._of(child)
                advice = gettext(
                    "Our variables have no methods, and a template has no functions: write what it gives."
                )
                return self.give_up(expression.at, "(…)", advice)
        raise TypeError(expression)

    # Variables

    def _item(self, expression: tree.Name | tree.Item) -> Code:
        keys: Sequence[tree.Expression]
        root, keys = steps(expression)
        if isinstance(root, tree.BuiltIn) and root.name == "string" and root.arguments is None and keys:
            code, keys = self._of(replace(root, arguments=(keys[0],))), keys[1:]
        elif not isinstance(root, tree.Name):
            code = self._of(root)
        elif (of_loop := self._of_loop(root.name)) is not None:
            code = of_loop
        elif self._names.is_local(root.name):
            code = self._named(root, self._names.local(root.name))
        else:
            code, keys = self._variable(root, keys)
        for key in keys:
            code = self._at_key(code, key)
        return code

    def _of_loop(self, name: str) -> Code | None:
        """``item_index`` and ``item_has_next`` of a loop whose variable is ``item``."""
        for ending in ("index", "has_next"):
            variable = name.removesuffix(f"_{ending}")
            if variable != name and not self._names.is_local(name) and (loop := self._names.loop_of(variable)):
                return LOOP_VALUES[ending](loop)
        return None

    def _variable(
        self, root: tree.Name, keys: Sequence[tree.Expression]
    ) -> tuple[Code, Sequence[tree.Expression]]:
        """One of our variables, or one that we lack, and the keys that are not part of its name."""
        names = fixed(keys)
        written = (root.name, *names)
        path = self._names.renamed(written)
        if not self._names.is_known(path):
            self._findings.variable(root.at, ".".join(written), self._names.advice_for(written))
        code = self._named(root, Code(safe_name(path[0])))
        for name in path[1:]:
            code = item(code, name)
        return code, keys[len(names) :]

    def _named(self, root: tree.Name, code: Code) -> Code:
        if not is_name(root.name) and code.text.startswith(root.name):
            return self.give_up(root.at, root.name, gettext("Jinja2 can't have a variable of this name."))
        return code

    def _at_key(self, code: Code, key: tree.Expression) -> Code:
        if isinstance(key, tree.Text):
            return item(code, key.value)
        if isinstance(key, tree.Range):
            last = self._of(key.last) if key.last else None
            return operators.slice_of(code, self._of(key.first), key.operator, last)
        return Code(f"{code.at(Level.ATOM)}[{self._of(key).text}]")

    def _special(self, expression: tree.Expression, name: str) -> Code:
        if name == "now" and self._names.is_known(("now",)):
            return Code("now", type=Type.DATE)
        return self.give_up(expression.at, f".{name}", gettext("Our templates have no variable like this."))

    # What may be missing

    def _our_variable(self, expression: tree.Expression) -> Code | None:
        """One of our variables: they are never missing, what is not known of a contact is an empty text."""
        while isinstance(expression, tree.Parenthesis):
            expression = expression.inner
        root, keys = steps(expression)
        if not isinstance(root, tree.Name) or not self._names.is_ours((root.name, *fixed(keys))):
            return None
        is_loop_value = self._of_loop(root.name) is not None
        return None if is_loop_value or len(fixed(keys)) < len(keys) else self._of(expression)

    def _exists(self, expression: tree.Expression) -> Code:
        ours = self._our_variable(expression)
        if ours is not None:
            return Code(ours.text, ours.level, Type.CONDITION)
        code = self._of(expression)
        tests = [self._of(part).tested("defined") for part in may_be_missing(expression)]
        return joined("and", Level.AND, [*tests, code.tested("not none")], Type.TRUTH)

    def _has_content(self, expression: tree.Expression) -> Code:
        ours = self._our_variable(expression)
        if ours is not None:
            return Code(ours.text, ours.level, Type.CONDITION)
        tests = [self._of(part).tested("defined") for part in may_be_missing(expression)]
        content = Code(f"{self._of(expression).at(Level.SUM)} not in {_EMPTY}", Level.COMPARISON)
        return joined("and", Level.AND, [*tests, content], Type.TRUTH)

    def _default(self, expression: tree.Default) -> Code:
        fallback = self._of(expression.fallback) if expression.fallback else text("")
        ours = self._our_variable(expression.object)
        if ours is not None:
            return (
                ours
                if fallback.text == '""'
                else ours.filtered(f"default({fallback.text}, true)", fallback.type)
            )
        if isinstance(expression.object, tree.BuiltIn):
            return self._of(expression.object).filtered(f"default({fallback.text})", Type.ANY)
        value, exists = self._of(expression.object), self._exists(base(expression.object))
        if fallback.text == "false":
            return joined("and", Level.AND, [exists, value], Type.CONDITION)
        return choice(value, exists, fallback)

    # Operators

    def _arithmetic(self, expression: tree.Arithmetic) -> Code:
        left, right = self._of(expression.left), self._of(expression.right)
        is_decimal = expression.operator == "/" or Type.DECIMAL in (left.type, right.type)
        level = Level.SUM if expression.operator == "-" else Level.PRODUCT
        return joined(expression.operator, level, [left, right], Type.DECIMAL if is_decimal else Type.NUMBER)

    def _range(self, expression: tree.Range) -> Code:
        first = self._of(expression.first)
        if expression.last is None:
            return self.give_up(expression.at, f"{first.text}..", gettext("Say where it ends."))
        return operators.range_of(first, expression.operator, self._of(expression.last))

    # Built-ins

    def _built_in(self, node: tree.BuiltIn) -> Code:
        special = self._specials.get(node.name)
        if special is not None:
            return special(self, node)
        if node.name in LOOP_VALUES:
            return self._loop_value(node)
        value = self._of(node.object)
        if node.arguments and isinstance(node.arguments[0], tree.Lambda):
            return self._with_lambda(node, value, node.arguments[0])
        arguments = [self._of(argument) for argument in node.arguments or ()]
        conversion = CONVERSIONS.get(node.name)
        if conversion is None or not conversion.fewest <= len(arguments) <= conversion.most:
            return self._unknown(node)
        try:
            return conversion.convert(value, *arguments)
        except LookupError:
            return self._unknown(node)

    def _unknown(self, node: tree.BuiltIn) -> Code:
        advice = ADVICE.get(node.name) or gettext("Jinja2 has nothing like it: write it in another way.")
        return self.give_up(node.at, f"?{node.name}", str(advice))

    def _loop_value(self, node: tree.BuiltIn) -> Code:
        loop = self._names.loop_of(node.object.name) if isinstance(node.object, tree.Name) else ""
        if not loop:
            advice = gettext("It stands outside the list whose variable it asks for.")
            return self.give_up(node.at, f"?{node.name}", advice)
        return LOOP_VALUES[node.name](loop)

    def _with_lambda(self, node: tree.BuiltIn, value: Code, function: tree.Lambda) -> Code:
        """``?map(x -> x.name)`` and ``?filter(x -> x.is_new)``: an attribute is all that Jinja2 takes there."""
        root, keys = steps(function.body)
        names = fixed(keys)
        is_attribute = (
            isinstance(root, tree.Name) and root.name in function.parameters and len(names) == len(keys) > 0
        )
        if not is_attribute or len(node.arguments or ()) != 1 or node.name not in {"map", "filter"}:
            return self._unknown(node)
        attribute = text(".".join(names)).text
        filters = f"map(attribute={attribute})" if node.name == "map" else f"selectattr({attribute})"
        return value.filtered(f"{filters}|list", Type.LIST)

    def _as_default(self, node: tree.BuiltIn) -> Code:
        fallback: tree.Expression | None = None
        for argument in reversed(node.arguments or ()):
            fallback = argument if fallback is None else tree.Default(node.at, argument, fallback)
        return self._of(tree.Default(node.at, node.object, fallback))

    def _computer(self, node: tree.BuiltIn) -> Code:
        """``?c``: for programs to read."""
        value = self._of(node.object)
        if value.type in {Type.NUMBER, Type.TEXT}:
            return value.filtered("string") if value.type == Type.NUMBER else value
        return value.filtered("tojson") if value.type == Type.ANY else printed(value)

    def _string(self, node: tree.BuiltIn) -> Code:
        """``?string``, with two texts for a truth, or a pattern for a date or a number."""
        of = node.object
        while isinstance(of, tree.BuiltIn) and of.name in _DATES and not of.arguments:
            of = of.object  # ?date?string("...") formats the date itself
        value = self._of(of)
        arguments = [self._of(argument) for argument in node.arguments or ()]
        if not arguments:
            return self._as_text(value)
        if len(arguments) == 2:
            return either(value, *arguments)
        pattern = node.arguments[0] if node.arguments else None
        if not isinstance(pattern, tree.Text):
            return self._no_format(node, "…")
        if pattern.value == "iso":
            return value.filtered("iso")
        if pattern.value in {"c", "computer"}:
            return self._computer(node)
        try:
            if not formats.is_date_pattern(pattern.value):
                return formats.number(value, pattern.value)
            return value.filtered(f"date({text(formats.date_format(pattern.value)).text})")
        except LookupError:
            return self._no_format(node, pattern.value)

    def _as_text(self, value: Code) -> Code:
        if value.type == Type.ANY:
            return choice(value.filtered("tojson"), value.tested("boolean"), value.filtered("string"))
        return value.filtered("string") if value.type == Type.NUMBER else printed(value)

    def _no_format(self, node: tree.BuiltIn, pattern: str) -> Code:
        advice = gettext(
            'Write |date, |time or |datetime for a date as the reader writes it, |date("%(pattern)s") for one in '
            "figures, |round(2) for a number."
        )
        return self.give_up(node.at, f'?string("{pattern}")', advice % {"pattern": "%d.%m.%Y"})

    def _date(self, node: tree.BuiltIn) -> Code:
        if node.arguments:
            return self.give_up(
                node.at, f"?{node.name}(…)", gettext("Our dates are dates already: leave out the pattern.")
            )
        value = self._of(node.object)
        return value.filtered(node.name.removesuffix("_if_unknown"), Type.DATE)

    _specials: dict[str, Callable[["Expressions", tree.BuiltIn], Code]] = {
        "default": _as_default,
        "if_exists": _as_default,
        "exists": lambda self, node: self._exists(node.object),
        "has_content": lambda self, node: self._has_content(node.object),
        "c": _computer,
        "string": _string,
        **dict.fromkeys(_DATES, _date),
    }
