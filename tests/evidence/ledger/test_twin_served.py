"""The SM3 twin over HTTP, and the records that bind it into the log."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from common.values.ids import CaseId
from ledger.checkpoint import Checkpoint, open_own
from ledger.merkle import CompactRange, verify_consistency, verify_inclusion
from ledger.notes import decode_batch
from ledger.twin import SM3
from tests.evidence.ledger.given import send
from tests.ledger.given import START, Stream
from tests.world import World

ANCHORS = "/v1/ledger/streams/log/sm3/records"


async def send_new(world: World, count: int) -> list[dict[str, Any]]:
    return await send(world, Stream(CaseId.new(START).stream, world.runtimes["case"].db.signer).take(count))


async def published(world: World) -> Checkpoint:
    """The twin's newest checkpoint, signed by every key that the log names for it."""
    answer = await world.anonymous.get("/ledger/sm3/checkpoint")
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    return open_own(answer.content, world.runtimes["evidence"].ledger.keys.twin_keys)


async def test_the_twin_is_served_as_a_tiled_log_over_the_same_entries(world: World) -> None:
    for _ in range(3):
        await send_new(world, 100)
    said, get = await published(world), world.anonymous.get
    rest = said.size - 256

    full, part = await get("/ledger/sm3/tile/0/000"), await get(f"/ledger/sm3/tile/0/001.p/{rest}")
    upper = await get("/ledger/sm3/tile/1/000.p/1")
    entries = decode_batch((await get("/ledger/tile/entries/000")).content)
    entries += decode_batch((await get(f"/ledger/tile/entries/001.p/{rest}")).content)

    tree = CompactRange(hash=SM3)
    for entry in entries:
        tree.append(SM3.leaf(entry))
    assert (said.origin, said.root) == (f"{world.installation.origin}/sm3", tree.root())
    assert full.content + part.content == b"".join(SM3.leaf(entry) for entry in entries)
    assert len(upper.content) == 32
    for answer in (full, part, upper):
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["cache-control"] == "max-age=31536000, immutable"


@pytest.mark.parametrize("path", ["0/001", "entries/000.p/1", "0/000.p/256", "64/000", "0/0"])
async def test_a_tile_that_the_twin_has_not_published_is_not_there(world: World, path: str) -> None:
    assert (await world.anonymous.get(f"/ledger/sm3/tile/{path}")).status_code == 404


async def test_proofs_in_the_twin_hold_under_its_checkpoint(world: World) -> None:
    before = await published(world)
    index = (await send_new(world, 9))[4]["index"]
    after, get = await published(world), world.anonymous.get

    proof = (await get(f"/v1/ledger/proofs/{index}", params={"suite": "sm3-sm2"})).json()
    text = await get(
        f"/v1/ledger/proofs/{index}", params={"suite": "sm3-sm2"}, headers={"accept": "text/plain"}
    )
    path = {"from": before.size, "suite": "sm3-sm2"}
    steps = (await get("/v1/ledger/consistency-proofs", params=path)).json()

    entry = base64.b64decode((await get(f"/v1/ledger/entries/{index}")).json()["entry"])
    assert base64.b64decode(proof["leaf_hash"]) == SM3.leaf(entry)
    hashes = [base64.b64decode(each) for each in proof["hashes"]]
    verify_inclusion(index, after.size, SM3.leaf(entry), hashes, after.root, hash=SM3)
    assert text.text.endswith(proof["checkpoint"])
    hashes = [base64.b64decode(each) for each in steps["hashes"]]
    verify_consistency(before.size, after.size, hashes, before.root, after.root, hash=SM3)


async def test_the_twin_is_anchored_every_ten_minutes_and_not_for_its_own_sake(world: World) -> None:
    await world.settle()
    first = (await world.anonymous.get(ANCHORS)).json()["items"]
    world.clock.advance(minutes=11)
    await world.settle()
    await world.settle()
    assert (await world.anonymous.get(ANCHORS)).json()["items"] == first

    await send_new(world, 3)
    await world.settle()
    anchors = (await world.anonymous.get(ANCHORS)).json()["items"]

    assert len(anchors) == len(first) + 1
    record = anchors[-1]["record"]
    assert (record["type"], record["actor"]) == ("log.anchor", "svc:evidence")
    keys = world.runtimes["evidence"].ledger.keys
    said = open_own(record["data"]["checkpoint"].encode(), keys.twin_keys_at(record["data"]["size"]))
    assert said.size == record["data"]["size"] <= anchors[-1]["index"]
    assert [f for f in (await world.fsck()).findings if f.place.startswith("ledger.")] == []


async def test_an_anchor_that_the_stored_twin_contradicts_is_found(world: World) -> None:
    await world.settle()
    size = (await world.anonymous.get(ANCHORS)).json()["items"][-1]["record"]["data"]["size"]
    async with world.database("evidence") as conn:
        await conn.execute("SET session_replication_role = replica")
        await conn.execute("DELETE FROM ledger.twin_checkpoint WHERE size = $1", size)

    found = (await world.fsck()).findings

    assert [(f.place, f.key) for f in found] == [("ledger.twin_checkpoint", str(size))]
