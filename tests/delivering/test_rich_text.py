"""An alert's description in the e-mail, whoever stored it."""

import pytest
from bs4 import BeautifulSoup
from django.utils import translation
from wagtail.models import Locale, Page, Site

from wagtail_visit_alerts.delivering import message, rich_text
from wagtail_visit_alerts.models import Delivery

from ..factories import AlertFactory, DeliveryFactory
from ..testapp.models import ContentPage

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

FORMATTED = (
    '<p data-block-key="a1">Call <b>at once</b> &amp; be <i>kind</i>.</p>'
    '<ul><li data-block-key="b2">Ask for the <a href="https://example.com/terms/?a=1&amp;b=2">terms</a></li>'
    '<li data-block-key="c3">Write to <a href="mailto:boss@example.com">boss@example.com</a></li></ul>'
    '<ol><li data-block-key="d4">First</li><li data-block-key="e5">Second</li></ol>'
)


def email_with(description):
    delivery = DeliveryFactory(
        notification__match__alert=AlertFactory(name="Price list", description=description)
    )
    return message.build([Delivery.objects.with_what_is_told().get(pk=delivery.pk)])


def shown(email):
    """The description in the HTML part."""
    return BeautifulSoup(email.alternatives[0].content, "html.parser").find(class_="description")


def page_named(title, **fields):
    slug = fields.pop("slug", title.lower().replace(" ", "-"))
    return Page.objects.get(depth=2).add_child(instance=ContentPage(title=title, slug=slug, **fields))


def test_text_part_reads_like_the_formatted_description():
    body = email_with(FORMATTED).body

    assert (
        "Visit alert: Price list\n"
        "Call at once & be kind.\n\n"
        "- Ask for the terms (https://example.com/terms/?a=1&b=2)\n"
        "- Write to boss@example.com\n\n"
        "1. First\n"
        "2. Second\n\n"
    ) in body


def test_html_part_keeps_what_the_editor_offers():
    description = shown(email_with(FORMATTED))

    assert description.b.get_text() == "at once"
    assert description.i.get_text() == "kind"
    assert [item.get_text() for item in description.ol.find_all("li")] == ["First", "Second"]
    assert description.ul.a["href"] == "https://example.com/terms/?a=1&b=2"


def test_blocks_carry_their_style_for_mail_programs():
    description = shown(email_with(FORMATTED))

    for tag in ("p", "ul", "ol", "li", "a"):
        assert description.find(tag)["style"], tag


def test_nothing_of_the_editors_own_marks_is_left():
    assert "data-block-key" not in str(shown(email_with(FORMATTED)))


def test_list_in_a_list_is_indented():
    nested = "<ul><li>One<ul><li>Deeper</li></ul></li><li>Two</li></ul>"

    assert "- One\n  - Deeper\n- Two" in email_with(nested).body.replace("\n\n", "\n")


@pytest.mark.parametrize(
    "text", ["Call at once.\nOne line more.", "5 < 6 & 7 > 3", "Ask Anna <anna@example.com>"]
)
def test_text_that_was_never_html_reads_as_it_was_typed(text):
    email = email_with(text)

    assert text in email.body
    assert shown(email).get_text("\n").split() == text.split()


def test_paragraphs_of_plain_text_stay_apart():
    email = email_with("One\nTwo\n\nThree")

    assert "One\nTwo\n\nThree" in email.body
    assert [part.get_text() for part in shown(email).find_all("p")] == ["OneTwo", "Three"]
    assert shown(email).find("br")


# Links


def test_link_to_a_page_of_the_site_leads_to_its_absolute_address():
    page = page_named("Price list")
    Site.objects.update(hostname="www.example.com")

    email = email_with(f'<p>See <a linktype="page" id="{page.pk}">the prices</a></p>')

    assert shown(email).a["href"] == "http://www.example.com/price-list/"
    assert "See the prices (http://www.example.com/price-list/)" in email.body


def test_link_to_a_page_leads_to_its_translation_for_a_reader_of_that_language():
    page = page_named("Price list")
    root = Page.objects.get(depth=2)
    polish = Locale.objects.get_or_create(language_code="pl")[0]
    root.copy_for_translation(polish).save_revision().publish()
    translated = page.specific.copy_for_translation(polish)
    translated.slug = "cennik"
    translated.save_revision().publish()

    with translation.override("pl"):
        html = rich_text.as_html(f'<p><a linktype="page" id="{page.pk}">x</a></p>')

    assert "/cennik/" in html


@pytest.mark.parametrize("page_id", ["999999", "", "1 or 1=1", "9" * 30, "-1"])
def test_link_to_a_page_that_is_gone_stays_as_text(page_id):
    email = email_with(f'<p>See <a linktype="page" id="{page_id}">the prices</a>.</p>')

    assert shown(email).a is None
    assert "See the prices." in shown(email).get_text()
    assert "See the prices." in email.body


