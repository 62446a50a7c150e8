"""The command that converts a Freemarker template: what it reads, writes and reports, and how it ends."""

import io
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command

pytestmark = [pytest.mark.any_database, pytest.mark.any_wagtail]

COMMAND = "visit_alerts_convert_template"


@pytest.fixture
def template(tmp_path: Path) -> Path:
    return tmp_path / "alert.ftl"


class Run:
    """One run of the command."""

    def __init__(self, *arguments: object) -> None:
        stdout, stderr = io.StringIO(), io.StringIO()
        self.exit_code: object = 0
        try:
            call_command(COMMAND, *map(str, arguments), stdout=stdout, stderr=stderr, no_color=True)
        except SystemExit as end:
            self.exit_code = end.code
        except CommandError as error:
            self.exit_code = error.returncode
            stderr.write(str(error))
        self.output, self.report = stdout.getvalue(), stderr.getvalue()


def test_template_is_written_to_the_standard_output(template: Path) -> None:
    template.write_text('Hello ${contact.name!"there"}\n')

    run = Run(template)

    assert run.output == 'Hello {{ contact.name|default("there", true) }}\n'
    assert run.report == "All is converted.\n"
    assert run.exit_code == 0


def test_nothing_is_added_to_a_template_without_a_line_break_at_its_end(template: Path) -> None:
    template.write_text("${contact.name}")

    assert Run(template).output == "{{ contact.name }}"


@pytest.mark.parametrize("arguments", [[], ["-"]])
def test_template_is_read_from_the_standard_input(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO("${contact.name} ż".encode())))

    assert Run(*arguments).output == "{{ contact.name }} ż"


def test_template_is_written_to_a_file(template: Path, tmp_path: Path) -> None:
    template.write_text("${contact.name}\nż\n", encoding="utf-8")

    run = Run(template, "--output", tmp_path / "alert.txt")

    assert (tmp_path / "alert.txt").read_bytes() == "{{ contact.name }}\nż\n".encode()
    assert run.output == ""


def test_check_only_reports(template: Path, tmp_path: Path) -> None:
    template.write_text("${contact.name?eval}")

    run = Run(template, "--check", "--output", tmp_path / "alert.txt")

    assert run.output == ""
    assert not (tmp_path / "alert.txt").exists()
    assert run.exit_code == 1
    assert run.report.startswith("Line 1, column 15: ?eval is not converted. A template can't run text")


def test_construct_that_needs_a_hand_is_reported_and_kept(template: Path) -> None:
    template.write_text("Hi\n<#include 'foot.ftl'>\n${contact.shoe}\n")

    run = Run(template)

    assert run.exit_code == 1
    assert run.output == "Hi\n{# <#include 'foot.ftl'> #}\n{{ contact.shoe }}\n"
    lines = run.report.splitlines()
    assert lines[0].startswith("Line 2, column 1: <#include 'foot.ftl'> is not converted. ")
    assert lines[1].startswith("Line 3, column 3: there is no variable contact.shoe. ")
    assert lines[2:] == ["2 things need your hand."]


def test_note_needs_no_hand(template: Path) -> None:
    template.write_text("a<#t>\n")

    run = Run(template)

    assert run.exit_code == 0
    assert run.report.startswith("Note, line 1, column 2: <#t>. It is left out")


def test_old_names_are_renamed(template: Path) -> None:
    template.write_text("${contact.firstName} ${lead}")

    run = Run(template, "--rename", "contact.firstName=contact.name", "--rename", "lead = contact.email")

    assert run.output == "{{ contact.name }} {{ contact.email }}"
    assert run.exit_code == 0


@pytest.mark.parametrize("rename", ["contact", "=contact.name", "a=", "a.=b", "a=b c", "a=b.0"])
def test_rename_that_is_none_is_refused(rename: str, template: Path) -> None:
    template.write_text("a")

    run = Run(template, f"--rename={rename}")

    assert run.exit_code == 2
    assert "write OLD=NEW with two names" in run.report


def test_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    run = Run(tmp_path / "none.ftl")

    assert run.exit_code == 2
    assert run.report == f"{tmp_path / 'none.ftl'} can't be read: No such file or directory."


def test_folder_is_refused(tmp_path: Path) -> None:
    assert Run(tmp_path).exit_code == 2


def test_file_that_is_no_text_is_refused(template: Path) -> None:
    template.write_bytes("zażółć".encode("iso-8859-2"))

    run = Run(template)

    assert run.exit_code == 2
    assert run.report == f"{template} is no text in UTF-8 (byte 2): save it as UTF-8 first."


def test_mark_at_the_beginning_of_a_file_is_no_text(template: Path) -> None:
    template.write_bytes("${contact.name}".encode("utf-8-sig"))

    assert Run(template).output == "{{ contact.name }}"


def test_file_that_can_not_be_written_is_refused(template: Path, tmp_path: Path) -> None:
    template.write_text("a")

    run = Run(template, "--output", tmp_path / "none" / "alert.txt")

    assert run.exit_code == 2
    assert "can't be written: No such file or directory." in run.report


def test_attachment_of_an_alert_takes_the_result(template: Path) -> None:
    from wagtail_visit_alerts.delivering import attachments
    from wagtail_visit_alerts.models import Alert, AttachmentSource

    template.write_text(
        "<#if contact.phone??>\nPhone: ${contact.phone}\n</#if>\n"
        "<#list visits as visit>\n${visit.started_at?date}: ${visit.pages?size}\n<#else>\nnone\n</#list>\n"
    )
    alert = Alert(
        name="a",
        attachment_source=AttachmentSource.TEMPLATE,
        attachment_format="txt",
        attachment_name="a",
        attachment_body=Run(template).output,
    )

    assert attachments.check(alert) == []
