"""Freemarker's built-ins that Jinja2 has an equal for: ``?upper_case`` is ``|upper``.

``CONVERSIONS`` says for each how many arguments it takes and what it becomes; ``ADVICE`` has words for what has no
equal. Those that depend on the place or on the kind of value stand in ``expressions`` and ``formats``.
"""

from collections.abc import Callable
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from wagtail_visit_alerts.freemarker.code import Code, Level, Type, choice, joined, printed, text


class Conversion(NamedTuple):
    """How one built-in is converted; ``fewest`` and ``most`` are numbers of arguments."""

    convert: Callable[..., Code]
    fewest: int = 0
    most: int = 0


def _filter(filters: str, type_: Type = Type.TEXT) -> Conversion:
    return Conversion(lambda value: value.filtered(filters, type_))


def _method(name: str, type_: Type = Type.TEXT) -> Conversion:
    """A method of Python's texts that takes one text."""
    return Conversion(lambda value, other: value.called(f".{name}({other.text})", type_), 1, 1)


def _search(name: str) -> Conversion:
    """A method that searches, from a place on where one is given."""
    return Conversion(
        lambda value, *others: value.called(f".{name}({', '.join(o.text for o in others)})", Type.NUMBER), 1, 2
    )


def _contains(value: Code, part: Code) -> Code:
    return Code(f"{part.at(Level.SUM)} in {value.at(Level.SUM)}", Level.COMPARISON, Type.TRUTH)


def _together(*parts: Code) -> Code:
    return joined("~", Level.CONCATENATION, list(parts), Type.TEXT)


def _with_first(filter_: str) -> Conversion:
    """The first letter changed, the others kept."""
    return Conversion(lambda value: _together(value.called("[:1]").filtered(filter_), value.called("[1:]")))


def _capitalized(value: Code) -> Code:
    """Jinja2's ``title`` would also take a hyphen for the end of a word."""
    return value.called('.split(" ")').filtered('map("capitalize")|join(" ")')


def _padded(name: str) -> Conversion:
    return Conversion(
        lambda value, *others: value.filtered("string").called(f".{name}({', '.join(o.text for o in others)})"),
        1,
        2,
    )


def _after_last(value: Code, separator: Code) -> Code:
    return choice(value.called(f".rpartition({separator.text})[2]"), _contains(value, separator), text(""))


def _not_boolean(value: Code) -> Code:
    tests = [value.tested("number"), value.tested("not boolean")]
    return joined("and", Level.AND, tests, Type.TRUTH)


def _listed(value: Code) -> Code:
    tests = [value.tested("sequence"), value.tested("not string"), value.tested("not mapping")]
    return joined("and", Level.AND, tests, Type.TRUTH)


def _slice(first: Code, end: Code | None = None) -> str:
    return f"{first.text}:{end.text if end else ''}"


def either(value: Code, yes: Code, no: Code) -> Code:
    """One of two values; “true” and “false” are no texts where a format has truths of its own."""
    if (yes.text, no.text) == ('"true"', '"false"'):
        return value.filtered("tojson") if value.type == Type.ANY else printed(value)
    return choice(yes, value, no)


def _rounded(value: Code) -> Code:
    """Halves go up, as in Freemarker; Python's go to the even number."""
    half_more = joined("+", Level.SUM, [value, Code("0.5")], Type.NUMBER)
    return half_more.filtered('round(0, "floor")|int', Type.NUMBER)


def _test(name: str) -> Conversion:
    return Conversion(lambda value: value.tested(name))


def _replaced(value: Code, old: Code, new: Code, flags: Code | None = None) -> Code:
    """Raises ``LookupError`` for flags other than “first only”."""
    if flags is not None and flags.text != '"f"':
        raise LookupError
    count = ", 1" if flags else ""
    return value.filtered(f"replace({old.text}, {new.text}{count})")


def _sorted_by(value: Code, key: Code) -> Code:
    return value.filtered(f"sort(attribute={key.text})", Type.LIST)


def _truth(value: Code) -> Code:
    return Code(f'{value.at(Level.SUM)} == "true"', Level.COMPARISON, Type.TRUTH)


