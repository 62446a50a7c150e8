import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wagtail_visit_alerts.matching import PatternError, parse_pattern
from wagtail_visit_alerts.matching.patterns import Pattern, PatternTree
from wagtail_visit_alerts.models.canonical_url import canonical_path


def is_match(pattern, path):
    tree = PatternTree()
    tree.add(parse_pattern(pattern), True)
    return bool(tree.find(canonical_path(path)))


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("/pricing/", "/pricing/", True),
        ("/pricing/", "/pricing", True),
        ("/pricing", "/pricing/", True),
        ("/pricing/", "/pricing/old/", False),
        ("/pricing/", "/Pricing/", False),
        ("/", "/", True),
        ("/", "/pricing/", False),
        ("**", "/", True),
        ("**", "/a/b/c", True),
        ("/**", "/", True),
        ("/**", "/a/b/c", True),
        ("/blog/**", "/blog/", True),
        ("/blog/**", "/blog/a/b/", True),
        ("/blog/**", "/blogging/", False),
        ("/blog/*", "/blog/a/", True),
        ("/blog/*", "/blog/", False),
        ("/blog/*", "/blog/a/b/", False),
        ("/*/pricing/", "/pl/pricing/", True),
        ("/*/pricing/", "/pricing/", False),
        ("/pro*ct/", "/product/", True),
        ("/pro*ct/", "/proct/", False),
        ("/pro*ct/", "/pro/ct/", False),
        ("**pricing**", "/pl/pricing/old/", True),
        ("**pricing**", "/prices/", False),
        ("/**/pricing/", "/a/b/pricing/", True),
        ("/usługi/", "/us%C5%82ugi/", True),
        ("/us%c5%82ugi/", "/usługi/", True),
        ("/a%2Fb/", "/a/b/", False),
        ("/a b/", "/a%20b/", True),
        ("/a.b/", "/axb/", False),
    ],
)
def test_pattern_stands_for_the_paths_that_design_says(pattern, path, expected):
    assert is_match(pattern, path) is expected


@pytest.mark.parametrize(
    ("typed", "host", "path"),
    [
        ("pricing", None, "/pricing"),
        ("  /pricing/ ", None, "/pricing/"),
        ("https://Example.org/pricing/#top", "example.org", "/pricing/"),
        ("http://example.org:8000/", "example.org:8000", "/"),
        ("https://example.org:443", "example.org", "/"),
        ("/search/?topic=price*", None, "/search/?topic=price*"),
        ("/blog/****", None, "/blog/**"),
        ("**", None, "**"),
    ],
)
def test_what_people_type_becomes_a_pattern(typed, host, path):
    assert parse_pattern(typed) == Pattern(host=host, path=path)


@pytest.mark.parametrize(
    "typed", ["", "   ", "mailto:anna@example.org", "javascript:alert(1)", "http://", "/a\nb", "/" + "x" * 600]
)
def test_what_can_be_no_path_is_refused_with_a_reason(typed):
    with pytest.raises(PatternError, match=r"\w"):
        parse_pattern(typed)


def as_expression(pattern):
    """An independent reading of a pattern, as a regular expression."""
    parts = re.split(r"(\*\*|\*)", pattern.rstrip("/"))
    translated = {"**": ".*", "*": "[^/]+"}
    expression = "".join(translated.get(part, re.escape(part)) for part in parts)
    return expression.removesuffix("/.*") + "(/.*)?" if expression.endswith("/.*") else expression


paths = st.text(alphabet="ab/", max_size=8).map(lambda path: f"/{path}")
patterns = st.lists(st.sampled_from(["a", "b", "/", "*", "**"]), max_size=6).map(
    lambda parts: "/" + "".join(parts)
)


@given(patterns=st.lists(patterns, max_size=5), path=paths)
def test_tree_finds_exactly_the_patterns_that_the_path_satisfies(patterns, path):
    tree = PatternTree()
    for pattern in patterns:
        tree.add(parse_pattern(pattern), pattern)

    found = set(tree.find(path))

    kept = {parse_pattern(pattern).path: pattern for pattern in patterns}
    expected = {
        pattern
        for normal, pattern in kept.items()
        if re.fullmatch(as_expression(normal.replace("***", "**")), path.rstrip("/"))
    }
    assert {parse_pattern(pattern).path for pattern in found} == {
        parse_pattern(pattern).path for pattern in expected
    }
