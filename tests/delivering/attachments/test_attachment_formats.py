"""Every format keeps one contract: a value is read back as it was, and changes nothing around it."""

import csv
import io
import json
import unicodedata
from typing import ClassVar

import pytest
import vobject
from bs4 import BeautifulSoup
from pypdf import PdfReader

from wagtail_visit_alerts.delivering import attachments
from wagtail_visit_alerts.models import AttachmentSource

from .scene import URL, anna, attach

pytestmark = [pytest.mark.django_db, pytest.mark.any_database, pytest.mark.any_wagtail]

#: What strangers put into a form.
HOSTILE = {
    "formula": "=cmd|' /C calc'!A0",
    "formula after spaces": "  @SUM(1+1)*cmd",
    "script": "</script><script>alert(1)</script>",
    "attribute": "\" onmouseover='alert(1)' x=\"",
    "entity": "&lt;b&gt; & Co",
    "quotes": 'Anna "Ania" O\'Hara',
    "backslashes": "C:\\new\\table\\",
    "separators": "Nowak, Anna; Kraków\tPL",
    "another card": "X\nEND:VCARD\nBEGIN:VCARD\nVERSION:3.0\nFN:Eve\nEMAIL:eve@example.com",
    "another property": "X\r\nEMAIL:eve@example.com",
    "line of Unicode": "X\u2028EMAIL:eve@example.com\u2029\x85\x0bY",
    "another key": '", "admin": true, "x": "',
    "template": "{{ 7 * 7 }}{% raw %}{#",
    "emoji": "Zoë 👩\u200d👩\u200d👧 Żółć",
    "right to left": "دانا \u202egnp.exe عبد",
    "what printers reserve": "X\ufdd0\ufdd1\ufdd2\ufdd3\ufdd4Y",
    "long": "Ł" * 300,
}


