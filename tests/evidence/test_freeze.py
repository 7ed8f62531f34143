"""A decision freezes what it rests on (EvR 60(1)); nothing about it changes afterwards (Inv. 6)."""

from __future__ import annotations

from tests import given
from tests.evidence.camera import captures
from tests.world import World


async def test_a_decided_case_froze_its_evidence(world: World) -> None:
    case_id = await given.a_case_in_the_archive(world)
    await world.settle()

    row = (await captures(world))[0]
    reviewer = world.person("EVIDENCE_REVIEWER")
    answer = await reviewer.post(f"/v1/captures/{row['id']}/rejection", json={"codes": ["E-QLT-01"]})

    assert (row["state"], row["case_id"]) == ("FROZEN", case_id)
    assert row["backed_up_at"] < row["frozen_at"]
    assert (answer.status_code, answer.json()["code"]) == (409, "EVD_FROZEN")
    assert (await world.fsck()).findings == []
