"""Freemarker templates become Jinja2 templates that print the same, and a person is told what did not."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from wagtail_visit_alerts.delivering.attachments import template_data
from wagtail_visit_alerts.delivering.sandboxed.environment import AttachmentEnvironment
from wagtail_visit_alerts.freemarker.conversion import Conversion, convert
from wagtail_visit_alerts.freemarker.told import Kind
from wagtail_visit_alerts.management.commands.visit_alerts_convert_template import known_variables

from .freemarker_prints import DATA, PRINTED
from .test_contracts import ROOT

pytestmark = [pytest.mark.any_database, pytest.mark.any_wagtail]

OURS = [
    "contact.name",
    "contact.email",
    "contact.phone",
    "contact.tags",
    "contact.extra.*",
    "page.entered_at",
    "now",
]


def environment(escaping: str = "text") -> AttachmentEnvironment:
    """Where attachments' templates run."""
    return AttachmentEnvironment(escaping, words={"yes": "yes", "no": "no"})


def printed(source: str, data: Mapping[str, Any], *, escaping: str = "text") -> str:
    """What the converted template prints."""
    return environment(escaping).from_string(convert(source, variables=OURS).template).render(data)


def converted(source: str, **options: Any) -> str:
    return convert(source, variables=OURS, **options).template


def told(conversion: Conversion, kind: Kind) -> list[tuple[int, int, str]]:
    """Line, column and construct of the findings of a kind."""
    return [
        (finding.line, finding.column, finding.construct)
        for finding in conversion.findings
        if finding.kind == kind
    ]


def not_converted(source: str) -> list[tuple[int, int, str]]:
    return told(convert(source, variables=[*OURS, *DATA, "m"]), Kind.CONSTRUCT)


@pytest.mark.parametrize(("source", "expected"), PRINTED, ids=[source for source, _ in PRINTED])
def test_converted_template_prints_what_freemarker_prints(source: str, expected: str) -> None:
    conversion = convert(source, variables=DATA)

    assert environment().from_string(convert(source, variables=[]).template).render(DATA) == expected
    assert told(conversion, Kind.CONSTRUCT) == []


# What differs on purpose


@pytest.mark.parametrize(
    ("source", "template"),
    [
        ('${contact.name!"there"}', '{{ contact.name|default("there", true) }}'),
        ("${contact.name!}", "{{ contact.name }}"),
        ("<#if contact.phone??>a</#if>", "{% if contact.phone %}a{% endif %}"),
        ("<#if (contact.phone)??>a</#if>", "{% if contact.phone %}a{% endif %}"),
        ("<#if contact.tags?has_content>a</#if>", "{% if contact.tags %}a{% endif %}"),
        ("<#if !contact.phone??>a</#if>", "{% if not contact.phone %}a{% endif %}"),
        ('${contact.extra.budget!"-"}', '{{ contact.extra.budget|default("-", true) }}'),
    ],
)
def test_empty_text_of_our_variables_counts_as_missing(source: str, template: str) -> None:
    assert converted(source) == template


def test_empty_text_counts_as_missing_in_our_lists_too() -> None:
    source = "<#list visits as v><#list v.pages as p>${p.dwell_time!'-'}<#if p.title??>t</#if></#list></#list>"

    assert convert(source, variables=["visits"]).template == (
        "{% for v in visits %}{% for p in v.pages %}"
        '{{ p.dwell_time|default("-", true) }}{% if p.title %}t{% endif %}'
        "{% endfor %}{% endfor %}"
    )


def test_index_of_a_loop_over_ours_is_no_text() -> None:
    assert converted("<#list contact.tags as t>${t_index!5}</#list>") == (
        "{% for t in contact.tags %}{{ loop.index0 if loop.index0 is defined and loop.index0 is not none else 5 }}"
        "{% endfor %}"
    )


