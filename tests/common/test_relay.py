"""What a consumer of the ledger believes: a type in the streams of the service that may say it, nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from common.door.uow import change
from common.policy import Action, Resource, authorize, service_actor
from common.values.facts import Fact
from common.values.ids import AgencyId, Id
from tests import given
from tests.world import World


class PosingId(Id, prefix="evd", noun="case"):
    """A capture's id in a stream that the case service's key may sign."""


@dataclass(frozen=True)
class PosingAccepted(Fact):
    type: ClassVar[str] = "evidence.accepted"


async def test_a_service_cannot_speak_as_another_by_the_type_of_its_record(world: World) -> None:
    watching = await given.a_camera_in_service(world)
    evidence_id = await given.a_checked_capture(world, watching)
    mandate = authorize(service_actor("case"), Action.CASE_OPEN)
    async with change(world.runtimes["case"].db, mandate) as tx:
        permit = tx.permit(Resource(evidence_id, AgencyId(world.agencies[0])))
        tx.record(permit, PosingAccepted(PosingId(evidence_id)))

    await world.settle()

    async with world.database("evidence") as conn:
        forged = f"case/{evidence_id}"
        assert await conn.fetchval("SELECT count(*) FROM ledger.entry WHERE stream = $1", forged) == 1
    assert (await world.person("CASE_OFFICER").get("/v1/cases")).json()["items"] == []