CONVERSIONS: dict[str, Conversion] = {
    # Texts
    "upper_case": _filter("upper"),
    "lower_case": _filter("lower"),
    "c_upper_case": _filter("upper"),
    "c_lower_case": _filter("lower"),
    "cap_first": _with_first("upper"),
    "uncap_first": _with_first("lower"),
    "capitalize": Conversion(_capitalized),
    "trim": _filter("trim"),
    "length": _filter("length", Type.NUMBER),
    "contains": Conversion(_contains, 1, 1),
    "starts_with": _method("startswith", Type.TRUTH),
    "ends_with": _method("endswith", Type.TRUTH),
    "remove_beginning": _method("removeprefix"),
    "remove_ending": _method("removesuffix"),
    "ensure_starts_with": Conversion(lambda v, o: _together(o, v.called(f".removeprefix({o.text})")), 1, 1),
    "ensure_ends_with": Conversion(lambda v, o: _together(v.called(f".removesuffix({o.text})"), o), 1, 1),
    "keep_before": Conversion(lambda v, o: v.called(f".partition({o.text})[0]"), 1, 1),
    "keep_after": Conversion(lambda v, o: v.called(f".partition({o.text})[2]"), 1, 1),
    "keep_before_last": Conversion(lambda v, o: v.called(f".rsplit({o.text}, 1)[0]"), 1, 1),
    "keep_after_last": Conversion(_after_last, 1, 1),
    "index_of": _search("find"),
    "last_index_of": Conversion(lambda v, o: v.called(f".rfind({o.text})", Type.NUMBER), 1, 1),
    "replace": Conversion(_replaced, 2, 3),
    "split": Conversion(lambda v, o: v.called(f".split({o.text})", Type.LIST), 1, 1),
    "word_list": Conversion(lambda v: v.called(".split()", Type.LIST)),
    "substring": Conversion(lambda v, *ends: v.called(f"[{_slice(*ends)}]"), 1, 2),
    "left_pad": _padded("rjust"),
    "right_pad": _padded("ljust"),
    # Escaping
    "html": _filter("e"),
    "xhtml": _filter("e"),
    "xml": _filter("e"),
    "web_safe": _filter("e"),
    "esc": _filter("e"),
    "url": _filter('urlencode|replace("/", "%2F")'),
    "url_path": _filter("urlencode"),
    "js_string": Conversion(lambda v: v.filtered("tojson").called("[1:-1]")),
    "json_string": Conversion(lambda v: v.filtered("tojson").called("[1:-1]")),
    # Numbers and truths
    "number": _filter("float", Type.DECIMAL),
    "int": _filter("int", Type.NUMBER),
    "long": _filter("int", Type.NUMBER),
    "abs": Conversion(lambda v: v.filtered("abs", v.type)),
    "round": Conversion(_rounded),
    "floor": _filter('round(0, "floor")|int', Type.NUMBER),
    "ceiling": _filter('round(0, "ceil")|int', Type.NUMBER),
    "boolean": Conversion(_truth),
    "then": Conversion(either, 2, 2),
    # Lists and hashes
    "size": _filter("length", Type.NUMBER),
    "first": _filter("first", Type.ANY),
    "last": _filter("last", Type.ANY),
    "join": Conversion(lambda v, o: v.filtered(f"join({o.text})"), 1, 1),
    "sort": _filter("sort", Type.LIST),
    "sort_by": Conversion(_sorted_by, 1, 1),
    "reverse": _filter("reverse|list", Type.LIST),
    "min": _filter("min", Type.ANY),
    "max": _filter("max", Type.ANY),
    "seq_contains": Conversion(_contains, 1, 1),
    "chunk": Conversion(
        lambda v, *o: v.filtered(f"batch({', '.join(c.text for c in o)})|list", Type.LIST), 1, 2
    ),
    "sequence": _filter("list", Type.LIST),
    "keys": _filter("list", Type.LIST),
    "values": _filter("items|map(attribute=1)|list", Type.LIST),
    # Dates
    "iso_local": _filter("iso"),
    # What a value is
    "is_string": _test("string"),
    "is_number": Conversion(_not_boolean),
    "is_boolean": _test("boolean"),
    "is_hash": _test("mapping"),
    "is_hash_ex": _test("mapping"),
    "is_sequence": Conversion(_listed),
    "is_enumerable": Conversion(_listed),
    "is_collection": Conversion(_listed),
    "is_indexable": Conversion(_listed),
}

#: What a loop knows of its current round, by the built-in of its variable.
LOOP_VALUES: dict[str, Callable[[str], Code]] = {
    "index": lambda loop: Code(f"{loop}.index0", type=Type.NUMBER),
    "counter": lambda loop: Code(f"{loop}.index", type=Type.NUMBER),
    "has_next": lambda loop: Code(f"not {loop}.last", Level.NOT, Type.TRUTH),
    "is_first": lambda loop: Code(f"{loop}.first", type=Type.TRUTH),
    "is_last": lambda loop: Code(f"{loop}.last", type=Type.TRUTH),
    "is_even_item": lambda loop: Code(f"{loop}.index").tested("even"),
    "is_odd_item": lambda loop: Code(f"{loop}.index").tested("odd"),
    "item_parity": lambda loop: Code(f'{loop}.cycle("odd", "even")', type=Type.TEXT),
    "item_parity_cap": lambda loop: Code(f'{loop}.cycle("Odd", "Even")', type=Type.TEXT),
}

#: What to write instead of a built-in that Jinja2 has no equal for.
ADVICE: dict[str, str | Promise] = {
    "matches": _("Jinja2 has no regular expressions: compare with “in”, startswith() or endswith()."),
    "groups": _("Jinja2 has no regular expressions: cut the text with split()."),
    "replace": _('Jinja2 replaces plain text only: write one |replace("old", "new") for each.'),
    "eval": _("A template can't run text: write the expression itself."),
    "eval_json": _("A template can't run text: write the expression itself."),
    "interpret": _("A template can't run text: write it into this template."),
    "new": _("A template can't make objects: leave it out."),
    "api": _("Our variables have no methods: write the variable itself."),
    "map": _('Write |map(attribute="name") for one value of each item, or a {% for %} around it.'),
    "filter": _('Write |selectattr("name") for items that have a value, or an {% if %} in the {% for %}.'),
    "truncate": _('Write |truncate(LENGTH, end="[...]"): where it cuts differs.'),
    "join": _('Write |join(", "), and what stands for an empty list as an {% if %}.'),
    "seq_index_of": _("Write a {% for %} with an {% if %} and loop.index0."),
    "no_esc": _("The format of the attachment escapes every value: write HTML outside of values."),
    "iso_utc": _("Write |iso: in the reader's time zone, with its distance from UTC."),
    "item_cycle": _('Write loop.cycle("a", "b").'),
}