def test_whether_our_variable_exists_is_a_truth_where_one_is_needed() -> None:
    source = "${contact.phone???c} <#if contact.phone?? == true>yes</#if>"

    assert printed(source, {"contact": {"phone": "1"}}) == "true yes"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("${now?date}", "Jan. 31, 2026"),
        ("${now?time}", "1:30 p.m."),
        ("${now?datetime}", "Jan. 31, 2026, 1:30 p.m."),
        ("${.now?date}", "Jan. 31, 2026"),
        ('${now?string("dd.MM.yyyy HH:mm")}', "31.01.2026 13:30"),
        ('${page.entered_at?date?string("yyyy-MM-dd")}', "2026-01-31"),
        ("${now?string[\"d.M.yy 'at' H 100%\"]}", "31.1.26 at 13 100%"),
        ("${now?string.iso}", "2026-01-31T13:30:00+01:00"),
        ("${now?iso_local}", "2026-01-31T13:30:00+01:00"),
    ],
)
def test_dates_are_written_by_the_filters_of_attachments(source: str, expected: str) -> None:
    values = environment().values(template_data.sample())

    assert printed(source, values) == expected


@pytest.mark.parametrize("source", ['"${name?json_string}"', '"${name?js_string}"'])
@pytest.mark.parametrize("escaping", ["text", "json"])
def test_text_between_quotes_is_escaped_for_json_in_every_format(source: str, escaping: str) -> None:
    written = environment(escaping).printer.finish(printed(source, {"name": 'a"b\\c\n'}, escaping=escaping))

    assert written == '"a\\"b\\\\c\\n"'


def test_text_that_looks_like_jinja_stays_text_in_json() -> None:
    source = '{<#if x>"a": {{ "b": ${n?c} }}</#if>}'

    assert environment("json").from_string(converted(source)).render(x=True, n=1).startswith('{"a": {{ "b": ')


def test_markup_is_escaped_once_in_html() -> None:
    assert printed("${m?html}", {"m": "<b>&"}, escaping="html") == "&lt;b&gt;&amp;"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("${0.256?string('0.0%')}", "25.6%"),
        ("${r'\\x41'}${'\\xD83D\\xDE00\\xD83D'}", "\\x41\N{GRINNING FACE}\N{REPLACEMENT CHARACTER}"),
        ("${'a.b.c'?keep_after_last('-')}|${'a.b'?keep_after_last('.')}", "|b"),
        ("${'n ' + 1.50}", "n 1.5"),
        ("${({'a': 1} + {'b': 2})?size}", "2"),
    ],
)
def test_rare_values_are_printed_too(source: str, expected: str) -> None:
    assert printed(source, {}) == expected


def test_what_the_url_escapes_is_read_the_same() -> None:
    assert printed("${u?url} ${u?url_path}", {"u": "a/b c&ł"}) == "a%2Fb%20c%26%C5%82 a/b%20c%26%C5%82"


def test_square_brackets_of_an_interpolation_are_taken_beside_square_tags() -> None:
    assert printed("[#if x]a [=n][/#if]", {"x": True, "n": 1}) == "a 1"
    assert printed("Hello [=n]", {"n": 1}) == "Hello 1"
    assert printed("<#if x>a[=n]</#if>${n}", {"x": True, "n": 1}) == "a[=n]1"


# Names


def test_variable_is_renamed_wherever_it_is_read() -> None:
    source = '${contact.firstName} ${contact["firstName"]!"x"} <#if contact.firstName??>y</#if>'

    assert converted(source, renames={"contact.firstName": "contact.name"}) == (
        '{{ contact.name }} {{ contact.name|default("x", true) }} {% if contact.name %}y{% endif %}'
    )


def test_longest_of_the_old_names_is_renamed() -> None:
    renames = {"c": "contact", "c.mail": "contact.email"}

    assert converted("${c.mail} ${c.name}", renames=renames) == "{{ contact.email }} {{ contact.name }}"


def test_variable_of_the_template_itself_is_not_renamed() -> None:
    source = "<#list contact.tags as c>${c}</#list><#assign d = 1>${d}"

    assert converted(source, renames={"c": "contact", "d": "now"}) == (
        "{% for c in contact.tags %}{{ c }}{% endfor %}{% set d = 1 %}{{ d }}"
    )


def test_unknown_variable_is_told_once_with_all_its_lines() -> None:
    conversion = convert("${contact.name}\n ${lead.x}\n<#if lead.x??>\n${lead.x!}${y}</#if>", variables=OURS)

    assert [(f.line, f.column, f.construct, f.further_lines) for f in conversion.findings] == [
        (2, 4, "lead.x", (3, 4)),
        (4, 13, "y", ()),
    ]
    assert str(conversion.findings[0]).startswith(
        "Line 2, column 4, and also line 3, 4: there is no variable lead.x."
    )


