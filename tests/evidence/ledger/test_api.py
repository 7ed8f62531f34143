"""The ledger over HTTP: services append, anyone checks."""

from __future__ import annotations

import base64

import pytest

from common.values.errors import Refusal
from common.values.ids import CaseId
from ledger.checkpoint import open_checkpoint
from ledger.merkle import leaf_hash, verify_consistency, verify_inclusion
from ledger.notes import Verifier, decode_batch, encode_batch
from ledger.verifier.log import verify_log
from ledger.verifier.report import VERIFIED
from tests.evidence.ledger.given import send
from tests.ledger.given import START, Stream
from tests.world import World


def case_stream(world: World) -> Stream:
    """A stream of the case service, whose key signs it."""
    return Stream(CaseId.new(START).stream, world.runtimes["case"].db.signer)


ENCODINGS = {
    "gzip;q=0": None,
    "gzip; q=0.000, identity": None,
    "identity": None,
    "*;q=0": None,
    "gzip;q=0, *": None,
    "br, gzip;q=0.001": "gzip",
    "GZIP": "gzip",
    "*": "gzip",
    "x-gzipped": None,
    "gzip;level=9": None,
}
"""The Accept-Encoding of a request, and the content coding of its answer (RFC 9110, 12.5.3)."""


async def test_a_service_appends_a_batch_and_each_record_has_its_own_outcome(world: World) -> None:
    stream = case_stream(world)
    zero, one, two = stream.take(3)

    first = await send(world, [zero, two, b"no record"])
    again = await send(world, [zero, one])

    assert [item.get("problem") for item in first] == [None, "LEDGER_STREAM_GAP", "LEDGER_RECORD_INVALID"]
    assert again[0] == first[0]
    assert again[1]["index"] == first[0]["index"] + 1
    assert set(first[0]) == {"record_id", "index", "leaf_hash"}


async def test_one_record_is_answered_with_a_receipt_that_anyone_can_check(world: World) -> None:
    note = case_stream(world).next()
    receipt = await world.runtimes["case"].peers.post(
        "evidence", "/v1/ledger/records", content=note, media_type="text/plain"
    )

    found = (await world.anonymous.get(f"/v1/ledger/records/{receipt['record_id']}")).json()
    entry = (await world.anonymous.get(f"/v1/ledger/entries/{receipt['index']}")).json()

    assert found == receipt
    assert base64.b64decode(entry["entry"]) == receipt["header"].encode() + b"\n" + note
    assert leaf_hash(base64.b64decode(entry["entry"])).hex() == receipt["leaf_hash"]


async def test_only_a_service_appends(world: World) -> None:
    note = case_stream(world).next()
    for person in (world.anonymous, world.person("DEVICE_ADMIN")):
        for path in ("/v1/ledger/records", "/v1/ledger/record-batches"):
            answer = await person.post(
                path, content=note, headers={"content-type": "application/octet-stream"}
            )
            assert answer.status_code in (401, 403, 404), path


async def test_a_malformed_batch_is_refused(world: World) -> None:
    peers = world.runtimes["case"].peers
    for content, media_type, code in (
        (b"\x00\x09cut", "application/octet-stream", "LEDGER_BATCH_MALFORMED"),
        (encode_batch([b"x"] * 1025), "application/octet-stream", "LEDGER_BATCH_TOO_LARGE"),
        (b"\x00\x01x", "application/json", "REQUEST_MEDIA_TYPE"),
    ):
        with pytest.raises(Refusal) as refusal:
            await peers.post("evidence", "/v1/ledger/record-batches", content=content, media_type=media_type)
        assert refusal.value.code == code


async def test_a_reader_waits_for_a_record_that_is_on_its_way(world: World) -> None:
    unknown = "019aa4b6-4500-7000-8000-000000000000"

    answer = await world.anonymous.get(f"/v1/ledger/records/{unknown}", headers={"prefer": "wait=0"})

    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


