"""What to say of the tags that are not converted, and of those that are left out."""

from django.utils.translation import gettext_lazy as _

#: Tags that are left out, and what that means.
NOTES = {
    "ftl": _("It is left out: Jinja2 needs no header."),
    "flush": _("It is left out: an attachment is sent whole."),
    "t": _("It is left out: check the blanks on this line, Jinja2 trims with {%- and -%}."),
    "lt": _("It is left out: check the blanks on this line, Jinja2 trims with {%- and -%}."),
    "rt": _("It is left out: check the blanks on this line, Jinja2 trims with {%- and -%}."),
    "nt": _("It is left out: check the blanks on this line, Jinja2 keeps them with {%+ and +%}."),
}

_BODY_ONLY = _("What stands inside is converted: check that it prints what you want without this tag.")
_LOOSE = _("It stands outside the block it belongs to: mend the Freemarker template first.")
_NO_FILES = _("An attachment is one template: copy what you need from the other file.")
_NO_MACROS = _(
    "Write what the macro prints in its place, or a Jinja2 macro: {% macro name(x) %}...{% endmacro %}."
)
_NODES = _("Jinja2 has no such tag: write a {% for %}.")
_ESCAPING = _(
    "The format of the attachment decides what is escaped: write |e or |safe where you need another way."
)

#: Tags that need a person, and what to write instead.
TAGS = {
    "assign": _(
        "Jinja2 can't have a variable of this name: write {% set name %}...{% endset %} with another one."
    ),
    "attempt": _("Jinja2 has no such tag: what may fail needs an {% if %} before it."),
    "autoesc": _ESCAPING,
    "break": _LOOSE,
    "call": _NO_MACROS,
    "case": _LOOSE,
    "compress": _("Jinja2 has no such tag: trim with {%- and -%}."),
    "continue": _LOOSE,
    "default": _LOOSE,
    "else": _LOOSE,
    "elseif": _LOOSE,
    "escape": _(
        "The format of the attachment decides what is escaped: write |e after each value where you need more."
    ),
    "fallback": _NODES,
    "function": _("A template has no functions: write what the function gives where it is called."),
    "import": _NO_FILES,
    "include": _NO_FILES,
    "items": _("It stands outside a list without “as”: mend the Freemarker template first."),
    "macro": _NO_MACROS,
    "nested": _NO_MACROS,
    "noautoesc": _ESCAPING,
    "noescape": _ESCAPING,
    "outputformat": _ESCAPING,
    "recover": _LOOSE,
    "recurse": _NODES,
    "return": _("A template runs to its end: write an {% if %} around what follows."),
    "sep": _("It stands outside a list: mend the Freemarker template first."),
    "setting": _(
        "The site's settings decide on language, time zone and formats: write the format of each value."
    ),
    "stop": _("A template runs to its end: write an {% if %} around what follows."),
    "switch": _("Each case has to end with <#break> to become {% if %} and {% elif %}: write these yourself."),
    "transform": _BODY_ONLY,
    "visit": _NODES,
    "@": _NO_MACROS,
}
UNKNOWN_TAG = _("Freemarker has no such tag: mend the Freemarker template first.")
TOO_DEEP = _("It stands in too many other blocks: take some out.")

#: What a finding shows of a construct.
LONGEST_LABEL = 60


def label_of(text: str) -> str:
    """Return a construct as a finding shows it: on one line, and cut."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_LABEL else line[: LONGEST_LABEL - 1] + "…"
