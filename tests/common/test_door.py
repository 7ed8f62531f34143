"""The one door for writes: what it stores, what it refuses, and what the database refuses without it."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, ClassVar

import orjson
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from common.door.answers import Replay
from common.door.records import Ends
from common.door.rows import business_table, digest_of
from common.door.uow import Database, Tx, change, forget_answers, operational, view
from common.policy import Action, Actor, Mandate, RequestKey, Resource, authorize
from common.values.errors import Kind, Refusal
from common.values.facts import Commitment, Fact
from common.values.ids import AgencyId, DeviceId, OfficerId
from common.web.wire import Out
from ledger.canonical import canonical
from ledger.notes import open_note
from tests.world import World

THINGS = business_table(
    "things", sa.MetaData(),
    sa.Column("id", sa.Text, primary_key=True), sa.Column("agency_id", sa.Text), sa.Column("state", sa.Text),
    owner="id",
)  # fmt: skip
SCHEMA = """
SET ROLE own_gateway;
CREATE TABLE things (id text PRIMARY KEY, agency_id text NOT NULL, state text NOT NULL,
                     row_salt bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()));
SELECT guard('things', 'device', 'id');
SELECT fence('things');
"""


@dataclass(frozen=True)
class ThingMoved(Fact):
    type: ClassVar[str] = "thing.moved"
    state: str
    reason: Commitment | None = None


@dataclass(frozen=True)
class ThingErased(ThingMoved):
    type: ClassVar[str] = "thing.erased"


class ThingView(Out):
    id: str
    state: str


@dataclass(frozen=True)
class Door:
    """A guarded table in a real service's database, and somebody who may write to it."""

    db: Database
    actor: Actor
    thing: DeviceId

    def mandate(self, **request: Any) -> Mandate:
        key = RequestKey(self.actor.sub, request["key"], request.get("asked", b""), 201) if request else None
        return authorize(self.actor, Action.DEVICE_REGISTER, request=key)

    async def move(self, state: str, mandate: Mandate | None = None) -> ThingView:
        async with change(self.db, mandate or self.mandate()) as tx:
            await self._write(tx, ThingMoved(self.thing, state))
            return tx.answer(ThingView(id=self.thing, state=state))

    async def _write(self, tx: Tx, fact: ThingMoved) -> None:
        held = await tx.conn.scalar(
            sa.select(THINGS.c.state).where(THINGS.c.id == self.thing).with_for_update()
        )
        tx.record(tx.permit(Resource(self.thing, self.agency)), fact)
        if held is None:
            await tx.add(fact, THINGS, {"id": self.thing, "agency_id": self.agency, "state": fact.state})
        else:
            await tx.set(fact, THINGS, {"id": self.thing}, {"state": fact.state})

    @property
    def agency(self) -> AgencyId:
        assert self.actor.agency_id is not None
        return self.actor.agency_id

    async def records(self) -> list[tuple[bytes, dict[str, Any]]]:
        query = "SELECT note FROM outbox WHERE stream = :stream ORDER BY seq"
        async with operational(self.db) as conn:
            notes = [
                bytes(n)
                for n in (await conn.execute(sa.text(query), {"stream": self.thing.stream})).scalars()
            ]
        return [(note, orjson.loads(note.partition(b"\n")[0])) for note in notes]


@pytest.fixture
async def door(world: World) -> Door:
    async with world.database("gateway") as conn:
        await conn.execute(SCHEMA)
    now = world.clock()
    agency = AgencyId.new(now)
    actor = Actor(
        f"officer:{OfficerId.new(now)}",
        "officer",
        agency,
        frozenset({"DEVICE_ADMIN"}),
        3,
        None,
        frozenset({agency}),
    )
    return Door(world.runtimes["gateway"].db, actor, DeviceId.new(now))


async def test_a_change_stores_the_row_with_the_signed_record_that_explains_it(door: Door) -> None:
    mandate = door.mandate()

    await door.move("NEW", mandate)

    [(note, record)] = await door.records()
    open_note(note, [door.db.signer.verifier])
    assert mandate.records == [record["id"]]
    assert (record["type"], record["seq"], record["actor"]) == ("thing.moved", 0, door.actor.sub)
    async with view(door.db, mandate) as v:
        row = (await v.conn.execute(sa.select(THINGS))).mappings().one()
    assert record["data"]["rows"] == [
        {"table": "things", "key": door.thing, "sha256": digest_of(THINGS, row)}
    ]


async def test_the_records_of_one_object_are_chained_without_a_gap(door: Door) -> None:
    for state in ("NEW", "OLD", "GONE"):
        await door.move(state)

    records = await door.records()

    assert [record["seq"] for _, record in records] == [0, 1, 2]
    for (before, _), (_, after) in pairwise(records):
        assert after["prev"] == base64.b64encode(hashlib.sha256(before).digest()).decode()