def plain(value: str) -> str:
    """A value as the e-mail has it: without control characters and marks that turn the direction around."""
    gone = "".join(map(chr, [*range(10), *range(11, 32), 0x7F, 0x85, 0x202E, *range(0xFDD0, 0xFDF0)]))
    lines = value.replace("\r\n", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    return lines.translate(dict.fromkeys(map(ord, gone)))


class FormatContract:
    """The tests of one format; a subclass names it and reads what it has made."""

    name: ClassVar[str]
    extension: ClassVar[str]
    mimetype: ClassVar[str]
    #: Prints the contact's further field "note", the first tag and the page's address, an empty field in between.
    template: ClassVar[str]
    #: Typed by hand, with braces.
    literal: ClassVar[str] = "Call {{ contact.name }} {% today %} {# please #}"

    def read(self, content: bytes) -> list[str]:
        """Read the three values with a reader that knows nothing of us, and nothing else in the file."""
        raise NotImplementedError

    def expected(self, value: str) -> str:
        return plain(value)

    def make(self, body, **fields):
        return attach(body, attachment_format=self.name, **fields)

    def test_format_is_offered(self):
        assert self.name in dict(attachments.formats())

    def test_file_has_the_extension_and_type_of_its_format(self):
        made = self.make(self.template)

        assert (made.filename, made.mimetype) == (f"Price list.{self.extension}", self.mimetype)

    @pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
    def test_value_of_a_stranger_stays_a_value(self, value):
        contact = anna(extra={"note": value})
        contact.tags.add("vip")
        contact.save()

        made = self.make(self.template, contact=contact)

        assert self.read(made.content) == [
            self.expected(value),
            "vip",
            URL,
        ]

    def test_fields_without_a_value_are_empty(self):
        made = self.make(self.template, contact=anna(extra={}))

        assert self.read(made.content) == ["", "", URL]

    def test_what_is_typed_by_hand_keeps_its_braces(self):
        made = self.make(self.literal, attachment_source=AttachmentSource.TEXT)

        assert "{{ contact.name }} {% today %} {# please #}" in self.all_text(made.content)

    def all_text(self, content: bytes) -> str:
        return content.decode("utf-8-sig")

    def test_unknown_variable_is_a_fault_that_names_it_and_its_line(self):
        with pytest.raises(attachments.AttachmentFault) as raised:
            self.make(f"{self.template}\n{{{{ contact.nmae }}}}")

        assert raised.value.line == self.template.count("\n") + 2
        assert "contact.nmae" in raised.value.text

    def test_more_than_a_megabyte_is_a_fault(self):
        with pytest.raises(attachments.AttachmentFault, match="larger than 1 MB"):
            self.make("{% for number in range(99999) %}{{ 'twelve bytes' }},\n{% endfor %}")


class TestTxt(FormatContract):
    name, extension, mimetype = "txt", "txt", "text/plain"
    template = "{{ contact.extra.note }}|{{ contact.tags }}|{{ contact.extra.none }}{{ page.url }}"

    def read(self, content):
        note, tags, url = content.decode().rsplit("|", 2)
        return [note, tags, url]


class TestHtml(FormatContract):
    name, extension, mimetype = "html", "html", "text/html"
    template = (
        '<p title="{{ contact.extra.note }}">{{ contact.extra.note }}</p><p>{{ contact.tags }}</p>'
        '<a href="{{ page.url }}">{{ contact.extra.none }}</a>'
    )

    def read(self, content):
        html = BeautifulSoup(content, "html.parser")
        note, tags = html.find_all("p")
        assert [tag.name for tag in html.find_all(True)] == ["p", "p", "a"]
        assert note["title"] == note.text
        assert set(note.attrs) == {"title"}
        return [note.text, tags.text, html.a["href"]]

    def test_file_names_its_encoding(self):
        assert self.make("<p>Zażółć</p>").content.startswith(b"\xef\xbb\xbf<p>")

    def test_markup_of_the_editor_stays(self):
        assert self.all_text(self.make("<b>{{ contact.name }}</b>").content) == "<b>Anna Nowak</b>"

    @pytest.mark.parametrize(
        "template", ["{% autoescape false %}x{% endautoescape %}", "{{ contact.name|safe }}"]
    )
    def test_escaping_can_not_be_turned_off(self, template):
        with pytest.raises(attachments.AttachmentFault, match=r"autoescape|safe"):
            self.make(template)


class TestCsv(FormatContract):
    name, extension, mimetype = "csv", "csv", "text/csv"
    template = (
        'note,tags,url\n{{ contact.extra.note }},{{ contact.tags }},"{{ contact.extra.none }}{{ page.url }}"\n'
    )

    def read(self, content):
        head, row = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        assert head == ["note", "tags", "url"]
        return row

    def expected(self, value):
        is_formula = value.strip()[:1] in ("=", "@")
        return f"'{plain(value)}" if is_formula else plain(value)

    @pytest.mark.parametrize(
        "cell",
        [
            "=1+1",
            "+1+1",
            "-1+1",
            "@SUM(A1)",
            "\t=1",
            "\n=1",
            "\u00a0=1",
            "\uff1d1+1",
            "\u200b=1",
            "+48(22)100",
            "-x",
        ],
    )
    def test_cell_that_a_spreadsheet_would_calculate_begins_with_an_apostrophe(self, cell):
        made = self.make("{{ contact.extra.note }}", contact=anna(extra={"note": cell}))

        ((written,),) = csv.reader(io.StringIO(self.all_text(made.content)))
        assert written.startswith("'")

    @pytest.mark.parametrize("number", ["-5", "+3.14", "-1 000,50", "+48 600 100 200", "0"])
    def test_numbers_and_phone_numbers_stay_as_they_are(self, number):
        made = self.make("{{ contact.extra.note }}", contact=anna(extra={"note": number}))

        assert next(csv.reader(io.StringIO(self.all_text(made.content)))) == [number]

    def test_formula_put_together_in_the_template_is_not_calculated_either(self):
        made = self.make("={{ contact.name }},{{ '=' ~ contact.name }}")

        assert self.all_text(made.content) == "'=Anna Nowak,'=Anna Nowak\r\n"

    def test_semicolons_between_cells_are_kept(self):
        made = self.make("name;tags\n{{ 'a;b,c' }};{{ 'd' }}\n")

        assert self.all_text(made.content) == 'name;tags\r\n"a;b,c";d\r\n'

    def test_excels_own_line_for_the_delimiter_is_kept(self):
        made = self.make("sep=;\n{{ contact.name }};x,y\n")

        assert self.all_text(made.content) == "sep=;\r\nAnna Nowak;x,y\r\n"

    def test_lines_of_tags_leave_no_rows(self):
        made = self.make("{% for part in ['a', 'b'] %}\n\n{{ part }},x\n{% endfor %}\n")

        assert self.all_text(made.content) == "a,x\r\nb,x\r\n"

    def test_file_names_its_encoding_for_excel(self):
        assert self.make("Zażółć").content.startswith(b"\xef\xbb\xbf")

    def test_moment_is_written_as_spreadsheets_read_it(self):
        assert self.all_text(self.make("{{ page.entered_at }}").content) == "2026-11-24 13:00:00\r\n"

    def test_quote_that_is_not_closed_is_a_fault(self):
        with pytest.raises(attachments.AttachmentFault, match="CSV"):
            self.make('a,"b\n')


class TestJson(FormatContract):
    name, extension, mimetype = "json", "json", "application/json"
    template = (
        '{"note": {{ contact.extra.note }}, "tags": "{{ contact.tags }}",\n'
        '"url": "{{ contact.extra.none }}{{ page.url }}"}'
    )
    literal = '["Call {{ contact.name }} {% today %} {# please #}"]'

    def read(self, content):
        read = json.loads(content)
        assert list(read) == ["note", "tags", "url"]
        return list(read.values())

    @pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
    def test_value_between_quotes_is_text_between_quotes(self, value):
        made = self.make('["<{{ contact.extra.note }}>"]', contact=anna(extra={"note": value}))

        assert json.loads(made.content) == [f"<{plain(value)}>"]

    @pytest.mark.parametrize("value", [True, None, 20000, 1.5, ["a", 'b"'], {"deep": {'q"': [1, "ż"]}}])
    def test_further_field_of_any_kind_keeps_its_kind(self, value):
        made = self.make('{"x": {{ contact.extra.note }}}', contact=anna(extra={"note": value}))

        assert json.loads(made.content) == {"x": value}

    def test_all_visits_can_be_printed_at_once(self):
        made = self.make('{"visits": {{ visits }}}')

        (visit,) = json.loads(made.content)["visits"]
        assert visit["started_at"] == "2026-11-24T13:00:00+01:00"
        assert [page["url"] for page in visit["pages"]] == [URL]

    def test_macro_and_block_print_json_once(self):
        made = self.make(
            "{% macro field(name, value) %}{{ name }}: {{ value }}{% endmacro %}"
            '{% set both %}{{ field("a", contact.name) }}, {{ field("b", contact.tags) }}{% endset %}'
            "{ {{ both }} }"
        )

        assert json.loads(made.content) == {"a": "Anna Nowak", "b": []}

    def test_tojson_is_not_needed_and_harmless(self):
        assert json.loads(self.make("[{{ contact.name|tojson }}]").content) == ["Anna Nowak"]

    @pytest.mark.parametrize(
        ("text", "line"),
        [('{"a": 1,\n"b"}', 2), ("{a: 1}", 1), ('{"a": NaN}', None), ("", 1), ("[" * 100_000, None)],
    )
    @pytest.mark.parametrize("source", [AttachmentSource.TEXT, AttachmentSource.TEMPLATE])
    def test_what_is_no_json_is_a_fault_with_its_line(self, text, line, source):
        with pytest.raises(attachments.AttachmentFault) as raised:
            self.make(text, attachment_source=source)

        assert raised.value.line == line


class TestVcard(FormatContract):
    name, extension, mimetype = "vcard", "vcf", "text/vcard"
    template = (
        "BEGIN:VCARD\nVERSION:3.0\nFN:{{ contact.name }}\nNOTE:{{ contact.extra.note }}\n"
        "{% if contact.tags %}\nCATEGORIES:{{ contact.tags[0] }}\n{% endif %}\n"
        "URL:{{ contact.extra.none }}{{ page.url }}\nEND:VCARD"
    )
    literal = (
        "BEGIN:VCARD\nVERSION:3.0\nFN:Anna\nNOTE:Call {{ contact.name }} {% today %} {# please #}\nEND:VCARD\n"
    )

    def read(self, content):
        (card,) = vobject.readComponents(content.decode())
        assert card.contents.keys() - {"categories"} == {"version", "fn", "note", "url"}
        tags = card.categories.value if "categories" in card.contents else [""]
        return [card.note.value, ",".join(tags), card.url.value]

    def test_lines_are_folded_and_end_as_vcards_ask(self):
        made = self.make(self.template, contact=anna(extra={"note": "Ł" * 300}))

        lines = made.content.split(b"\r\n")
        assert b"\n" not in b"".join(lines)
        assert max(map(len, lines)) <= 75

    def test_semicolons_of_the_template_part_a_property(self):
        made = self.make("BEGIN:VCARD\nVERSION:3.0\nFN:x\nN:{{ owner.last_name }};{{ 'A;B' }};;;\nEND:VCARD")

        card = vobject.readOne(made.content.decode())
        assert (card.n.value.family, card.n.value.given) == ("Kowalska", "A;B")

    def test_several_cards_are_fine(self):
        card = "BEGIN:VCARD\nVERSION:3.0\nFN:{{ contact.name }}\nEND:VCARD\n"

        assert len(list(vobject.readComponents(self.all_text(self.make(card * 2).content)))) == 2

    @pytest.mark.parametrize(
        ("text", "line", "says"),
        [
            ("BEGIN:VCARD\n\nVERSION:3.0\nFN\nEND:VCARD", 4, "colon"),
            ("BEGIN:VCARD\nVERSION:3.0\nEND:VCARD", None, "FN:"),
            ("BEGIN:VCARD\nFN:Anna\nEND:VCARD", None, "VERSION:3.0"),
            ("BEGIN:VCARD\nVERSION:3.0\nFN:Anna", None, "vCard"),
            ("BEGIN:VCALENDAR\nEND:VCALENDAR", None, "BEGIN:VCARD"),
            ("", None, "BEGIN:VCARD"),
        ],
    )
    @pytest.mark.parametrize("source", [AttachmentSource.TEXT, AttachmentSource.TEMPLATE])
    def test_what_is_no_vcard_is_a_fault(self, text, line, says, source):
        with pytest.raises(attachments.AttachmentFault, match=says) as raised:
            self.make(text, attachment_source=source)

        assert raised.value.line == line


class TestPdf(FormatContract):
    name, extension, mimetype = "pdf", "pdf", "application/pdf"
    template = (
        "<p>{{ contact.extra.note }}</p><p>|{{ contact.tags }}</p>"
        "<p>|{{ contact.extra.none }}{{ page.url }}</p>"
    )

    def all_text(self, content):
        assert content.startswith(b"%PDF-")
        return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)

    def read(self, content):
        return ["".join(part.split()) for part in self.all_text(content).rsplit("|", 2)]

    def expected(self, value):
        return "".join(plain(value).split())

    @pytest.mark.parametrize(
        "value", [value for name, value in HOSTILE.items() if name not in ("emoji", "right to left")]
    )
    def test_value_of_a_stranger_stays_a_value(self, value):
        # White space is laid out anew; of the two that are left out a test of their own looks at the letters.
        super().test_value_of_a_stranger_stays_a_value(value)

    @pytest.mark.parametrize(
        "word",
        ["Zażółć gęślą jaźń ŁÓDŹ", "\u041f\u0440\u0438\u0432\u0435\u0442", "\u0391\u03b8\u03ae\u03bd\u03b1"],
    )
    def test_letters_of_european_scripts_are_there(self, word):
        assert word in self.all_text(self.make(word).content)

    @pytest.mark.parametrize(
        "word", ["\u0633\u0644\u0627\u0645", "\u05e9\u05dc\u05d5\u05dd"], ids=["Arabic", "Hebrew"]
    )
    def test_letters_that_are_written_from_right_to_left_are_there(self, word):
        # A reader of PDF gives the shapes as letters; in which order is its own affair.
        shown = unicodedata.normalize("NFKC", self.all_text(self.make(word).content))

        assert set(word) <= set(shown)

    def test_text_without_tags_keeps_its_lines(self):
        text = self.all_text(self.make("5 < 6\n\nAnna", attachment_source=AttachmentSource.TEXT).content)

        assert text.split() == ["5", "<", "6", "Anna"]
        assert "\n" in text

    def test_values_of_a_text_without_tags_are_escaped_once(self):
        made = self.make("{{ contact.extra.note }}", contact=anna(extra={"note": "A & <b>B</b>"}))

        assert self.all_text(made.content).strip() == "A & <b>B</b>"
