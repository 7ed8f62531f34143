"""A decision freezes the evidence that it rests on (EvR 60(1)); nothing about it changes afterwards (Inv. 6)."""

from __future__ import annotations

import pytest

from common.values.ids import CaseId
from mz.demo.orders import ATTRIBUTES
from tests import given
from tests.evidence.camera import captures
from tests.evidence.ledger.given import send
from tests.ledger.given import Stream
from tests.world import World


@pytest.mark.begins(given.ARCHIVED)
async def test_a_decided_case_froze_its_evidence(world: World) -> None:
    case_id = await given.a_case_in_the_archive(world)
    await world.settle()

    row = (await captures(world))[0]
    reviewer = world.person("EVIDENCE_REVIEWER")
    answer = await reviewer.post(
        f"/v1/captures/{row['id']}/rejection", json={"codes": ["E-QLT-01"], "attributes": ATTRIBUTES}
    )

    assert (row["state"], row["case_id"]) == ("FROZEN", case_id)
    assert row["backed_up_at"] < row["frozen_at"]
    assert (answer.status_code, answer.json()["code"]) == (409, "EVD_FROZEN")
    assert (await world.fsck()).findings == []


@pytest.mark.begins(given.ACCEPTED)
async def test_a_decision_freezes_the_evidence_that_its_record_names_and_no_other(world: World) -> None:
    watching = await given.a_camera_in_service(world)
    decided = await given.accepted_evidence(world, watching)
    world.clock.advance(minutes=5)
    mentioned = await given.accepted_evidence(world, watching)
    at = world.clock()
    case = Stream(CaseId.new(at).stream, world.runtimes["case"].db.signer, at=at)

    await send(
        world,
        [
            case.next(type="case.opened", data={"evidence_id": mentioned}),
            case.next(type="case.decided", data={"evidence_ids": [decided], "remark": mentioned}),
        ],
    )
    await world.settle()

    assert {row["id"]: row["state"] for row in await captures(world)} == {
        decided: "FROZEN",
        mentioned: "ACCEPTED",
    }