def test_unknown_variable_is_told_where_the_rest_can_not_be_converted() -> None:
    assert told(convert('${wrong?matches("a")}', variables=OURS), Kind.VARIABLE) == [(1, 3, "wrong")]


def test_variable_that_is_alike_is_suggested() -> None:
    (finding,) = convert("${contact.emial}", variables=OURS).findings

    assert "--rename contact.emial=contact.email" in finding.advice


def test_further_field_is_suggested_for_a_name_of_the_contact() -> None:
    (finding,) = convert("${contact.favouriteColour}", variables=OURS).findings

    assert "--rename contact.favouriteColour=contact.extra.favouriteColour" in finding.advice


def test_variables_of_attachments_are_all_known() -> None:
    source = (
        "${contact.name} ${contact.extra.anything} ${owner.email} ${alert.name} ${now} "
        "<#list visits as v><#list v.pages as p>${p.title}</#list></#list><#list occasions as o>${o.doing}</#list>"
    )

    assert convert(source, variables=known_variables()).findings == []


# What needs a person


@pytest.mark.parametrize(
    ("source", "construct"),
    [
        ('${name?matches("a")}', "?matches"),
        ("${name?eval}", "?eval"),
        ("${name?truncate(5)}", "?truncate"),
        ("${html?no_esc}", "?no_esc"),
        ("${xs?join(', ', 'none')}", "?join"),
        ("${name?replace('a', 'b', 'r')}", "?replace"),
        ("${xs?map(p -> p + 1)}", "?map"),
        ("${xs?filter(p -> p != '')?size}", "?filter"),
        ("${now?string('dd MMMM yyyy')}", '?string("dd MMMM yyyy")'),
        ("${price?string('0.##')}", '?string("0.##")'),
        ("${price?string(name)}", '?string("…")'),
        ("${name?date('yyyy')}", "?date(…)"),
        ("${name?nonsense}", "?nonsense"),
        ("${name?index}", "?index"),
        ("${name.toUpperCase()}", "(…)"),
        ("${.locale}", ".locale"),
        ("${1..}", "1.."),
        ("#{price; m1M3}", "#{price; m1M3}"),
        ("<#include 'a.ftl'>", "<#include 'a.ftl'>"),
        ("<#import 'a.ftl' as a>", "<#import 'a.ftl' as a>"),
        ("<#macro m>x</#macro>", "<#macro m>"),
        ("<#function f>x</#function>", "<#function f>"),
        ("<@m a=1/>", "<@m a=1/>"),
        ("<#setting locale='pl'>", "<#setting locale='pl'>"),
        ("<#stop 'why'>", "<#stop 'why'>"),
        ("<#return>", "<#return>"),
        ("<#escape x as x?html>a</#escape>", "<#escape x as x?html>"),
        ("<#compress> a </#compress>", "<#compress>"),
        ("<@m>a</@m>", "<@m>"),
        ("<#items as x>a</#items>", "<#items as x>"),
        ("<#assign 'a-b'>x</#assign>", "<#assign 'a-b'>"),
        ("<#list xs as x>a<#else>b<#else>c</#list>", "<#else>"),
        ("<#if x == 1>a<#else>b<#elseif x == 2>c</#if>", "<#elseif x == 2>"),
        ("<#switch x><#case 1>a<#default>b<#break><#default>c</#switch>", "<#switch x>"),
        ("<#sep ,>", "<#sep ,>"),
        ("<#list xs as in>a</#list>", "<#list xs as in>"),
        ("${'${name'}", "${'${name'}"),
        ("${name <#-- never ends }", "${name"),
        ("${name)}", "${name)}"),
        ("${a\\-b}", "a-b"),
        ("${name + (x -> 1)}", "${name + (x -> 1)}"),
        ('${price?string("d \'x")}', '?string("d \'x")'),
        ("#{price; q}", "#{price; q}"),
        ("<#switch x><#case 1>a<#case 2>b</#switch>", "<#switch x>"),
        ("<#switch x><#case 1><#if flag><#break></#if>a<#break></#switch>", "<#switch x>"),
        ("<#nonsense>", "<#nonsense>"),
        ("<#assign a-b = 1>", "<#assign a-b = 1>"),
        ("<#assign 'a-b' = 1>", "a-b"),
        ("</#if>", "</#if>"),
        ("<#else>", "<#else>"),
        ("<#break>", "<#break>"),
        ("<#sep>", "<#sep>"),
        ("<#-- never ends", "<#-- never ends"),
        ("<#noparse>x", "<#noparse>"),
        ("${name", "${name"),
        ("${name +}", "${name +}"),
        ("${}", "${}"),
        ("${'a\\q'}", "${'a\\q'}"),
        ("<#if>a</#if>", "<#if>"),
        ("<#if x ~ 1>a</#if>", "<#if x ~ 1>"),
        ("<#list xs>a</#list>", "<#list xs>"),
    ],
)
def test_what_can_not_be_converted_is_told_and_kept_as_a_comment(source: str, construct: str) -> None:
    template = converted(source)

    assert construct in [found for _, _, found in not_converted(source)]
    assert any(comment in source for comment in re.findall(r"\{#\+? (.*?) \+?#\}", template, re.DOTALL))


