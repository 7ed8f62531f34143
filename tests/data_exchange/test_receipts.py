"""A receipt for acceptance, refusal and silence alike: over HTTP, with the proof that the ledger holds the record."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from typing import Any

import httpx

from common.calls.jwk import public_jwk, read_token
from data_exchange.domain.receipts import MEANINGS
from ledger.verifier.notes import Checkpoint, Entry, unbase64
from ledger.verifier.trees import included
from mz import ROOT
from tests.data_exchange.given import ASKED, ASKING, a_request, act, officer
from tests.world import World

JWT = "application/receipt+jwt"


def holds(receipt: dict[str, Any]) -> bool:
    """Whether the verifier's own arithmetic leads from the entry of `receipt` to its checkpoint."""
    entry = Entry.parse(base64.b64decode(receipt["entry"]))
    head, _, note = receipt["proof"].partition("\n\n")
    _, index, *path = head.split("\n")
    checkpoint = Checkpoint.parse(note.encode())
    assert (entry.record["id"], f"index {entry.index}") == (receipt["record_id"], index)
    hashes = [unbase64(part) for part in path]
    return included(entry.index, checkpoint.size, entry.leaf, hashes, checkpoint.root)


async def records_of(world: World, exchange: dict[str, Any]) -> dict[str, str]:
    """The records of `exchange` by their types."""
    async with world.database("data-exchange") as conn:
        query = "SELECT type, record_id::text FROM outbox WHERE stream = $1 ORDER BY seq"
        return dict(await conn.fetch(query, f"exchange/{exchange['exchange_id']}"))


async def acknowledge(world: World, agency: int, receipt: dict[str, Any], **changes: str) -> httpx.Response:
    order = {"leaf_hash": receipt["leaf_hash"]} | changes
    path = f"/v1/receipts/{receipt['record_id']}/acknowledgements"
    return await officer(world, agency).post(path, json=order)


async def test_acceptance_refusal_and_silence_have_receipts_of_equal_strength(world: World) -> None:
    accepted, refused, silent = [await a_request(world) for _ in range(3)]
    acts = [
        await act(world, ASKED, accepted, "acceptance", {"note": "同意"}),
        await act(world, ASKED, refused, "refusal", {"code": "R3", "reason": "没有该数据"}),
    ]
    world.clock.working_days(6)
    await world.settle()
    records = [answer.headers["mingzheng-record"] for answer in acts]
    records.append((await records_of(world, silent))["exchange.overdue"])

    by_side = [
        [(await officer(world, side).get(f"/v1/receipts/{record}")).json() for record in records]
        for side in (ASKING, ASKED)
    ]

    for receipts in by_side:
        assert [each["receipt"] for each in receipts] == [
            "assistance.accepted",
            "assistance.refused",
            "assistance.overdue",
        ]
        assert all(map(holds, receipts))


async def test_a_receipt_is_also_the_ledgers_text_and_a_jws(world: World) -> None:
    exchange = await a_request(world)
    refusal = await act(world, ASKED, exchange, "refusal", {"code": "R3", "reason": "没有该数据"})
    path = f"/v1/receipts/{refusal.headers['mingzheng-record']}"

    text = await officer(world, ASKING).get(path, headers={"accept": "text/plain"})
    jws = await officer(world, ASKING).get(path, headers={"accept": JWT})

    assert text.text.startswith("c2sp.org/tlog-proof@v1\nindex ")
    assert jws.headers["content-type"].startswith(JWT)
    head, claims = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in jws.text.split(".")[:2])
    assert (head["typ"], claims["txn"]) == ("receipt+jwt", exchange["exchange_id"])
    published = (await world.anonymous.get("/v1/public/answer-keys")).json()["keys"]
    key = public_jwk(next(member for member in published if member["kid"] == head["kid"]))
    assert read_token(jws.text).is_signed_by(key)
    assert not read_token(f"{jws.text[:-8]}AAAAAAAA").is_signed_by(key)
    assert list(claims["events"]) == ["urn:mingzheng:receipt:assistance.refused"]
    ledger = claims["ledger"]
    proof = {"record_id": claims["jti"], "entry": ledger["entry"], "proof": text.text}
    assert holds(proof)
    assert ledger["root_hash"] in ledger["checkpoint"]


async def test_a_third_agency_finds_no_receipt(world: World) -> None:
    exchange = await a_request(world)
    record = (await records_of(world, exchange))["exchange.requested"]

    own, third = [await officer(world, n).get(f"/v1/receipts/{record}") for n in (ASKED, 2)]
    denied = await officer(world, 2).post(
        f"/v1/receipts/{record}/acknowledgements", json={"leaf_hash": "0" * 64}
    )

    assert (own.status_code, third.status_code, denied.status_code) == (200, 404, 404)


async def test_the_other_side_acknowledges_a_receipt_once_and_by_its_leaf(world: World) -> None:
    exchange = await a_request(world)
    record = (await records_of(world, exchange))["exchange.requested"]
    receipt = (await officer(world, ASKED).get(f"/v1/receipts/{record}")).json()

    own = await acknowledge(world, ASKING, receipt)
    altered = await acknowledge(world, ASKED, receipt, leaf_hash="0" * 64)
    racing = await asyncio.gather(*(acknowledge(world, ASKED, receipt) for _ in range(8)))

    assert (own.status_code, own.json()["code"]) == (403, "DX_OTHER_SIDE")
    assert (altered.status_code, altered.json()["code"]) == (422, "DX_RECEIPT_DIFFERS")
    assert sorted(answer.status_code for answer in racing) == [201] + [409] * 7
    assert {answer.json().get("code") for answer in racing} == {None, "DX_RECEIPT_ACKNOWLEDGED"}
    seen = (await officer(world, ASKING).get(f"/v1/receipts/{record}")).json()
    assert [each["agency_id"] for each in seen["acknowledgements"]] == [world.agencies[ASKED]]
    assert (await world.record_types("data-exchange", f"exchange/{exchange['exchange_id']}"))[-1] == (
        "exchange.receipt.acknowledged"
    )
    assert (await world.fsck()).clean


async def test_both_sides_acknowledge_the_receipt_of_a_silence(world: World) -> None:
    exchange = await a_request(world)
    world.clock.working_days(6)
    await world.settle()
    record = (await records_of(world, exchange))["exchange.overdue"]
    receipt = (await officer(world, ASKING).get(f"/v1/receipts/{record}")).json()

    answers = [await acknowledge(world, side, receipt) for side in (ASKING, ASKED)]

    assert [answer.status_code for answer in answers] == [201, 201]


def test_the_document_prints_each_receipt_with_its_record() -> None:
    section = (ROOT / "docs/EXCHANGE.md").read_text().partition("\n## Receipts\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `([a-z_.]+)` \| `([a-z_.]+)` \|", section, re.M)

    assert {record: receipt for receipt, record in rows} == {
        record: meaning.receipt for record, meaning in MEANINGS.items()
    }
