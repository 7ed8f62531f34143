"""What the relay carries and what it leaves, and what a consumer of the ledger believes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, cast
from uuid import uuid4

import pytest
import sqlalchemy as sa

from case.jobs import begin, destroy_erased
from case.runtime import CaseRuntime
from common.door.quarantine import Quarantine
from common.door.relay import BATCH
from common.door.uow import change, operational
from common.policy import Action, Resource, authorize, service_actor
from common.values.facts import Fact
from common.values.ids import AgencyId, EvidenceId, Id
from tests import given
from tests.world import World


class PosingId(Id, prefix="evd", noun="case"):
    """A capture's id in a stream that the case service's key may sign."""


@pytest.mark.begins(given.CHECKED)
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


async def forge(world: World, stream: str, note: bytes, seq: int = 0, *, type: str = "case.opened") -> None:
    """What somebody does who has the database role of the service, and not its key."""
    async with operational(world.runtimes["case"].db) as conn:
        query = sa.text("INSERT INTO outbox VALUES (gen_random_uuid(), :stream, :seq, :type, now(), :note)")
        await conn.execute(query, {"stream": stream, "seq": seq, "type": type, "note": note})


async def record_honestly(world: World, evidence_id: EvidenceId) -> str:
    """One record of the case service, through its door; returns its stream."""
    async with change(world.runtimes["case"].db, authorize(service_actor("case"), Action.CASE_OPEN)) as tx:
        permit = tx.permit(Resource(evidence_id, AgencyId(world.agencies[0])))
        tx.record(permit, fact := PosingAccepted(PosingId(evidence_id)))
    return fact.stream


async def streams_in_the_ledger(world: World) -> set[str]:
    async with world.database("evidence") as conn:
        return {row["stream"] for row in await conn.fetch("SELECT stream FROM ledger.entry")}


@pytest.mark.parametrize(
    "note", [b"{}\n", b"", b"x" * 70_000, b'{"seq":0}\n\n\xe2\x80\x94 case.example/k1 AAAA\n'],
    ids=["unsigned", "empty", "too-long-to-frame", "no-signature"],
)  # fmt: skip
async def test_a_forged_record_waits_with_an_alarm_and_keeps_no_other_stream(
    world: World, note: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    relay = world.app.apps["case"].state.relay
    await forge(world, "case/forged", note)
    await forge(world, "case/forged", note, seq=1)
    honest = await record_honestly(world, EvidenceId.new(world.clock()))

    while await relay.carry():
        pass

    assert {honest} == await streams_in_the_ledger(world) & {honest, "case/forged"}
    assert relay.quarantine.waiting() == ["case/forged"]
    assert [m for m in caplog.messages if m.startswith("ALARM: the ledger refuses record")] != []
    assert caplog.text.count("ALARM: the ledger refuses record") == 1
    async with world.database("case") as conn:
        assert await conn.fetchval("SELECT count(*) FROM outbox_pending") == 2


async def test_a_copy_of_a_record_waits_with_an_alarm_and_keeps_no_other_stream(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    relay = world.app.apps["case"].state.relay
    own = await record_honestly(world, EvidenceId.new(world.clock()))
    while await relay.carry():
        pass
    for number, (service, stream) in enumerate({"case": own, "gateway": "%"}.items()):
        async with operational(world.runtimes[service].db) as conn:
            query = sa.text("SELECT note FROM outbox WHERE stream LIKE :stream LIMIT 1")
            copied = bytes((await conn.execute(query, {"stream": stream})).scalar_one())
        await forge(world, f"case/forged{number}", copied)
    honest = await record_honestly(world, EvidenceId.new(world.clock()))

    while await relay.carry():
        pass

    assert honest in await streams_in_the_ledger(world)
    assert relay.quarantine.waiting() == ["case/forged0", "case/forged1"]
    assert caplog.text.count("ALARM: the ledger refuses record") == 2
    async with world.database("case") as conn:
        assert await conn.fetchval("SELECT count(*) FROM outbox_pending") == 2


@pytest.mark.parametrize("note", [b"{}\n", b"", b'{"data":1}\n'], ids=["no-data", "empty", "data-a-number"])
async def test_a_forged_erasure_stops_neither_the_erasures_nor_the_check(world: World, note: bytes) -> None:
    runtime = cast(CaseRuntime, world.runtimes["case"])
    await forge(world, "case/forged", note, type="case.erased")

    await begin(runtime)
    await destroy_erased(runtime)

    assert [finding.place for finding in (await world.fsck()).findings] == ["case.outbox"]
    assert not runtime.db.secrets.is_erased("case/forged")


async def test_more_forged_streams_than_a_batch_holds_keep_no_honest_record(world: World) -> None:
    relay = world.app.apps["case"].state.relay
    for number in range(BATCH + 10):
        await forge(world, f"case/forged{number:04}", b"{}\n")
    honest = await record_honestly(world, EvidenceId.new(world.clock()))

    while await relay.carry():
        pass

    assert honest in await streams_in_the_ledger(world)


def test_a_stream_in_quarantine_is_tried_again_later_each_time_and_released() -> None:
    now = [0.0]
    quarantine = Quarantine("case", lambda: now[0])
    pauses = []
    for _ in range(14):
        quarantine.put("case/1", uuid4(), "LEDGER_SIGNATURE_INVALID")
        begun = now[0]
        while quarantine.waiting():
            now[0] += 1
        pauses.append(now[0] - begun)

    quarantine.release("case/1")

    assert pauses[:5] == [1, 1, 2, 4, 8]
    assert pauses[-1] == 600
    assert quarantine.waiting() == []
