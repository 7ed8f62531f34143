"""Who may open a case by its query code: the factor of the city, a living case, and the same work for every answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from case.domain.procedure import State
from case.domain.querycodes import CodeHolder, may_open
from common.values.ids import CaseId, PartyId
from common.values.notificationrules import QueryFactor

HOLDER = CodeHolder(
    CaseId("cas_01jd8xk2m4e2tr5k3b9q7m4n6p"),
    PartyId("pty_01jd8xk2m4e2tr5k3b9q7m4n6p"),
    State.PROMPTED,
    is_erased=False,
    identity_number="31010119900101001x",
    phone="+86 000 0000 1234",
)
TAIL, PHONE = QueryFactor.IDENTITY_TAIL, QueryFactor.PHONE_TAIL


@pytest.mark.parametrize(
    ("factor", "asked", "opens"),
    [
        ("01001X", TAIL, True),
        (" 01001x ", TAIL, True),
        ("1001X", TAIL, False),
        ("31010119900101001X", TAIL, False),
        ("01001Ｘ", TAIL, False),
        ("001234", PHONE, True),
        ("01001X", PHONE, False),
        ("", TAIL, False),
        ("-", TAIL, False),
    ],
)
def test_the_city_chooses_what_goes_with_the_code(factor: str, asked: QueryFactor, opens: bool) -> None:
    assert may_open(HOLDER, factor=factor, asked=asked) is opens
    assert not may_open(None, factor=factor, asked=asked)


def test_a_code_of_a_case_in_the_archive_or_of_an_erased_one_opens_nothing() -> None:
    for gone in (
        replace(HOLDER, state=State.ARCHIVED),
        replace(HOLDER, is_erased=True),
        replace(HOLDER, is_erased=True, identity_number=""),
        replace(HOLDER, identity_number="X"),
    ):
        assert not may_open(gone, factor="01001X", asked=TAIL)
        assert not may_open(gone, factor="-", asked=TAIL)
    assert not may_open(replace(HOLDER, phone=""), factor="-", asked=PHONE)
    assert may_open(replace(HOLDER, state=State.CLOSED), factor="01001X", asked=TAIL)
