"""The cases of the browser matrix in Firefox."""

import pytest

from .case import FIREFOX as ENGINE
from .judging import cases_of, judge

pytestmark = [pytest.mark.browser, pytest.mark.firefox, pytest.mark.any_database]


@pytest.mark.parametrize("case", cases_of(ENGINE))
def test_case(case, engine, front, site):
    judge(case, engine=engine, front=front, site=site)
