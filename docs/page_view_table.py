"""Writes the table of ``docs/page-views.md`` from the cases that the browser tests run: ``make page-views``.

With ``--check`` it only compares. What the table says of a case is what its test asserts, in each engine named.
"""

import argparse
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "page-views.md"
BEGIN, END = "<!-- Written by make page-views. -->\n", "<!-- End of what is written. -->\n"
HEADER = "| What the contact does | Page views | Alert | Tested in |\n| --- | --- | --- | --- |\n"
TABS = ("", ", in a second tab", ", in a third tab")

sys.path.insert(0, str(ROOT))

from tests.browser.matrix.case import NAMES, Case, View  # noqa: E402  # found by the line above
from tests.browser.matrix.cases import all_cases  # noqa: E402


def duration(minutes: float) -> str:
    """A dwell time as the table says it."""
    if minutes == 0:
        return "a few seconds"
    return f"{minutes:g} minute{'' if minutes == 1 else 's'}"


def page_view(view: View) -> str:
    """One page view: its page, what became of it, after how long."""
    after = f" after {duration(view.dwell)}" if view.dwell is not None else ""
    return f"{NAMES[view.page]}{TABS[view.tab - 1]}: {view.ending}{after}"


def outcome(case: Case) -> str:
    """The page views of a case and what is to be said of them."""
    lines = [page_view(view) for view in case.views]
    return "<br>".join([*lines, f"*{case.note}*"] if case.note else lines)


def alert(case: Case) -> str:
    """Whether the alert for two minutes was raised; the one at the entry, where it is not raised once."""
    raised = "**raised**" if case.read else "none"
    entries = {0: "<br>none at the entry", 1: "", 2: "<br>two at the entries"}[case.opened]
    return raised + entries


def engines(case: Case) -> str:
    """Where it is tested."""
    return ", ".join(case.engines)


def tables() -> Iterator[str]:
    """A table for each group of cases."""
    for group, cases in groupby(all_cases(), key=lambda case: case.group):
        rows = [
            f"| {case.does[0].upper()}{case.does[1:]} | {outcome(case)} | {alert(case)} | {engines(case)} |\n"
            for case in cases
        ]
        yield f"### {group}\n\n{HEADER}{''.join(rows)}\n"


def written() -> str:
    """The page with its tables."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    return f"{before}{BEGIN}\n{''.join(tables())}{END}{rest.partition(END)[2]}"


def main() -> int:
    """Write, or compare; the exit status is 1 where the page is out of date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing, say whether the page is out of date"
    )
    text = written()
    if parser.parse_args().check:
        if PAGE.read_text() != text:
            print("docs/page-views.md is not what the cases in tests/browser/matrix say: run make page-views.")
            return 1
        return 0
    PAGE.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
