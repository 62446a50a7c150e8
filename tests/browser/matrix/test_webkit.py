"""The cases of the browser matrix in WebKit."""

import pytest

from .case import WEBKIT as ENGINE
from .judging import cases_of, judge

pytestmark = [pytest.mark.browser, pytest.mark.webkit, pytest.mark.any_database]


@pytest.mark.parametrize("case", cases_of(ENGINE))
def test_case(case, engine, front, site):
    judge(case, engine=engine, front=front, site=site)
