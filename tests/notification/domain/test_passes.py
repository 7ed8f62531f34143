"""One pass over many services, and the certificate of one that was served anew."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Any

import pytest

from ledger.verifier.report import Fault
from ledger.verifier.services import certificate_of
from notification.serving.passes import for_each


async def test_a_service_that_raises_stops_none_of_the_others(caplog: pytest.LogCaptureFixture) -> None:
    done: list[str] = []

    async def work(each: str) -> None:
        if each == "b":
            raise ValueError("its row is damaged")
        done.append(each)

    with caplog.at_level(logging.ERROR):
        await for_each(["a", "b", "c"], work)

    assert done == ["a", "c"]
    assert [record.args for record in caplog.records] == [("b",)]


def records(*types: str) -> list[Any]:
    named = (
        "case_id",
        "party_id",
        "agency_id",
        "document_id",
        "document_kind",
        "document_sha256",
        "ordered_at",
    )
    data = dict.fromkeys(named, "x")
    made = []
    for n, kind in enumerate(("service.opened", *types)):
        more = {"served_on": f"2025-03-1{n}", "manner": f"M{n}", "basis": f"B{n}"}
        made.append(SimpleNamespace(type=kind, data=data | more, index=n, time="t", stream="service/sop_1"))
    return made


SERVED, DENIED, UPHELD = "document.served", "service.arrival_denied", "service.arrival_upheld"


def test_a_second_day_of_service_follows_a_denial_and_nothing_else() -> None:
    anew = certificate_of(records(SERVED, DENIED, SERVED))

    assert (anew["first_served_on"], anew["served_on"]) == ("2025-03-11", "2025-03-13")
    assert (anew["manner"], anew["basis"]) == ("M3", "B3")
    for course in ((SERVED, SERVED), (SERVED, DENIED, UPHELD, SERVED), (SERVED, DENIED, SERVED, SERVED)):
        with pytest.raises(Fault):
            certificate_of(records(*course))
