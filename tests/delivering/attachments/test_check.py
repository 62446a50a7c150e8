"""What is wrong with an attachment is said before any contact comes, with its line."""

import pytest

from wagtail_visit_alerts.delivering import attachments
from wagtail_visit_alerts.models import Alert, AttachmentSource

pytestmark = [pytest.mark.any_database, pytest.mark.any_wagtail]


def check(body, **fields):
    """The lines and texts of what is wrong with a template."""
    return [(fault.line, fault.text) for fault in faults(body, **fields)]


def faults(body, **fields):
    fields.setdefault("attachment_source", AttachmentSource.TEMPLATE)
    return attachments.check(Alert(name="Price list", attachment_body=body, **fields))


def test_nothing_is_wrong_without_an_attachment():
    assert check("{{", attachment_source=AttachmentSource.NONE) == []


def test_every_variable_that_is_offered_is_known():
    names = [name for name, _ in attachments.variables()]

    assert check("\n".join(f"{{{{ {name} }}}}" for name in names)) == []


@pytest.mark.parametrize("piece", [piece for piece, _ in attachments.examples()])
def test_every_example_that_is_offered_is_right(piece):
    # The last one is for the inside of another.
    assert check(piece) == []


@pytest.mark.parametrize(
    ("body", "line", "text"),
    [
        ("a\n{{ contact.name }", 2, "Line 2: unexpected “}”."),
        ("{{ contact.name", 1, "Line 1: the template ends too early."),
        ("{{", 1, "Line 1: the template ends too early."),
        ("x\n{% if contact %}", 2, "Line 2: the tag “if” is not closed."),
        ("{% for x in visits %}{% fi %}", 1,
         "Line 1: unexpected tag “fi”: the tag “for” is not closed yet, or this one is mistyped."),
        ("{% if 1 %}{% endfor %}", 1,
         "Line 1: unexpected tag “endfor”: the tag “if” is not closed yet, or this one is mistyped."),
        ("x\n{% fro x in visits %}", 2,
         "Line 2: unexpected tag “fro”: there is no such tag, or none that it could close."),
        ("{% for x visits %}", 1, "Line 1: unexpected “visits”, where “in” is expected."),
        ("{{ contact[1 }}", 1, "Line 1: unexpected “}”, where “]” is expected."),
        ("{{ 'a }}", 1, "Line 1: unexpected “'”."),
        ("{{ contact && owner }}", 1, "Line 1: unexpected “&”."),
        ("{{ contact name }}", 1, "Line 1: unexpected “name”, where “}}” is expected."),
        ("{{ contact| }}", 1, "Line 1: a name is missing before “}}”."),
        ("{{ contact. }}", 1, "Line 1: a name is missing."),
        ("{# a\nb", 1, "Line 1: a comment is not closed: it ends with “#}”."),
        ("{% raw %} x", 1, "Line 1: the tag “raw” is not closed."),
        ("{{ }}", 1, "Line 1: a value is missing before “}}”."),
        ("{% %}", 1, "Line 1: a tag has no name."),
        ("{% set none = 1 %}", 1, "Line 1: the template can't be read (can't assign to 'const')."),
        ("{{ contact.name|uper }}", 1, "Line 1: there is no filter “uper”."),
        ("{% if 1 is evn %}{% endif %}", 1, "Line 1: there is no test “evn”."),
        ("{% include 'x' %}", 1, "Line 1: the tag “include” can't be used in an attachment."),
        ("{{ 'x' * 10**9 }}", 1, "Line 1: the attachment needs too much memory: have the template do less."),
    ],
)  # fmt: skip
def test_fault_is_said_in_plain_words_with_its_line(body, line, text):
    assert check(body) == [(line, text)]


