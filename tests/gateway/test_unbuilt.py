"""What is planned and not there says so: 501, and the README lists it."""

from __future__ import annotations

import pytest

from gateway.paths import UNBUILT, is_unbuilt
from tests.world import World


@pytest.mark.parametrize("path", [*UNBUILT, f"{UNBUILT[0]}/dex_1"])
async def test_a_planned_part_answers_501(world: World, path: str) -> None:
    response = await world.person("EVIDENCE_REVIEWER").get(path)

    assert (response.status_code, response.json()["code"]) == (501, "NOT_BUILT")


def test_a_misspelt_path_is_not_a_planned_one() -> None:
    assert not is_unbuilt("/v1/assistance-requestsx")
    assert not is_unbuilt("/v1/devices")