async def test_racing_changes_of_one_object_wait_for_each_other(door: Door) -> None:
    await door.move("NEW")

    await asyncio.gather(*(door.move(f"S{n}") for n in range(8)))

    assert [record["seq"] for _, record in await door.records()] == list(range(9))


async def test_a_write_that_bypasses_the_door_cannot_commit(door: Door) -> None:
    await door.move("NEW")

    with pytest.raises(DBAPIError, match="has no recorded fact"):  # noqa: PT012
        async with door.db.engine.begin() as conn:
            await conn.execute(sa.text("SELECT set_config('mz.visible', '*', true)"))
            await conn.execute(sa.update(THINGS).values(state="FORGED"))


async def test_a_fact_of_another_object_does_not_open_the_door(door: Door) -> None:
    await door.move("NEW")

    with pytest.raises(DBAPIError, match="has no recorded fact"):  # noqa: PT012
        async with change(door.db, door.mandate()) as tx:
            other = ThingMoved(DeviceId.new(tx.now), "OTHER")
            tx.record(tx.permit(Resource(other.owner, door.agency)), other)
            await tx.set(other, THINGS, {"id": door.thing}, {"state": "FORGED"})


@pytest.mark.parametrize(
    "statement",
    ["UPDATE outbox SET type = 'x'", "DELETE FROM outbox", "TRUNCATE outbox CASCADE", "DELETE FROM things",
     "INSERT INTO outbox_pending VALUES (gen_random_uuid(), 's', 0)", "ALTER TABLE things DISABLE TRIGGER ALL",
     "DELETE FROM disclosures", "UPDATE receipts SET index = 7", "SET ROLE own_gateway",
     "CREATE TEMP TABLE mine (x int)", "SELECT guard('things', 'device', 'id')",
     "SELECT operational('things', 'mine now')", "SELECT fence_with('things', 'things', 'id')",
     "ALTER TABLE things NO FORCE ROW LEVEL SECURITY", "SELECT lo_create(0)", "SELECT lo_from_bytea(0, 'x')",
     "SELECT lo_creat(-1)"],
)  # fmt: skip
async def test_the_services_role_cannot_touch_what_guards_it(door: Door, statement: str) -> None:
    with pytest.raises(DBAPIError, match=r"permission denied|must be owner|append-only"):
        async with door.db.engine.begin() as conn:
            await conn.execute(sa.text(statement))


async def test_the_guards_proof_cannot_be_made_by_a_trigger_of_ones_own(door: Door, world: World) -> None:
    """Even where somebody gave the service temporary tables: enqueue() on one of them would be the proof."""
    await door.move("NEW")
    async with world.database("gateway") as admin:
        await admin.execute(
            f'GRANT TEMP ON DATABASE "{world.installation.database("gateway")}" TO svc_gateway'
        )

    with pytest.raises(DBAPIError, match=r"permission denied for function public\.enqueue"):  # noqa: PT012
        async with door.db.engine.begin() as conn:
            await conn.execute(sa.text("CREATE TEMP TABLE mine (record_id uuid, stream text, seq bigint)"))
            await conn.execute(
                sa.text(
                    "CREATE TRIGGER forged AFTER INSERT ON mine FOR EACH ROW EXECUTE FUNCTION public.enqueue()"
                )
            )


async def test_an_error_of_the_database_does_not_tell_what_it_was_given(door: Door) -> None:
    with pytest.raises(DBAPIError) as error:  # noqa: PT012
        async with door.db.engine.begin() as conn:
            await conn.execute(sa.text("SELECT CAST(:name AS text), 1 / 0"), {"name": "张三"})

    assert "张三" not in str(error.value)


async def test_what_one_agency_holds_does_not_exist_for_another(door: Door) -> None:
    await door.move("NEW")
    stranger = replace(door.actor, agency_id=AgencyId.new(door.db.clock()))
    stranger = replace(stranger, visible=frozenset({stranger.agency_id or door.agency}))

    async with view(door.db, authorize(stranger, Action.DEVICE_READ)) as v:
        assert (await v.conn.execute(sa.select(THINGS))).all() == []
    async with door.db.engine.begin() as conn:
        assert (await conn.execute(sa.select(THINGS))).all() == []


async def test_a_repeat_is_answered_with_the_first_answer_and_changes_nothing(door: Door) -> None:
    first = door.mandate(key="k" * 16)
    answer = await door.move("NEW", first)

    with pytest.raises(Replay) as replay:
        await door.move("NEW", door.mandate(key="k" * 16))

    assert (replay.value.status, replay.value.body) == (201, answer.model_dump_json().encode())
    assert replay.value.records == ", ".join(first.records)
    assert len(await door.records()) == 1


