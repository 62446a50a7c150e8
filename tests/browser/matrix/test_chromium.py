"""The cases of the browser matrix in Chromium."""

import pytest

from .case import CHROMIUM as ENGINE
from .judging import cases_of, judge

pytestmark = [pytest.mark.browser, pytest.mark.chromedriver]


@pytest.mark.parametrize("case", cases_of(ENGINE))
def test_case(case, engine, front, site):
    judge(case, engine=engine, front=front, site=site)
