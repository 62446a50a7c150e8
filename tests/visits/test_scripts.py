"""The scripts of a site's pages: small, and what their sources give."""

import pytest

from tools.minify_scripts import FOLDER, compressed_size, minified, scripts


@pytest.mark.parametrize(("source", "script"), scripts(), ids=lambda path: path.name)
def test_script_is_what_its_source_gives(source, script):
    pytest.importorskip("minify", reason="tdewolff-minify has no wheel for this system")

    assert script.read_text() == minified(source), "Run: make scripts"


@pytest.mark.parametrize(("name", "bytes_at_most"), [("page-view.js", 1536), ("page-view-single.js", 400)])
def test_script_is_small(name, bytes_at_most):
    assert compressed_size((FOLDER / name).read_text()) <= bytes_at_most