async def test_an_answer_is_kept_for_48_hours_and_no_longer(door: Door, world: World) -> None:
    await door.move("NEW", door.mandate(key="k" * 16))
    kept = []
    for hours in (47, 2):
        world.clock.advance(hours=hours)
        await forget_answers(door.db)
        async with operational(door.db) as conn:
            kept.append(await conn.scalar(sa.text("SELECT count(*) FROM idempotency")))

    assert kept == [1, 0]


async def test_a_key_that_was_used_for_something_else_is_refused(door: Door) -> None:
    await door.move("NEW", door.mandate(key="k" * 16, asked=b"one"))

    with pytest.raises(Refusal) as refusal:
        await door.move("OLD", door.mandate(key="k" * 16, asked=b"two"))

    assert (refusal.value.kind, refusal.value.code) == (Kind.INVALID, "IDEMPOTENCY_KEY_REUSED")


async def test_of_two_equal_requests_at_once_one_runs(door: Door) -> None:
    await door.move("NEW")

    outcomes = await asyncio.gather(
        *(door.move("S", door.mandate(key="k" * 16)) for _ in range(8)), return_exceptions=True
    )

    assert sum(isinstance(outcome, ThingView) for outcome in outcomes) == 1
    assert len(await door.records()) == 2


async def test_a_failed_change_leaves_nothing_behind(door: Door) -> None:
    with pytest.raises(ZeroDivisionError):  # noqa: PT012
        async with change(door.db, door.mandate(key="k" * 16)) as tx:
            await door._write(tx, ThingMoved(door.thing, "NEW"))
            raise ZeroDivisionError

    assert await door.records() == []
    assert (await door.move("NEW", door.mandate(key="k" * 16))).state == "NEW"


async def test_a_commitment_hides_its_value_and_the_vault_keeps_it(door: Door) -> None:
    async with change(door.db, door.mandate()) as tx:
        reason = await tx.commit_to(door.thing, "reason", "镜头偏移")
        await door._write(tx, ThingMoved(door.thing, "NEW", reason))

    [(note, record)] = await door.records()
    assert "镜头偏移".encode() not in note
    async with operational(door.db) as conn:
        row = (await conn.execute(sa.text("SELECT stream, digest, sealed FROM disclosures"))).one()
    kept = door.db.secrets.open_disclosure(row.stream, "reason", bytes(row.digest), bytes(row.sealed))
    digest = hashlib.sha256(kept.salt + canonical(["reason", kept.value])).hexdigest()
    assert record["data"]["reason"] == {"c": digest}
    assert (kept.value, "镜头偏移".encode() in bytes(row.sealed)) == ("镜头偏移", False)


async def test_an_answer_is_repeated_until_what_it_shows_is_erased(door: Door) -> None:
    first = door.mandate(key="k" * 16)
    await door.move("NEW", first)
    with pytest.raises(Replay) as repeated:
        await door.move("NEW", door.mandate(key="k" * 16))
    async with operational(door.db) as conn:
        stored = bytes((await conn.execute(sa.text("SELECT sealed FROM idempotency"))).scalar_one())

    door.db.secrets.erase(door.thing.stream)
    with pytest.raises(Refusal) as refusal:
        await door.move("NEW", door.mandate(key="k" * 16))

    assert orjson.loads(repeated.value.body) == {"id": door.thing, "state": "NEW"}
    assert door.thing.encode() not in stored
    assert (refusal.value.kind, refusal.value.code) == (Kind.GONE, "ERASED")


async def test_the_vault_erases_a_stream_only_when_the_ledger_has_its_erasure(
    door: Door, world: World
) -> None:
    async with change(door.db, door.mandate()) as tx:
        reason = await tx.commit_to(door.thing, "reason", "镜头偏移")
        await door._write(tx, ThingMoved(door.thing, "NEW", reason))
    erasing, count = sa.text("SELECT erase_values(:of)"), sa.text("SELECT count(*) FROM disclosures")
    of = {"of": door.thing.stream}

    with pytest.raises(DBAPIError, match="no record in the ledger says that"):
        async with operational(door.db) as conn:
            await conn.execute(erasing, of)
    async with change(door.db, door.mandate()) as tx:
        await door._write(tx, ThingErased(door.thing, "GONE"))
    with pytest.raises(DBAPIError, match="no record in the ledger says that"):
        async with operational(door.db) as conn:
            await conn.execute(erasing, of)
    async with world.database("gateway") as conn:  # as the relay does when the ledger has taken the record
        receipt = "INSERT INTO receipts SELECT record_id, 1000000, sha256(note) FROM outbox WHERE type LIKE '%.erased'"
        await conn.execute(receipt)
    async with operational(door.db) as conn:
        await conn.execute(erasing, of)
        left = (await conn.execute(count)).scalar_one()

    assert left == 0


