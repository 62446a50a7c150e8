"""The browsers of the matrix, and the front that they reach the example site through."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from .case import WEBKIT
from .engines import Engine, Screen
from .front import Front

pytest.register_assert_rewrite("tests.browser.matrix.judging", "tests.browser.matrix.person")


@pytest.fixture(scope="session")
def front(site) -> Iterator[Front]:
    front = Front(urlsplit(site.url).port)
    yield front
    front.stop()


@pytest.fixture(scope="module")
def screen() -> Iterator[Screen]:
    screen = Screen()
    yield screen
    screen.stop()


@pytest.fixture(scope="module")
def engine(request) -> Iterator[Engine]:
    """The browser of a module's engine, which it names as ENGINE."""
    with pytest.MonkeyPatch.context() as patch:
        if request.module.ENGINE == WEBKIT:
            patch.setenv("DISPLAY", request.getfixturevalue("screen").display)
        engine = Engine(request.module.ENGINE)
        yield engine
        engine.close()
