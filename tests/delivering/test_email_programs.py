"""The e-mails use what Gmail, Outlook and Apple Mail know, by caniemail's data; what they don't know does no harm.

``tools/extract_caniemail.py`` makes the data anew.
"""

import json
import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from wagtail_visit_alerts.delivering import message
from wagtail_visit_alerts.models import Delivery, Purpose, Role, SubmittedForm, Taking

from ..factories import AlertFactory, DeliveryFactory, NotificationFactory, UserFactory
from .emails import delivery_about, page_view_of, user_with
from .known import NOON, anna

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
FEATURES = json.loads((Path(__file__).parent / "caniemail.json").read_text())["features"]

#: What one of the programs knows in part or not at all, and why the e-mail is whole without it.
DOES_WITHOUT = {
    "css-at-media": "Outlook has no narrow windows; elsewhere the table is as wide as the window",
    "css-at-media-prefers-color-scheme": "light colours on a light ground where the reader's own are dark",
    "css-border": "Outlook knows borders of table cells, which these are",
    "css-border-radius": "the corners of a button are square",
    "css-display-none": "of the preheader, which Outlook hides by mso-hide",
    "css-font-size": "Outlook knows pixels, which these are",
    "css-font-weight": "Outlook knows bold and normal, which these are",
    "css-important": "stands under @media only",
    "css-line-height": "Outlook knows pixels, which these are",
    "css-margin": "not negative, nor auto, which is what lacks",
    "css-max-height": "of the preheader, which is hidden otherwise",
    "css-max-width": "Outlook is given a table of 600 pixels instead",
    "css-overflow": "of the preheader, which is hidden otherwise",
    "css-overflow-wrap": "a very long word makes the card wider",
    "css-padding": "Outlook knows the padding of table cells, which these are",
    "css-text-align": "left and right, and start for descriptions, which are left without it",
    "css-text-decoration": "a button's words are underlined",
    "css-white-space": "a time breaks into two lines",
    "css-width": "stands beside the attribute",
    "css-word-break": "a very long word makes the card wider",
    "html-bdi": "marks that turn the direction are taken out of what it holds",
    "html-dir": "Outlook takes the sides from align",
    "html-doctype": "Outlook needs none",
    "html-lists": "of a description: dashes and numbers are kept, their look is the program's",
    "html-meta-color-scheme": "Apple Mail needs it; the others know no such scheme",
    "html-style": "everything but @media is inlined",
    "html-width": "Outlook knows the attribute of tables and cells, which these are",
}  # fmt: skip
#: Nobody has to know them: colours and names of fonts, and what is meant for one program.
OF_ALL = {"color", "border-color", "font-family", "-webkit-text-size-adjust", "mso-hide"}
PLAIN_TAGS = {"html", "head", "body", "meta", "title", "tr", "tbody", "td", "th", "a", "b", "br"}
TAGS = {**{f"h{level}": "h1-h6" for level in range(1, 7)}, "ul": "lists", "ol": "lists", "li": "lists"}


def features_of(html: str) -> set[str]:
    """What a document uses, by caniemail's names."""
    page = BeautifulSoup(html, "html.parser")
    style = "".join(tag.get_text() for tag in page.find_all("style"))
    declarations = ";".join(
        [*re.findall(r"\{([^{}]*)\}", style), *(tag["style"] for tag in page.select("[style]"))]
    )
    found = {f"html-{TAGS.get(tag.name, tag.name)}" for tag in page.find_all() if tag.name not in PLAIN_TAGS}
    found |= {f"html-{name}" for tag in page.find_all() for name in tag.attrs if f"html-{name}" in FEATURES}
    for declaration in filter(None, map(str.strip, declarations.split(";"))):
        name, value = (part.strip() for part in declaration.split(":", 1))
        found |= {"css-important"} if "!important" in value else set()
        if name == "display":
            found.add(f"css-display-{value.split()[0]}")
        elif name not in OF_ALL:
            found.add("css-" + re.sub(r"^(border|padding|margin)-(left|right|top|bottom)$", r"\1", name))
    found |= {"css-at-media"} if "@media" in style else set()
    found |= {"css-at-media-prefers-color-scheme"} if "prefers-color-scheme" in style else set()
    if page.find("meta", {"name": "color-scheme"}):
        found.add("html-meta-color-scheme")
    return found | ({"html-doctype"} if html.lstrip().lower().startswith("<!doctype") else set())


def emails() -> dict[str, str]:
    """One e-mail of each kind with all that it may hold, as HTML."""
    reader = user_with("access_admin", "view_contact", "view_alert", email="zofia@example.com")
    contact = anna(fields_given_by_form=["company"])
    SubmittedForm.objects.create(contact=contact, name="Newsletter", submitted_at=NOON)
    alert = AlertFactory(
        description='<h2>Call</h2><p><b>Now</b> <a href="/a/">x</a></p><ul><li>a</li></ul><ol><li>b</li></ol>'
    )
    NotificationFactory(match__page_view=page_view_of(contact), match__alert=alert, raised_at=NOON)
    first = delivery_about(page_view=page_view_of(contact), alert=alert, user=reader, role=Role.ME)
    other = delivery_about(
        page_view=page_view_of(anna(email="b@example.org")), alert=alert, user=reader, role=Role.ME
    )
    Taking.objects.create(
        notification=first.notification, user=UserFactory(), email="x@example.com", taken_at=NOON
    )
    others = {
        purpose: DeliveryFactory(notification=first.notification, purpose=purpose, user=reader, role=Role.ME)
        for purpose in (Purpose.TAKEN, Purpose.GIVEN_UP)
    }
    written = {
        "alert": message.build([first]),
        "test": message.build([first], tester=reader),
        "digest": message.build([first, other]),
        **{
            str(purpose): message.build([Delivery.objects.with_what_is_told().get(pk=delivery.pk)])
            for purpose, delivery in others.items()
        },
    }
    return {name: email.alternatives[0].content for name, email in written.items()}


def test_every_feature_is_known_to_the_programs_or_done_without():
    used = {feature for html in emails().values() for feature in features_of(html)}

    lacking = {name for name in used if set(FEATURES.get(name, "u")) != {"y"}}

    assert lacking - DOES_WITHOUT.keys() == set()
    assert DOES_WITHOUT.keys() - lacking == set()


def test_nothing_is_laid_out_by_what_outlook_does_not_know():
    for html in emails().values():
        assert (
            re.findall(r"display:\s*(?!none)\w+|float:|position:|flex|grid|background-image|url\(", html) == []
        )


def test_every_table_for_layout_says_that_it_is_one():
    for html in emails().values():
        for table in BeautifulSoup(html, "html.parser").find_all("table"):
            assert table.get("role") == "presentation" or table.find("th") or "seen" in str(table)


def test_outlook_is_given_a_table_of_600_pixels():
    for html in emails().values():
        assert html.count("<!--[if mso]>") == html.count("<![endif]-->") == 2
        assert '<!--[if mso]><table role="presentation" width="600"' in html


def test_cells_have_their_width_and_side_as_attributes():
    for html in emails().values():
        for cell in BeautifulSoup(html, "html.parser").select("td.time, th.label"):
            assert cell["width"]
