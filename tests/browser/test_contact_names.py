"""The list of contacts on a narrow window: names stay whole beside addresses that are long."""

import os

import pytest

from .screens import CONTACTS

pytestmark = [
    pytest.mark.any_database,
    pytest.mark.browser,
    pytest.mark.skipif("DATABASE_URL" in os.environ, reason="screens look the same on every database"),
]

LONG_ADDRESS = """
from wagtail_visit_alerts.models import Contact
Contact.objects.update_or_create(
    email="wladyslaw.lewandowski-zielinski@department-of-purchasing.baltic-packaging.example",
    defaults={"name": "Władysław Lewandowski", "company": "Baltic Packaging sp. z o.o."},
)
"""
#: The words of a name that stand on more than one line.
BROKEN_WORDS = r"""
    text => {
        const range = document.createRange();
        const words = [...text.data.matchAll(/\S+/g)];
        return words.map(word => {
            range.setStart(text, word.index);
            range.setEnd(text, word.index + word[0].length);
            return [word[0], new Set([...range.getClientRects()].map(line => line.top)).size];
        }).filter(([, lines]) => lines !== 1);
    }
"""


@pytest.mark.parametrize("width", [360, 800, 1280])
def test_name_is_not_broken_within_a_word_beside_a_long_address(editor, site, width):
    site.manage("shell", "--verbosity", "0", "-c", LONG_ADDRESS)
    editor.set_viewport_size({"width": width, "height": 900})

    editor.goto(f"{CONTACTS}?q=department-of-purchasing")

    name = editor.get_by_text("Władysław Lewandowski", exact=True).evaluate_handle(
        "element => element.firstChild"
    )
    assert name.evaluate(BROKEN_WORDS) == []
