import pytest
from hypothesis import given
from hypothesis import strategies as st

from wagtail_visit_alerts.models.canonical_url import canonical_url

from .strategies import examples


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("HTTP://Example.ORG/Pricing/", "http://example.org/Pricing/"),
        ("https://example.org:443/a", "https://example.org/a"),
        ("https://example.org:8443/a", "https://example.org:8443/a"),
        ("http://[::1]:8000/a", "http://[::1]:8000/a"),
        ("http://example.org", "http://example.org/"),
        ("http://example.org/a#part", "http://example.org/a"),
        ("http://example.org/us%C5%82ugi/", "http://example.org/us%C5%82ugi/"),
        ("http://example.org/usługi/", "http://example.org/us%C5%82ugi/"),
        ("http://example.org/us%c5%82ugi/", "http://example.org/us%C5%82ugi/"),
        ("http://example.org/%61%2Fb", "http://example.org/a%2Fb"),
        ("http://example.org/a*b", "http://example.org/a%2Ab"),
        ("http://example.org/?utm_source=x&id=5&utm_medium=", "http://example.org/?utm_source=x&utm_medium="),
    ],
)
def test_two_spellings_of_one_address_have_one_canonical_url(url, canonical):
    assert canonical_url(url, kept_parameters=["utm_*"]) == canonical


@pytest.mark.parametrize(
    "url", ["ftp://example.org/", "/pricing/", "mailto:a@example.org", "http://", "http://x:y/"]
)
def test_what_is_no_absolute_web_address_is_refused(url):
    with pytest.raises(ValueError, match=r"\w"):
        canonical_url(url)


@examples(500)
@given(st.text(st.characters(max_codepoint=127), max_size=60))
def test_whatever_a_browser_calls_its_path_has_one_canonical_url(rest):
    once = canonical_url(f"http://example.org/{rest}", kept_parameters=["utm_*"])

    assert canonical_url(once, kept_parameters=["utm_*"]) == once
    assert len(once) <= 3 * len(f"http://example.org/{rest}")
    assert once.isascii()
    assert "\0" not in once
