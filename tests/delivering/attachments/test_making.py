"""An attachment is made from what its editor entered, in the language and time zone of its reader."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured

from wagtail_visit_alerts import api
from wagtail_visit_alerts.delivering import attachments
from wagtail_visit_alerts.delivering.attachments import format_registry
from wagtail_visit_alerts.delivering.attachments.template_data import sample
from wagtail_visit_alerts.models import AttachmentSource

from ...factories import PageViewFactory
from .scene import URL, anna, attach, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.any_database, pytest.mark.any_wagtail]


def shape(value):
    """The names in a value, without the values."""
    if isinstance(value, dict):
        return {name: shape(item) for name, item in value.items()}
    return [shape(item) for item in value] if isinstance(value, list) else None


def name_of(entered, **fields):
    return attach("x", attachment_name=entered, **fields).filename


# What a template is given


def test_template_is_given_the_data_of_the_email():
    contact = anna()
    contact.tags.add("vip", "Żywiec")
    contact.save()

    text = text_of(
        "{{ contact.name }}|{{ contact.email }}|{{ contact.phone }}|{{ contact.company }}|{{ contact.position }}|"
        "{{ contact.city }}|{{ contact.country }}|{{ contact.language }}|{{ contact.language_name }}|"
        "{{ contact.tags }}|{{ contact.extra.budget }}|{{ contact.extra.newsletter }}|"
        "{{ owner.name }}|{{ owner.first_name }}|{{ owner.last_name }}|{{ owner.email }}|"
        "{{ alert.name }}|{{ alert.group }}|{{ alert.description }}|{{ page.title }}|{{ page.url }}|"
        "{{ page.dwell_time }}",
        contact=contact,
        group="North",
        description="<p>Call <b>soon</b>.</p>",
    )

    assert text.split("|") == [
        "Anna Nowak", "anna.nowak@example.org", "+48 600 100 200", "Młyn sp. z o.o.", "Head of purchasing",
        "Kraków", "Poland", "pl", "Polish",
        "vip, Żywiec", "20000", "yes",
        "Marta Kowalska", "Marta", "Kowalska", "marta@example.com",
        "Price list", "North", "Call soon.", URL.removeprefix("https://"), URL,
        "5 min",
    ]  # fmt: skip


def test_template_is_given_the_history_by_visit():
    contact = anna()
    for days in (1, 2):
        PageViewFactory(
            visitor__contact=contact, contact=contact, entered_at=datetime(2026, 11, 24 - days, 9, tzinfo=UTC)
        )

    text = text_of(
        "{% for visit in visits %}\n{{ visit.started_at|date('%d.%m') }}:"
        "{% for page in visit.pages %}{{ ' *' if page.is_occasion }}{% endfor %}\n\n{% endfor %}",
        contact=contact,
    )

    assert text.split("\n") == ["24.11: *", "23.11:", "22.11:", ""]


def test_sample_has_exactly_the_names_that_templates_are_given(monkeypatch):
    given = []
    write = attachments.making.sandbox.write

    def watched(sources, *, data):
        given.append(data)
        return write(sources, data=data)

    monkeypatch.setattr(attachments.making.sandbox, "write", watched)
    contact = anna(extra={})
    contact.tags.add("vip")
    contact.save()

    attach("x", contact=contact)

    assert shape(given[0]) == shape(sample())


def test_contact_without_an_owner_has_an_owner_without_a_name():
    assert text_of("<{{ owner.name }}{{ owner.email }}>", contact=anna(owner=None)) == "<>"


def test_moment_is_told_in_the_time_zone_of_the_reader():
    template = "{{ page.entered_at|iso }} {{ page.entered_at|date('%d.%m.%Y %H:%M') }} {{ time_zone }}"

    assert text_of(template, zone="America/New_York") == (
        "2026-11-24T07:00:00-05:00 24.11.2026 07:00 America/New_York"
    )


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Nov. 24, 2026, 1 p.m.|Nov. 24, 2026|1 p.m.|en"),
        ("pl", "24 listopada 2026 13:00|24 listopada 2026|13:00|pl"),
    ],
)
def test_moment_is_told_in_the_language_of_the_reader(language, text):
    template = "{{ page.entered_at }}|{{ page.entered_at|date }}|{{ page.entered_at|time }}|{{ language }}"

    assert text_of(template, language=language) == text


def test_now_is_the_moment_that_counts_whenever_the_email_is_sent():
    assert text_of("{{ now|iso }}") == "2026-11-24T13:05:00+01:00"


def test_filter_for_moments_leaves_what_is_empty_empty():
    assert text_of("<{{ contact.extra.none|date }}>") == "<>"


def test_filter_for_moments_refuses_other_values():
    with pytest.raises(attachments.AttachmentFault, match="Line 1: a filter is given a value"):
        attach("{{ contact.name|date }}")


def test_lines_that_hold_only_tags_leave_no_line_behind():
    assert text_of("a\n  {% if contact %}\nb\n  {% endif %}\nc\n") == "a\nb\nc\n"


# Sources


def test_alert_without_an_attachment_has_none():
    assert attach("x", attachment_source=AttachmentSource.NONE) is None


def test_what_is_typed_by_hand_is_attached_as_it_is():
    typed = "Zażółć {{ 7 * 7 }}\r\n\r\n{% raw %} <b>\t=1+1 "

    assert text_of(typed, attachment_source=AttachmentSource.TEXT) == typed


@pytest.mark.parametrize("name", ["csv", "html"])
def test_tables_and_pages_typed_by_hand_are_attached_as_they_are(name):
    typed = "=1+1;{{ x }}<script>\n"

    assert text_of(typed, attachment_source=AttachmentSource.TEXT, attachment_format=name) == typed


def test_name_typed_by_hand_keeps_its_braces():
    assert name_of("{{ x }}", attachment_source=AttachmentSource.TEXT) == "{{ x }}.txt"


# File names


@pytest.mark.parametrize(
    ("entered", "name"),
    [
        ("Offer for {{ contact.name }}", "Offer for Anna Nowak.txt"),
        ("", "Price list.txt"),
        ("{{ contact.extra.none }}", "Price list.txt"),
        ("offer.TXT", "offer.txt"),
        ("offer.pdf", "offer.pdf.txt"),
        ("../../etc/passwd", "etc passwd.txt"),
        ("C:\\Users\\a|b?c*.txt", "C Users a b c.txt"),
        ('a"b<c>', "a b c.txt"),
        ("a\r\nBcc: eve@example.com\x1f", "a Bcc eve@example.com.txt"),
        (".hidden. ", "hidden.txt"),
        ("con", "_con.txt"),
        ("LPT1.old", "_LPT1.old.txt"),
        ("gnp\u202eexe.txt", "gnpexe.txt"),
        ("Zażółć 😀 \u0627\u0644", "Zażółć 😀 \u0627\u0644.txt"),
        ("...", "Price list.txt"),
    ],
)
def test_file_name_is_harmless_and_has_its_extension(entered, name):
    assert name_of(entered) == name


@pytest.mark.parametrize("letter", ["x", "ł", "😀"])
def test_file_name_is_cut_to_what_file_systems_take(letter):
    name = name_of("{{ contact.extra.note }}", contact=anna(extra={"note": letter * 300}))

    assert len(name) <= 100
    assert len(name.encode()) <= 255
    assert name.endswith(f"{letter}.txt")


def test_alert_whose_name_is_no_file_name_has_a_name_all_the_same():
    assert name_of("", name="???") == "attachment.txt"


# A site's own formats


class Shouting(api.AttachmentFormat):
    name = "shout"
    label = "Shouting"
    extension = "loud"
    mimetype = "text/plain"
    escaping = api.Escaping.JSON

    def encode(self, text, *, typed):
        return json.loads(text).upper().encode()


@pytest.fixture
def own_formats(monkeypatch):
    """A registry in which a test may register what it likes."""
    monkeypatch.setattr(format_registry, "_formats", dict(format_registry._formats))


@pytest.mark.usefixtures("own_formats")
def test_site_adds_a_format_of_its_own():
    api.register_format(Shouting())

    made = attach("{{ contact.name }}", attachment_format="shout")

    assert attachments.formats()[-1] == ("shout", "Shouting")
    assert made == attachments.Attachment("Price list.loud", b"ANNA NOWAK", "text/plain")


@pytest.mark.usefixtures("own_formats")
def test_format_of_a_site_replaces_the_one_of_its_name():
    class OwnText(Shouting):
        name = "txt"

    api.register_format(OwnText())

    assert text_of("{{ contact.name }}") == "ANNA NOWAK"


@pytest.mark.usefixtures("own_formats")
@pytest.mark.parametrize("name", ["", "x" * 21])
def test_format_with_a_name_that_can_not_be_stored_is_refused(name):
    class Wrong(Shouting):
        pass

    Wrong.name = name

    with pytest.raises(ImproperlyConfigured, match="1 to 20 characters"):
        api.register_format(Wrong())


@pytest.mark.usefixtures("own_formats")
def test_format_that_raises_is_a_fault_without_what_it_says(caplog):
    class Broken(Shouting):
        def encode(self, text, *, typed):
            raise RuntimeError(text)

    api.register_format(Broken())

    with pytest.raises(attachments.AttachmentFault, match="The format “Shouting” failed: RuntimeError"):
        attach("{{ contact.name }}", attachment_format="shout")
    (record,) = caplog.records
    assert (record.message, record.error) == ("attachment.format_failed", "RuntimeError")
    assert "Anna" not in str(vars(record))


@pytest.mark.usefixtures("own_formats")
def test_format_says_itself_what_is_wrong():
    class Strict(Shouting):
        def encode(self, text, *, typed):
            raise api.AttachmentFault("Line 3: too loud.", 3)

    api.register_format(Strict())

    with pytest.raises(attachments.AttachmentFault, match="too loud") as raised:
        attach("{{ contact.name }}", attachment_format="shout")
    assert raised.value.line == 3


# PDF that is not there


def test_pdf_without_its_library_is_offered_and_says_what_to_install(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)

    assert dict(attachments.formats())["pdf"] == "PDF: document to print (not installed)"
    assert "pip install wagtail-visit-alerts[pdf]" in attachments.why_unavailable("pdf")
    with pytest.raises(attachments.AttachmentFault, match="not installed"):
        attach("x", attachment_format="pdf")


def test_pdf_without_system_libraries_says_what_to_install(monkeypatch):
    monkeypatch.setattr(
        "wagtail_visit_alerts.delivering.attachments.pdf.missing_libraries", lambda: ("libpango-1.0.so.0",)
    )

    assert "it lacks libpango-1.0.so.0" in attachments.why_unavailable("pdf")


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "http://127.0.0.1:9/x.png", "ftp://127.0.0.1/x", "/etc/passwd"]
)
def test_pdf_opens_no_address(address, tmp_path):
    body = (
        f'<link rel="stylesheet" href="{address}"><link rel="attachment" href="{address}">'
        f'<style>@import "{address}"; @font-face {{ font-family: x; src: url("{address}") }}</style>'
        f'<img src="{address}"><object data="{address}"></object><p style="font-family: x">text</p>'
    )

    made = attach(body, attachment_format="pdf")

    assert b"root:" not in made.content
    assert b"EmbeddedFile" not in made.content


def test_pdf_takes_images_that_stand_in_it():
    pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

    assert b"/Image" in attach(f'<img src="data:image/png;base64,{pixel}">', attachment_format="pdf").content


@pytest.mark.parametrize(
    ("body", "says"),
    [("<p>x y z</p>" * 60_000, r"too long|too much memory"), ("<div>" * 5000 + "x", "nested too deeply")],
    ids=["many pages", "nested"],
)
def test_pdf_over_its_bounds_is_a_fault(body, says):
    with pytest.raises(attachments.AttachmentFault, match=says):
        attach(body, attachment_format="pdf")


# The process


def test_python_that_is_not_found_is_a_fault(monkeypatch):
    monkeypatch.setattr("sys.executable", "/usr/bin/uwsgi")
    monkeypatch.setattr("sys.prefix", "/nowhere")

    with pytest.raises(attachments.AttachmentFault, match="did not answer"):
        attach("x")


def test_python_of_the_environment_is_used_inside_another_server(monkeypatch):
    monkeypatch.setattr("sys.executable", "/usr/bin/uwsgi")

    assert text_of("{{ contact.name }}") == "Anna Nowak"


def test_bound_of_the_time_is_kept_for_a_process_that_sleeps(monkeypatch):
    monkeypatch.setattr("wagtail_visit_alerts.delivering.attachments.sandbox.WALL_SECONDS", 0.001)

    with pytest.raises(attachments.AttachmentFault, match="takes too long"):
        attach("x")


def test_older_moments_than_the_epoch_are_moments():
    entered = datetime(1960, 1, 1, tzinfo=UTC) + timedelta(hours=1)
    contact = anna()
    PageViewFactory(visitor__contact=contact, contact=contact, entered_at=entered)

    assert "1960" in text_of("{{ visits[-1].started_at|date('%Y') }}", contact=contact)