def test_every_unknown_name_is_said_at_once_with_its_line():
    body = (
        "{{ contact.nmae }}\n{{ contcat.name }}\n{% for visit in visits %}\n{{ visit.start }}\n"
        "{% for seen in visit.pages|reverse %}\n{{ seen.titel }}{{ contact['mail'] }}\n{% endfor %}{% endfor %}\n"
        "{{ visits[0].pages[0].adress }}{{ (occasions|first).who }}"
    )

    assert check(body) == [
        (1, "Line 1: there is no “contact.nmae”: see the list of variables."),
        (2, "Line 2: there is no “contcat”: see the list of variables."),
        (4, "Line 4: there is no “visit.start”: see the list of variables."),
        (6, "Line 6: there is no “contact.mail”: see the list of variables."),
        (6, "Line 6: there is no “page.titel”: see the list of variables."),
        (8, "Line 8: there is no “occasion.who”: see the list of variables."),
        (8, "Line 8: there is no “page.adress”: see the list of variables."),
    ]


@pytest.mark.parametrize(
    "body",
    [
        "{{ contact.extra.whatever }}{{ contact.extra['żółw'].deep|default('') }}",
        "{% for name, value in contact.extra.items() %}{{ name }}{{ value }}{% endfor %}",
        "{% set page = contact %}{{ page.name }}",
        "{% for x in visits %}{{ x.started_at }}{% endfor %}{% for x in occasions %}{{ x.doing }}{% endfor %}",
        "{% macro f(x) %}{{ x.name }}{{ varargs }}{{ kwargs }}{{ caller }}{% endmacro %}{{ f(contact) }}",
        "{% set ns = namespace(n=0) %}{% set ns.n = ns.n + 1 %}{{ ns.n }}",
        "{% with x = contact %}{{ x.name.upper() }}{% endwith %}",
        "{% for tag in contact.tags %}{{ loop.index }}{{ tag|upper }}{% else %}-{% endfor %}",
        "{{ contact.name.split(' ')[0] }}{{ page.title|truncate(10) }}{{ visits|length }}",
        "{% if budget is defined %}{{ budget }}{% endif %}{{ contact.x if contact.x is defined }}",
        "{{ contact.extra.budget / 100 }}",
        "{{ visits[3].pages[7].title }}",
        "{{ page.entered_at|date('%d.%m.%Y') }}{{ now|iso }}{{ now|time }}{{ now|datetime }}",
        "{{ joiner(', ') }}{{ cycler('a', 'b').next() }}{{ dict(a=1).a }}{{ range(3)|list }}",
        "{% raw %}{{ anything }}{% endraw %}{# {{ anything }} #}",
    ],
)
def test_what_may_be_right_for_some_contact_is_not_a_fault(body):
    assert check(body) == []


def test_fault_in_the_file_name_is_told_as_such():
    assert faults("x", attachment_name="{{ contact.nmae }}")[0].field == "name"


def test_both_fields_are_told_of_at_once():
    found = faults("{{ foo }}", attachment_name="{{ bar }}")

    assert [fault.field for fault in found] == ["name", "body"]


@pytest.mark.parametrize(
    ("name", "body", "text"),
    [
        (
            "json",
            '{"a": 1,\n "b" 2}',
            "Line 2: the content is not valid JSON: check quotes, commas and brackets.",
        ),
        (
            "vcard",
            "BEGIN:VCARD\nVERSION:3.0\nEND:VCARD",
            "The vCard has no name: add a line that begins with FN:.",
        ),
    ],
)
@pytest.mark.parametrize("source", [AttachmentSource.TEXT, AttachmentSource.TEMPLATE])
def test_content_that_is_not_in_its_format_is_a_fault(name, body, text, source):
    assert [fault.text for fault in faults(body, attachment_format=name, attachment_source=source)] == [text]


@pytest.mark.parametrize("name", ["txt", "html", "csv", "pdf"])
def test_any_text_typed_by_hand_is_right_where_the_format_takes_any(name):
    source = AttachmentSource.TEXT

    assert check("{{ nobody }} {% \x00 <", attachment_format=name, attachment_source=source) == []


def test_format_that_is_gone_is_a_fault():
    assert check("x", attachment_format="xlsx") == [
        (None, "The format “xlsx” is not known any more: choose another one.")
    ]


def test_long_template_is_checked():
    assert check("{{ contact.name }}\n" * 2_000) == []
