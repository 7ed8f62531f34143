"""What is planned and not there answers 501 at every address that docs/NOT-BUILT.md lists."""

from __future__ import annotations

import re

from gateway.unbuilt import is_unbuilt
from mz import ROOT
from tests.world import World


def addresses() -> list[str]:
    """The addresses that the document lists."""
    table = (ROOT / "docs/NOT-BUILT.md").read_text().partition("\n## ")[0]
    return re.findall(r"`(/v1/[^`]+)`", table)


async def test_every_address_that_is_listed_as_not_built_answers_501(world: World) -> None:
    reviewer = world.person("EVIDENCE_REVIEWER")
    for address in addresses():
        path = re.sub(r"\{\w+\}", "cas_01jd8xk2m4e2tr5k3b9q7m4n6p", address)
        for asked in (path, f"{path}/one"):
            response = await reviewer.get(asked)

            assert (asked, response.status_code, response.json()["code"]) == (asked, 501, "NOT_BUILT")
    assert addresses()  # they become fewer as the platform is built


async def test_nothing_that_is_built_is_listed_as_not_built(world: World) -> None:
    document = (await world.http.get("/openapi.json")).json()

    assert [path for path in document["paths"] if is_unbuilt(path)] == []


def test_a_misspelt_path_is_not_a_planned_one() -> None:
    assert not is_unbuilt("/v1/assistance-requestsx")
    assert not is_unbuilt("/v1/devices")
    assert not is_unbuilt("/v1/cases/cas_1/hearings")