@pytest.mark.parametrize(
    ("source", "places"),
    [
        ('a\n  ${x}${name?matches("a")}', [(2, 13, "?matches")]),
        (
            "${name?eval} ${x?eval?matches(name?api)}",
            [(1, 7, "?eval"), (1, 17, "?eval"), (1, 22, "?matches"), (1, 35, "?api")],
        ),
        ("<#if x ==\n 1 ~ 2>a</#if>", [(2, 4, "<#if x == 1 ~ 2>")]),
        ("\r\n\r\n<#include 'a'>", [(3, 1, "<#include 'a'>")]),
        ("<#if x>\n<#list xs as i>\n</#if>", [(2, 1, "<#list xs as i>")]),
    ],
)
def test_each_construct_is_told_with_its_line_and_column(
    source: str, places: list[tuple[int, int, str]]
) -> None:
    assert not_converted(source) == places


def test_condition_that_can_not_be_converted_is_false_and_its_body_is_converted() -> None:
    assert converted("<#if contact.name?matches('a')>${contact.name}<#else>b</#if>") == (
        "{% if false %}{# <#if contact.name?matches('a')> #}{{ contact.name }}{% else %}b{% endif %}"
    )


def test_list_that_can_not_be_converted_is_empty() -> None:
    assert converted("<#list contact.name?matches('a') as m>${m}</#list>") == (
        "{% for m in [] %}{# <#list contact.name?matches('a') as m> #}{{ m }}{% endfor %}"
    )


def test_what_is_printed_after_a_failure_is_kept_and_printed_by_nobody() -> None:
    assert converted("<#attempt>${contact.name}<#recover>b</#attempt>c") == (
        "{# <#attempt> #}{{ contact.name }}{# <#recover>b</#attempt> #}c"
    )


def test_macro_is_kept_whole_because_it_prints_nothing_where_it_stands() -> None:
    assert converted("a<#macro m>${contact.name}</#macro>b") == "a{# <#macro m>${contact.name}</#macro> #}b"


def test_kept_construct_does_not_end_its_comment() -> None:
    assert printed("<#include '#}'>a<#-- #} -->b", {}) == "ab"


@pytest.mark.parametrize("tag", ["<#t>", "<#lt>", "<#rt>", "<#nt>", "<#flush>", "<#ftl encoding='utf-8'>"])
def test_tag_that_is_left_out_is_noted_and_needs_no_hand(tag: str) -> None:
    conversion = convert(f"a{tag}b", variables=[])

    assert conversion.template == "ab"
    assert [finding.kind for finding in conversion.findings] == [Kind.NOTE]
    assert conversion.is_complete


def test_findings_are_told_in_the_language_that_is_active() -> None:
    with translation.override("pl"):
        findings = convert("${contact.name?matches('a')}", variables=OURS).findings
        texts = [str(finding) for finding in findings]

    assert len(texts) == 1
    assert "?matches" in texts[0]


# Anything at all

