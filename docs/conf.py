"""Sphinx's settings: the pages in this folder, in Wagtail's theme, in English and (``-D language=pl``) Polish.

The pages are Markdown that also reads well where the repository is browsed, so nothing of Sphinx stands in them.
What Sphinx needs besides is added as it reads them: the tree of pages, which follows the lists of ``index.md``, and
another target for links that leave this folder.
"""

import os
import re
import sys
from pathlib import Path

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
sys.path.insert(0, str(ROOT))

from wagtail_visit_alerts import __version__  # noqa: E402  # found by the line above

project = "wagtail_visit_alerts"
author = "The wagtail_visit_alerts founders"
version = release = __version__
html_show_copyright = False
language = "en"

extensions = ["myst_parser", "sphinx_wagtail_theme"]
#: ``.myst``: a page for Sphinx alone, which is no file to read where the repository is browsed.
source_suffix = {".md": "markdown", ".myst": "markdown"}
exclude_patterns = ["_build", "_templates"]
nitpicky = True

myst_enable_extensions = ["attrs_inline"]
myst_heading_anchors = 4

# Translations: one catalogue for each folder, and one for each page beside this file.
locale_dirs = ["locale"]
gettext_compact = True
gettext_uuid = False
gettext_location = False
#: A page says the English picture; the Polish one stands in the folder beside it.
figure_language_filename = "{path}../{language}/{basename}{ext}"

html_theme = "sphinx_wagtail_theme"
html_title = "wagtail_visit_alerts"
templates_path = ["_templates"]
html_static_path = ["_static"]
html_css_files = ["docs.css"]
html_favicon = "_static/logo.svg"
#: The theme's own links lead to Wagtail's site, and to the source of another project.
html_theme_options = {
    "project_name": "wagtail_visit_alerts",
    "logo": "logo.svg",
    "logo_alt": "wagtail_visit_alerts",
    "header_links": "",
    "footer_links": "",
    "github_url": "",
}
html_show_sourcelink = False
html_copy_source = False
html_last_updated_fmt = None

#: Files of the repository that are pages too: the file -> the page that shows it.
FILES_SHOWN = {"CONTRIBUTING.md": "contributing.myst", "CHANGELOG.md": "changelog.myst"}
LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)#:\s]+)(#[^)\s]*)?\)")


def read_source(app: Sphinx, docname: str, content: list[str]) -> None:
    """Add to a page what only Sphinx needs."""
    page = Path(app.env.doc2path(docname))
    shown = {DOCS / name: ROOT / file for file, name in FILES_SHOWN.items()}.get(page)
    if shown:
        content[0] = shown.read_text()
    text = LINK.sub(lambda link: _as_sphinx_links(link, file=shown or page, page=page), content[0])
    if docname == "index":
        text += _trees(text)
    elif docname == "decisions/index":
        text += "\n```{toctree}\n:glob:\n\n0*\n```\n"
    elif docname == "guide/index":
        text += _tree(re.findall(r"^- \[[^\]]*\]\(([^)]+)\.md\)", text, re.MULTILINE))
    content[0] = text


def _as_sphinx_links(link: re.Match[str], *, file: Path, page: Path) -> str:
    """A link of a file to another, for the page that shows it; a file that is no page is only named."""
    text, path, section = link[1], link[2], link[3] or ""
    target = (file.parent / path).resolve()
    if not target.is_relative_to(ROOT):
        return link[0]
    name = target.relative_to(ROOT).as_posix()
    if name in FILES_SHOWN:
        target = DOCS / FILES_SHOWN[name]
    elif target == DOCS / "decisions":
        target /= "index.myst"
    elif not target.is_relative_to(DOCS):
        return f"{text} (`{name}`)"
    return f"[{text}]({Path(os.path.relpath(target, page.parent)).as_posix()}{section})"


def _trees(text: str) -> str:
    """The tree of pages: a part for each list of links, under the words above it."""
    parts = re.findall(r"^\*\*(.+?)\*\*[^\n]*\n\n((?:- .*\n(?:  .*\n)*)+)", text, re.MULTILINE)
    first = re.findall(r"^\*\*Try it\*\*.*?\]\(([^)]+)\.(?:md|myst)\)", text, re.MULTILINE | re.DOTALL)
    trees = [_tree(first[:1])]
    for caption, items in parts:
        trees.append(_tree(re.findall(r"^- \[[^\]]*\]\(([^)]+)\.(?:md|myst)\)", items, re.MULTILINE), caption))
    return "".join(trees)


def _tree(pages: list[str], caption: str = "") -> str:
    lines = [":hidden:", *([f":caption: {caption}"] if caption else []), "", *pages]
    return "\n```{toctree}\n" + "\n".join(lines) + "\n```\n"


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect what stands above."""
    app.connect("source-read", read_source)
    # Diagrams stay text: what draws them would have to be loaded from another server.
    app.add_lexer("mermaid", TextLexer)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
