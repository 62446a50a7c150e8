"""What the whole suite shares: tests that need something the machine lacks are skipped, and say what.

``VISIT_ALERTS_REQUIRE=browser`` (several pieces separated by commas) makes the lack a failure instead.
"""

import os
import shutil
from collections.abc import Callable
from typing import Any

import pytest
from django_q.brokers import get_broker
from django_q.signing import SignedPackage
from hypothesis import settings as hypothesis_settings
from wagtail.models import Site

from wagtail_visit_alerts.delivering.attachments import pdf, sandbox
from wagtail_visit_alerts.matching import forget_rules
from wagtail_visit_alerts.models.process_memory import ProcessMemory
from wagtail_visit_alerts.visits import counting

#: Piece that a marker stands for -> the programs that it takes, and of each the names of which any one will do.
PIECES = {
    "browser": [("chromium", "chromium-browser", "google-chrome")],
    "chromedriver": [("chromedriver",)],
    "firefox": [("firefox-esr", "firefox")],
    "webkit": [("WebKitWebDriver",), ("Xvfb",)],
    "nginx": [("nginx",)],
}

#: Seconds. That an attachment may not take for ever has a test of its own; elsewhere a busy machine may be slow.
sandbox.WALL_SECONDS = pdf.WALL_SECONDS = 120.0
# No example fails for having taken longer than others.
hypothesis_settings.register_profile("patient", deadline=None)
hypothesis_settings.load_profile("patient")


def pytest_configure(config: pytest.Config) -> None:
    if unknown := required() - PIECES.keys():
        raise pytest.UsageError(
            f"VISIT_ALERTS_REQUIRE names {', '.join(sorted(unknown))}; it knows: {', '.join(PIECES)}."
        )


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Share tests out as ``sharing_out`` says, unless ``--dist`` says otherwise."""
    if config.getoption("dist") == "load":
        from .sharing_out import SharingOut

        return SharingOut(config, log)
    return None


def pytest_runtest_setup(item: pytest.Item) -> None:
    for piece, programs in PIECES.items():
        missing = [names for names in programs if not any(map(shutil.which, names))]
        if item.get_closest_marker(piece) and missing:
            lack = f"needs on the PATH: {' and '.join(' or '.join(names) for names in missing)}"
            if piece in required():
                pytest.fail(f"{lack}, and VISIT_ALERTS_REQUIRE asks for it", pytrace=False)
            pytest.skip(lack)


@pytest.fixture
def take_queued(db: None) -> Callable[[], list[str]]:
    """Takes the tasks out of the queue, on whichever broker, and gives the dotted paths of their functions."""
    broker = get_broker()
    broker.purge_queue()

    def take() -> list[str]:
        taken: list[str] = []
        while broker.queue_size():
            taken += [SignedPackage.loads(package)["func"] for _, package in broker.dequeue()]
        return taken

    return take


def required() -> set[str]:
    """Return the pieces that must be there."""
    return {piece for piece in os.environ.get("VISIT_ALERTS_REQUIRE", "").split(",") if piece}


@pytest.fixture(autouse=True)
def _forget_what_the_last_test_taught():
    """The database is rolled back between tests; what a process remembers of it is not."""
    forget_rules()
    ProcessMemory.forget_everything()
    counting.forget()
    Site.clear_site_root_paths_cache()
