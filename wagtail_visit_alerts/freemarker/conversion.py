"""The way from a Freemarker template to a Jinja2 template, and what there is to say about it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from wagtail_visit_alerts.freemarker import assignments
from wagtail_visit_alerts.freemarker.names import Names
from wagtail_visit_alerts.freemarker.template_parser import parse
from wagtail_visit_alerts.freemarker.template_writer import TemplateWriter
from wagtail_visit_alerts.freemarker.told import Finding, Findings, Kind


@dataclass(frozen=True)
class Conversion:
    """A Jinja2 template, and the findings in the order of the Freemarker template."""

    template: str
    findings: Sequence[Finding]

    @property
    def is_complete(self) -> bool:
        """Whether nothing needs a person's hand."""
        return all(finding.kind == Kind.NOTE for finding in self.findings)


def convert(source: str, *, variables: Iterable[str], renames: Mapping[str, str] | None = None) -> Conversion:
    """Convert a Freemarker template.

    ``variables`` are the names that our templates have, with dots (``contact.extra.*`` is any name behind
    ``contact.extra``); ``renames`` gives for names of the Freemarker
    template the ones to write instead. Line breaks become those of Unix.
    """
    source = re.sub(r"\r\n?", "\n", source)
    findings = Findings(source)
    nodes = parse(source)
    writer = TemplateWriter(source, Names.of(variables, renames or {}), findings, assignments.find(nodes))
    return Conversion(writer.write(nodes), findings.in_order())