async def test_a_view_cannot_write(door: Door) -> None:
    with pytest.raises(DBAPIError, match="read-only transaction"):
        async with view(door.db, door.mandate()) as v:
            await v.conn.execute(sa.text("DELETE FROM idempotency"))


async def test_a_change_finds_the_end_of_a_stream_that_another_process_moved(door: Door) -> None:
    """What a process remembers of a stream's end is a guess: the record is signed again for the true end."""
    await door.move("NEW")
    elsewhere = replace(door, db=replace(door.db, ends=Ends()))
    await elsewhere.move("S1")
    await door.move("S2")

    records = await door.records()

    assert [record["seq"] for _, record in records] == [0, 1, 2]
    for (before, _), (_, after) in pairwise(records):
        assert after["prev"] == base64.b64encode(hashlib.sha256(before).digest()).decode()


async def test_a_change_that_failed_leaves_no_wrong_end_behind(door: Door) -> None:
    await door.move("NEW")
    with pytest.raises(DBAPIError, match="has no recorded fact"):  # noqa: PT012
        async with change(door.db, door.mandate()) as tx:
            await door._write(tx, ThingMoved(door.thing, "S1"))
            await tx.conn.execute(sa.insert(THINGS).values(id="other", agency_id=door.agency, state="FORGED"))

    await door.move("S2")

    assert [record["seq"] for _, record in await door.records()] == [0, 1]


async def test_one_change_of_many_streams_asks_where_they_end(door: Door) -> None:
    things = [DeviceId.new(door.db.clock()) for _ in range(12)]
    for state in ("NEW", "OLD"):
        async with change(replace(door.db, ends=Ends()), door.mandate()) as tx:
            facts = [ThingMoved(thing, state) for thing in things]
            tx.record(tx.permit(Resource(door.thing, door.agency)), *facts)

    async with operational(door.db) as conn:
        query = sa.text("SELECT seq FROM stream_head WHERE stream = ANY(:streams)")
        ends = (await conn.execute(query, {"streams": [t.stream for t in things]})).scalars().all()

    assert ends == [1] * 12


async def test_a_record_names_the_row_as_the_last_write_of_the_change_left_it(door: Door) -> None:
    async with change(door.db, door.mandate()) as tx:
        fact = ThingMoved(door.thing, "OLD")
        tx.record(tx.permit(Resource(door.thing, door.agency)), fact)
        await tx.add(fact, THINGS, {"id": door.thing, "agency_id": door.agency, "state": "NEW"})
        await tx.set(fact, THINGS, {"id": door.thing}, {"state": "OLD"})

    async with view(door.db, door.mandate()) as v:
        row = (await v.conn.execute(sa.select(THINGS))).mappings().one()
    [(_, record)] = await door.records()
    assert record["data"]["rows"] == [
        {"table": "things", "key": door.thing, "sha256": digest_of(THINGS, row)}
    ]


async def test_every_guarded_table_is_fenced_and_the_fence_binds_its_owner(world: World) -> None:
    query = (
        "SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
        " WHERE t.tgname = 'guarded' AND NOT (c.relrowsecurity AND c.relforcerowsecurity)"
    )
    bare = {}
    for service in world.runtimes:
        async with world.database(service) as conn:
            bare[service] = [row["relname"] for row in await conn.fetch(query)]

    assert bare == {service: [] for service in world.runtimes}


async def test_a_part_of_what_one_agency_holds_does_not_exist_for_another(door: Door, world: World) -> None:
    async with world.database("gateway") as conn:
        await conn.execute(
            "SET ROLE own_gateway;"
            "CREATE TABLE parts (id text PRIMARY KEY, thing_id text NOT NULL REFERENCES things,"
            " row_salt bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()));"
            "SELECT guard('parts', 'device', 'thing_id'); SELECT fence_with('parts', 'things', 'thing_id')"
        )
    columns = (sa.Column("id", sa.Text, primary_key=True), sa.Column("thing_id", sa.Text))
    parts = business_table("parts", sa.MetaData(), *columns, owner="thing_id")
    async with change(door.db, door.mandate()) as tx:
        fact = ThingMoved(door.thing, "NEW")
        await door._write(tx, fact)
        await tx.add(fact, parts, {"id": "p1", "thing_id": door.thing})
    stranger = AgencyId.new(door.db.clock())
    other = replace(door.actor, agency_id=stranger, visible=frozenset({stranger}))

    seen = []
    for actor in (door.actor, other):
        async with view(door.db, authorize(actor, Action.DEVICE_READ)) as v:
            seen.append((await v.conn.execute(sa.select(parts.c.id))).scalars().all())

    assert seen == [["p1"], []]
