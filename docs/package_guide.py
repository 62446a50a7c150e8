"""Writes the editor's guide as the templates that the admin shows: ``make guide``, or with ``--check`` only compares.

Sphinx renders ``docs/guide/`` in each language; what is left of its HTML is plain: headings, text, lists, tables and
pictures, with links by Django's tags. The pictures lie in the package's static files already.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from bs4 import BeautifulSoup, Tag
from PIL import Image

DOCS = Path(__file__).resolve().parent
PACKAGE = DOCS.parent / "wagtail_visit_alerts"
TEMPLATES = PACKAGE / "templates" / "wagtail_visit_alerts" / "guide"
PICTURES = PACKAGE / "static" / "wagtail_visit_alerts" / "guide"
LANGUAGES = ("en", "pl")
#: Pixels of a picture to one of the screen, as screenshots.py takes them.
SCALE = 1.5
#: Attributes that mean something without Sphinx's style sheet.
KEPT_ATTRIBUTES = {"id", "href", "src", "alt", "start", "colspan", "rowspan"}

PAGE = """{{% extends "wagtail_visit_alerts/admin/guide.html" %}}
{{% load static %}}
{{# Written by "make guide" from docs/guide: change it there. #}}
{{% block guide_title %}}{title}{{% endblock %}}
{{% block guide %}}
{body}
{{% endblock %}}
"""
CONTENTS = """{{# Written by "make guide" from docs/guide: change it there. #}}
<ol>
{items}
</ol>
"""
ITEM = (
    "    <li><a href=\"{{% url 'visit_alerts_guide' '{slug}' %}}\""
    "{{% if section == '{slug}' %}} aria-current=\"page\"{{% endif %}}>{title}</a></li>"
)


def sections() -> list[str]:
    """The names of the guide's pages, in the order in which its first page lists them."""
    listed = re.findall(
        r"^- \[[^\]]*\]\(([\w-]+)\.md\)", (DOCS / "guide" / "index.md").read_text(), re.MULTILINE
    )
    return ["index", *listed]


def rendered(language: str, folder: Path) -> dict[str, dict[str, str]]:
    """What Sphinx makes of each page: its title and body as HTML."""
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "-b", "json", "-d", str(folder / "read")]
    options = {"language": language, "include_patterns": "guide/**", "root_doc": "guide/index"}
    settings = [part for key, value in options.items() for part in ("-D", f"{key}={value}")]
    subprocess.run([*command, *settings, str(DOCS), str(folder)], check=True)
    return {slug: json.loads((folder / "guide" / f"{slug}.fjson").read_text()) for slug in sections()}


def as_template(html: str, *, language: str) -> str:
    """Sphinx's HTML of one page as the body of a template."""
    soup = BeautifulSoup(html, "html.parser")
    for unwanted in soup.select("a.headerlink, div.toctree-wrapper"):
        unwanted.decompose()
    for block in soup.select("div.highlight"):
        block.string, block.name = block.get_text().rstrip("\n"), "pre"
    for wrapper in soup.select("div[class*=highlight-], colgroup"):
        wrapper.unwrap() if wrapper.name == "div" else wrapper.decompose()
    for code in soup.find_all("code"):
        code.string = code.get_text()
    # Wagtail's frame has the first heading.
    for level in (5, 4, 3, 2, 1):
        for heading in soup.find_all(f"h{level}"):
            heading.name = f"h{level + 1}"
    tags: list[str] = []
    for element in soup.find_all(True):
        _simplify(element, tags, language=language)
    for wrapper in soup.select("section, span"):
        if not wrapper.attrs:
            wrapper.unwrap()
    text = re.sub(r"\{(?=[{%#])", "&#123;", str(soup).strip())
    return re.sub(r"@@(\d+)@@", lambda found: tags[int(found[1])], text)


def _simplify(element: Tag, tags: list[str], *, language: str) -> None:
    """Keep the attributes that count; Django's tags go to ``tags``, and a mark that holds their place."""

    def mark(tag: str) -> str:
        tags.append(tag)
        return f"@@{len(tags) - 1}@@"

    if element.name == "th":
        element["scope"] = "col"
    element.attrs = {key: value for key, value in element.attrs.items() if key in {*KEPT_ATTRIBUTES, "scope"}}
    if element.name == "img":
        name = Path(element["src"]).name
        with Image.open(PICTURES / language / name) as picture:
            element["width"], element["height"] = (str(round(side / SCALE)) for side in picture.size)
        element["src"] = mark(f"{{% static 'wagtail_visit_alerts/guide/{language}/{name}' %}}")
        element["loading"] = "lazy"
    elif element.name == "a" and "://" not in element.get("href", ""):
        page, _, section = element["href"].partition("#")
        if page:
            slug = page.rstrip("/").rpartition("/")[2]
            slug = slug if slug in sections() else "index"
            element["href"] = mark(f"{{% url 'visit_alerts_guide' '{slug}' %}}") + (section and f"#{section}")


def templates(language: str) -> dict[str, str]:
    """The templates of one language by their file names."""
    with tempfile.TemporaryDirectory() as folder:
        pages = rendered(language, Path(folder))
    titles = {slug: page["title"] for slug, page in pages.items()}
    items = "\n".join(ITEM.format(slug=slug, title=title) for slug, title in titles.items())
    files = {"contents.html": CONTENTS.format(items=items)}
    for slug, page in pages.items():
        body = as_template(page["body"], language=language)
        files[f"{slug}.html"] = PAGE.format(title=titles[slug], body=body)
    return files


def main() -> int:
    """Write, or compare; the exit status is 1 where something differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, say which files are out of date")
    check = parser.parse_args().check
    wanted = {
        TEMPLATES / language / name: text
        for language in LANGUAGES
        for name, text in templates(language).items()
    }
    there = set(TEMPLATES.glob("*/*.html"))
    changed = [path for path, text in wanted.items() if path not in there or path.read_text() != text]
    gone = sorted(there - wanted.keys())
    if check:
        for path in [*changed, *gone]:
            print(f"{path.relative_to(DOCS.parent)} is not what docs/guide says: run make guide.")
        return 1 if changed or gone else 0
    for path in changed:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(wanted[path])
    for path in gone:
        path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