def test_path_of_the_site_becomes_an_absolute_address():
    email = email_with('<p>See <a href="/pricing/">the prices</a>.</p>')

    assert shown(email).a["href"] == "http://testserver/pricing/"


def test_path_of_a_site_without_base_url_stays_as_text(settings):
    settings.WAGTAILADMIN_BASE_URL = None

    assert shown(email_with('<p>See <a href="/pricing/">the prices</a>.</p>')).a is None


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java&#10;script:alert(1)",
        "&#1;javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "file:///etc/passwd",
        "ftp://example.com/",
        "//evil.example/",
        "#top",
        "pricing/",
        "http://",
        "http://[",
        "mailto:a@example.com&#10;x",
        "",
    ],
)
def test_link_of_another_kind_stays_as_text(address):
    email = email_with(f'<p>See <a href="{address}">the prices</a>.</p>')

    assert shown(email).a is None
    assert "See the prices." in email.body


@pytest.mark.parametrize("address", ["mailto:boss@example.com", "tel:+48600100200"])
def test_link_to_an_address_or_a_number_works(address):
    email = email_with(f'<p>Reach <a href="{address}">the boss</a>.</p>')

    assert shown(email).a["href"] == address
    assert f"the boss ({address.partition(':')[2]})" in email.body


# Whoever stored it


@pytest.mark.parametrize(
    "hostile",
    [
        "<p>Call<script>alert(1)</script></p>",
        "<p>Call</p><img src=x onerror=alert(1)>",
        '<p onclick="alert(1)" style="position:fixed" class="button" id="x">Call</p>',
        "<p>Call<style>p { display: none }</style></p>",
        "<p>Call<svg><style><img src=x onerror=alert(1)></style></svg></p>",
        "<p>Call<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></table></math></p>",
        "<p>Call<iframe src='https://evil.example'></iframe></p>",
        "<p>Call<form action='https://evil.example'><input name=q><button>Go</button></form></p>",
        "<p>Call<!-- <script>alert(1)</script> --></p>",
        "<p>Call<![CDATA[<script>alert(1)</script>]]></p>",
        "</div></td></table><p>Call<link rel=stylesheet href=https://evil.example/x.css></p>",
        "<p>Call<scr<script>ipt>alert(1)</scr</script>ipt></p>",
        '<p>Call<a href="x" onmouseover="alert(1)" target="_blank">.</a></p>',
    ],
)
def test_hostile_html_leaves_only_what_the_editor_offers(hostile):
    description = shown(email_with(hostile))

    assert "Call" in description.get_text()
    assert {tag.name for tag in description.find_all(True)} <= rich_text.TAGS
    for tag in description.find_all(True):
        assert set(tag.attrs) <= {"href", "dir", "style"}
        assert "position" not in tag.get("style", "")
    assert "alert(1)" not in str(description.find_all(True, href=True))
    assert description.find_parent(class_="card")


def test_tags_that_are_not_closed_do_not_reach_the_rest_of_the_email():
    description = shown(email_with("<p>Call <b>at <i>once<ul><li>One"))

    assert description.get_text(" ", strip=True) == "Call at once One"
    assert description.parent["class"] == ["note"]
    assert description.parent.find_next(class_="doing").find_parent(["b", "i", "ul"]) is None


def test_marks_that_turn_the_direction_around_are_removed_in_whatever_way_they_are_written():
    email = email_with("<p>gnp.exe &#x202e; \u202e &rlm;</p>")

    for text in (email.body, email.alternatives[0].content):
        assert not {"\u202e", "\u200f"} & set(text)


@pytest.mark.parametrize("text", ["اتصل فورًا: ١٢٣", "התקשר מיד"])
def test_description_from_right_to_left_is_written_in_its_own_direction(text):
    email = email_with(f"<p>{text}</p><ul><li>{text}</li></ul>")

    assert [shown(email).find(tag)["dir"] for tag in ("p", "ul", "li")] == ["auto"] * 3
    assert all("text-align: start" in shown(email).find(tag)["style"] for tag in ("p", "li"))
    assert f"{text}\n\n- {text}" in email.body


def test_description_of_5000_characters_is_shown_whole():
    words = " ".join(f"word{number}" for number in range(800))[:5000]

    email = email_with(f"<p>{words}</p>")

    assert words in email.body
    assert words in shown(email).get_text()


def test_description_of_many_tags_in_one_another_is_shown():
    email = email_with("<p>" + "<b>" * 5000 + "Call")

    assert "Call" in email.body


@pytest.mark.parametrize(
    "nothing", ["", " \n", "<p></p>", '<p data-block-key="x"> </p><p><br/></p>', "<p>&nbsp;</p>"]
)
def test_description_without_text_leaves_no_gap(nothing):
    assert shown(email_with(nothing)) is None


def test_description_costs_a_query_only_where_it_links_to_pages(django_assert_num_queries):
    with django_assert_num_queries(0):
        rich_text.as_html(FORMATTED)