async def test_a_consumer_reads_every_entry_once_in_order(world: World) -> None:
    await send(world, case_stream(world).take(12))
    seen, after = [], "-1"
    while True:
        page = (await world.anonymous.get("/v1/ledger/entries", params={"after": after, "limit": "5"})).json()
        seen += [item["index"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        after = page["next_cursor"]

    assert seen == list(range(len(seen)))
    assert len(seen) >= 12


async def test_a_stream_is_read_in_its_own_order(world: World) -> None:
    stream = case_stream(world)
    await send(world, stream.take(3))

    page = (
        await world.anonymous.get(f"/v1/ledger/streams/{stream.name}/records", params={"after": "0"})
    ).json()

    assert [item["record"]["seq"] for item in page["items"]] == [1, 2]


async def test_a_proof_holds_under_the_checkpoint_as_json_and_as_a_tlog_proof(world: World) -> None:
    sent = await send(world, case_stream(world).take(9))
    index = sent[4]["index"]

    proof = (await world.anonymous.get(f"/v1/ledger/proofs/{index}")).json()
    text = await world.anonymous.get(f"/v1/ledger/proofs/{index}", headers={"accept": "text/plain"})

    log = Verifier.parse(
        (await world.anonymous.get("/v1/ledger/entries/0")).json()["record"]["data"]["log_keys"][0]
    )
    signed = open_checkpoint(proof["checkpoint"].encode(), log)
    hashes = [base64.b64decode(part) for part in proof["hashes"]]
    verify_inclusion(index, signed.size, bytes.fromhex(sent[4]["leaf_hash"]), hashes, signed.root)
    assert text.text == "\n".join(
        ["c2sp.org/tlog-proof@v1", f"index {index}", *proof["hashes"], "", proof["checkpoint"]]
    )
    beyond = await world.anonymous.get(f"/v1/ledger/proofs/{signed.size}")
    assert beyond.status_code == 404


async def test_a_consistency_proof_leads_from_one_checkpoint_to_the_next(world: World) -> None:
    before = (await world.anonymous.get("/ledger/checkpoint")).content
    await send(world, case_stream(world).take(7))
    after = (await world.anonymous.get("/ledger/checkpoint")).content
    log = Verifier.parse(
        (await world.anonymous.get("/v1/ledger/entries/0")).json()["record"]["data"]["log_keys"][0]
    )
    old, new = open_checkpoint(before, log), open_checkpoint(after, log)

    answer = await world.anonymous.get(
        "/v1/ledger/consistency-proofs", params={"from": old.size, "to": new.size}
    )

    hashes = [base64.b64decode(part) for part in answer.json()["hashes"]]
    verify_consistency(old.size, new.size, hashes, old.root, new.root)
    empty = await world.anonymous.get("/v1/ledger/consistency-proofs", params={"from": 0})
    assert empty.json()["hashes"] == []
    beyond = await world.anonymous.get("/v1/ledger/consistency-proofs", params={"from": new.size + 1})
    assert beyond.status_code == 404


async def test_the_tiled_log_follows_its_specification_and_verifies(world: World) -> None:
    for _ in range(3):
        await send(world, case_stream(world).take(100))
    get = world.anonymous.get
    checkpoint = await get("/ledger/checkpoint")
    size = int(checkpoint.text.split("\n")[1])

    full, part = await get("/ledger/tile/0/000"), await get(f"/ledger/tile/0/001.p/{size - 256}")
    upper = await get("/ledger/tile/1/000.p/1")
    entries = await get("/ledger/tile/entries/000", headers={"accept-encoding": "gzip"})
    rest = await get(f"/ledger/tile/entries/001.p/{size - 256}", headers={"accept-encoding": "identity"})

    assert checkpoint.headers["cache-control"] == "no-cache"
    assert checkpoint.headers["content-type"] == "text/plain; charset=utf-8"
    assert {r.headers["cache-control"] for r in (full, part, upper, entries)} == {
        "max-age=31536000, immutable"
    }
    assert {r.headers["content-type"] for r in (full, part, upper, entries)} == {"application/octet-stream"}
    assert [len(r.content) for r in (full, part, upper)] == [8192, 32 * (size - 256), 32]
    raws = decode_batch(entries.content) + decode_batch(rest.content)
    assert b"".join(leaf_hash(raw) for raw in raws) == full.content + part.content
    root = world.installation.d.root_key().vkey
    assert verify_log(raws, checkpoint.content, [root]).verdict == VERIFIED
    assert entries.headers["content-encoding"] == "gzip"
    for accepted, coding in ENCODINGS.items():
        answer = await get("/ledger/tile/entries/000", headers={"accept-encoding": accepted})
        assert (answer.headers.get("content-encoding"), answer.content) == (coding, entries.content), accepted
    for path in ("checkpoint", "sm3/checkpoint", "tile/0/000", "tile/entries/000"):
        asked = await world.anonymous.request("HEAD", f"/ledger/{path}")
        assert (asked.status_code, asked.content) == (200, b""), path
    for path in (
        f"tile/0/001.p/{size - 255}",
        "tile/0/001",
        "tile/1/000.p/2",
        "tile/2/000.p/1",
        "tile/0/1",
        "tile/64/000",
    ):
        assert (await get(f"/ledger/{path}")).status_code == 404, path