PIECES = [
    "${", "#{", "}", "<#if ", "</#if>", "<#else>", "<#elseif ", "<#list ", "</#list>", " as x>", " as k, v>",
    "<#sep>", "<#items as i>", "</#items>", "<#break>", "<#continue>", "<#assign ", "</#assign>", "<#switch ",
    "<#case ", "<#default>", "</#switch>", "<#macro m>", "</#macro>", "<@m>", "</@m>", "<#include 'a'>", "<#-- ",
    " -->", "<#noparse>", "</#noparse>", "<#t>", "<#foo>", ">", "[#if ", "[/#if]", "[=", "[#--", "--]", "<#ftl>",
    "x", "y.z", "true", "1.5", "'a'", '"b${x}"', "r'c'", "!", "??", "?", "?upper_case", "?string('dd.MM')",
    "?index", "?c", "?map(x -> x.y)", "?cap_first", "(", ")", "[", "]", "{", ":", ",", "+", "-", "/", "&&", "||",
    "==", " gt ", "..", "..<", "..*", "=", "++", "\\", "'", '"', "\n", " ", "{{", "{%", "{#", "#}", "%}", "}}",
    "{% raw %}", "{% endraw %}", "é", "\N{GRINNING FACE}", "\r\n", "\0", "loop", "not", "x_index", "$", ".now", "->",
]  # fmt: skip
ANYTHING = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=4)), max_size=40).map("".join)
#: What begins a construct of Freemarker's.
CONSTRUCT = re.compile(r"</?[#@]|\[/?[#@=]|[$#]\{")
LIKE_JINJA = st.sampled_from(
    [
        "{{",
        "{%",
        "{#",
        "#}",
        "%}",
        "}}",
        "{",
        "}",
        "%",
        "#",
        "-",
        "+",
        " ",
        "\n",
        "raw",
        "{%- endraw -%}",
        "<",
        "[",
    ]
)
LITERAL = (
    st.lists(st.one_of(LIKE_JINJA, st.text(max_size=4)), max_size=20)
    .map("".join)
    .filter(lambda text: not CONSTRUCT.search(text))
)


@settings(deadline=None)
@given(ANYTHING)
def test_any_text_becomes_a_template_that_jinja_can_read(source: str) -> None:
    conversion = convert(source, variables=OURS)

    environment().parse(conversion.template)
    assert all(str(finding) for finding in conversion.findings)


@settings(deadline=None)
@given(LITERAL)
def test_text_without_constructs_is_printed_as_it_is(source: str) -> None:
    conversion = convert(source, variables=[])

    assert environment().from_string(conversion.template).render() == re.sub(r"\r\n?", "\n", source)
    assert conversion.findings == []


@pytest.mark.parametrize(
    "source",
    [
        "<#if x>" * 1000 + "</#if>" * 1000,
        "<#list x as y>" * 300 + "</#list>" * 300,
        "${" + "(" * 200 + "x" + ")" * 200 + "}",
        "${" + "!" * 400 + "x}",
        "${x" + "?cap_first" * 20 + "}",
        "${x" + " + x" * 240 + "}",
        "${x" + " - x" * 240 + "}",
        '${"${' * 200,
        "<#list x as y>" + "<#if y><#break></#if>a" * 300 + "</#list>",
    ],
    ids=["blocks", "loops", "parentheses", "negations", "doubling", "sum", "difference", "unclosed", "breaks"],
)
def test_template_that_is_nested_without_end_is_cut_short(source: str) -> None:
    environment().compile(convert(source, variables=["x"]).template)


# The documentation

PAGE = ROOT / "docs" / "from-freemarker.md"


def mapping() -> list[list[str]]:
    """The rows of the documentation's tables of constructs: Freemarker, Jinja2."""
    lines = re.findall(r"^\| (`.*) \|$", PAGE.read_text(), re.MULTILINE)
    cells = (re.split(r" (?<!\\)\| ", line) for line in lines)
    rows = [[cell.strip().strip("`").replace("\\|", "|") for cell in row] for row in cells]
    return [row for row in rows if len(row) == 2 and CONSTRUCT.search(row[0])]


@pytest.mark.parametrize("row", mapping(), ids=lambda row: row[0])
def test_documentation_says_what_becomes_of_a_construct(row: list[str]) -> None:
    source, template = row

    assert convert(source, variables=known_variables()).template == template


def test_documentation_maps_the_constructs_that_people_use_most() -> None:
    sources = " ".join(source for source, _ in mapping())

    for construct in ("?upper_case", "?date", "!", "<#if", "<#elseif", "<#else", "<#list", "<#assign", "<#--"):
        assert construct in sources
