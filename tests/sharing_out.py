"""How the suite is shared out among processes: one test after another, but what shares something costly together.

The tests of one of the groups below share a site or a browser that is started, documentation that is built, or a
wheel. In two processes it would be made twice. The groups come first, the largest before the others; the rest keeps
its order, in which the tests come last that write to the database for real and empty it afterwards.
"""

from xdist.scheduler import LoadScopeScheduling

#: Each is a group: the beginnings of its tests' ids.
TOGETHER = (
    ("tests/example_site/",),
    ("tests/test_docs.py",),
    ("tests/test_foreign_site.py",),
    ("tests/test_packaging.py",),
    ("tests/browser/test_accessibility.py", "tests/browser/test_reader_pages.py"),
    ("tests/browser/test_consent.py", "tests/browser/test_single_page.py"),
    ("tests/browser/test_main_line.py", "tests/browser/test_test_visit.py"),
)
#: Here each module is a group: it starts a browser.
MODULES = "tests/browser/"


class SharingOut(LoadScopeScheduling):
    """Hands out each group as one piece, and any other test by itself."""

    def _split_scope(self, nodeid: str) -> str:
        alone = nodeid.partition("::")[0] if nodeid.startswith(MODULES) else nodeid
        return next((group[0] for group in TOGETHER if nodeid.startswith(group)), alone)
