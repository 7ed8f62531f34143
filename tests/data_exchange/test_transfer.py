"""A case is transferred to the agency that is competent: over HTTP, on PostgreSQL, with the ledger (NJ 19)."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any

import httpx
import pytest

from common.values.law import NJ_19
from ledger.checkpoint import open_checkpoint
from ledger.merkle import verify_inclusion
from ledger.notes import open_statement
from tests.case.story import OPENED, Story
from tests.data_exchange.given import ASKED, ASKING
from tests.data_exchange.packages import (
    agency,
    approved,
    dispatched,
    do,
    done,
    head,
    order,
    packed,
    preparer,
    received,
    receiver,
    seen,
    submitted,
    verified,
)
from tests.data_exchange.partners import Line, a_live_system, a_purpose, a_token, an_agreement, details_of
from tests.world import World

STREAM = "exchange/{}".format


@pytest.mark.begins(OPENED)
@pytest.mark.law(NJ_19)
async def test_NJ_19_1_a_lead_or_evidence_is_transferred_by_one_order_in_three_working_days(
    world: World,
) -> None:
    """The package has its manifest, the ledger's proofs and a receipt. The fourth day is late, and not refused."""
    story = await Story(world).opened()
    assert (await story.view())["state"] == "SUSPECTED", "a case is a lead until it is filed"
    # One order names a capture or a lead; pictures, digests and proofs enter the package by themselves.
    of_capture = await approved(world, evidence_ids=[story.evidence_id])
    of_lead = await approved(world, case_id=story.case_id)
    foreign = await refused_draft(world, case_id="cas_01jncr8q8cerp9rjyn2n1j0jyw")
    world.clock.working_days(3)
    in_time = await done(preparer(world), of_capture, "dispatch")
    world.clock.working_days(1)
    await world.settle()
    late = await done(preparer(world), of_lead, "dispatch")

    assert foreign == (403, "DX_CASE_NOT_OWN")
    assert ((await story.view())["exhibits"][0]["evidence_id"], late["case_id"]) == (
        story.evidence_id,
        story.case_id,
    )
    for transfer in (in_time, late):
        await _assert_whole(world, transfer, story.evidence_id)
        clock = next(clock for clock in transfer["clocks"] if clock["rule"] == "send")
        assert (clock["n"], clock["unit"], clock["law"]) == (3, "WORKING_DAY", "NJ 19")
    assert (in_time["is_late"], late["is_late"]) == (False, True)
    assert (late["state"], late["pressure"]) == ("SENT", "NONE")
    missed = {clock["rule"]: clock["missed"] for clock in late["clocks"]}
    assert missed == {"send": True, "answer": False}
    # The reading of the picture is on record in the capture's own stream.
    assert "evidence.disclosed" in await world.record_types("evidence", f"evidence/{story.evidence_id}")
    assert (await world.fsck()).clean


async def _assert_whole(world: World, transfer: dict[str, Any], evidence_id: str) -> None:
    """The receiver has the pictures of the capture by the digests of the manifest, its proofs, and signs for all."""
    receipt = await done(receiver(world, transfer), transfer, "receipt", verified(transfer))
    manifest = await fetched(world, transfer, "manifest")
    statement = statement_in(world, manifest.content, "transfer-manifest")
    sides = (statement["sender"]["agency_id"], statement["receiver"]["agency_id"])
    assert sides == (agency(world, ASKING), agency(world, ASKED))
    assert hashlib.sha256(manifest.content).hexdigest() == receipt["manifest_sha256"]
    assert statement["limitation_on"] == "2027-03-02"
    assert statement["devices"][0]["capability_sha256"] is not None
    pictures = [file for file in statement["files"] if file["evidence_id"] == evidence_id]
    assert pictures
    assert len(statement["files"]) == len(pictures) + 3
    for picture in pictures:
        data = (await fetched(world, transfer, f"files/{picture['n']}")).content
        assert hashlib.sha256(data).hexdigest() == picture["sha256"]
    assert {"evidence.ingested", "evidence.accepted"} <= proven_types(world, statement["ledger"][0])
    note = (await fetched(world, transfer, "receipt")).content
    confirmation = statement_in(world, note, "transfer-receipt")
    assert confirmation["manifest_sha256"] == receipt["manifest_sha256"]
    assert len(confirmation["files"]) == len(statement["files"])


@pytest.mark.law(NJ_19)
async def test_NJ_19_2_a_transfer_is_accepted_or_returned_and_silence_is_escalated(world: World) -> None:
    accepted, returned, silent = await received(world), await received(world), await dispatched(world)
    reason = {"reason": "不属于本机关职权"}
    competent = {"competent_agency_id": agency(world, 3)}

    filed = await done(receiver(world, accepted), accepted, "acceptance", reason | {"filing": "FILED"})
    nobody_named = await do(receiver(world, returned), returned, "return", reason)
    sent_back = await done(receiver(world, returned), returned, "return", reason | competent)
    pressures = []
    for days in (5, 1, 4, 4):
        world.clock.working_days(days)
        await world.settle()
        pressures.append((await seen(world, silent))["pressure"])

    assert (filed["state"], filed["filing"]) == ("ACCEPTED", "FILED")
    assert (nobody_named.status_code, nobody_named.json()["code"]) == (422, "DX_COMPETENT_AGENCY_MISSING")
    assert (sent_back["state"], sent_back["refusal_code"]) == ("RETURNED", "R1")
    assert sent_back["competent_agency_id"] == agency(world, 3)
    assert pressures == ["NONE", "URGED", "URGED_TWICE", "ESCALATED"]
    clock = next(clock for clock in silent["clocks"] if clock["rule"] == "answer")
    assert (clock["n"], clock["unit"], clock["law"]) == (5, "WORKING_DAY", "NJ 19")
    assert [(await seen(world, each))["pressure"] for each in (accepted, returned)] == ["NONE", "NONE"]


async def test_a_filed_transfer_ends_with_its_result(world: World) -> None:
    transfer = await received(world)
    await done(receiver(world, transfer), transfer, "acceptance", {"filing": "FILED", "reason": "已立案"})
    decided_at = world.clock().isoformat()
    world.clock.working_days(5)

    result = {"outcome": "PENALISED", "decided_at": decided_at, "text": "罚款二百元"}
    told = await done(receiver(world, transfer), transfer, "result", result)
    closed = await preparer(world).post(f"/v1/exchanges/{transfer['exchange_id']}/closure", json={})

    assert (told["state"], told["outcome"], told["result_is_late"]) == ("FULFILLED", "PENALISED", False)
    assert closed.json()["state"] == "CLOSED"
    assert await world.record_types("data-exchange", STREAM(transfer["exchange_id"])) == [
        "exchange.transfer_prepared",
        "exchange.files_added",
        "exchange.files_added",
        "exchange.files_added",
        "exchange.transfer_submitted",
        "exchange.transfer_approved",
        "exchange.transfer_dispatched",
        "exchange.transfer_received",
        "exchange.transfer_accepted",
        "exchange.transfer_result_given",
        "exchange.closed",
    ]
    assert (await world.fsck()).clean


async def test_a_result_after_five_working_days_is_shown_as_late(world: World) -> None:
    transfer = await received(world)
    await done(receiver(world, transfer), transfer, "acceptance", {"filing": "FILED", "reason": "已立案"})
    decided_at = world.clock().isoformat()
    before = {"outcome": "PENALISED", "decided_at": transfer["requested_at"], "text": "罚款"}
    world.clock.working_days(6)

    too_early = await do(receiver(world, transfer), transfer, "result", before)
    late = await done(receiver(world, transfer), transfer, "result", before | {"decided_at": decided_at})

    assert (too_early.status_code, too_early.json()["code"]) == (422, "DX_DECIDED_OUTSIDE")
    assert late["result_is_late"] is True


async def test_the_head_approves_the_manifest_and_not_an_own_draft(world: World) -> None:
    transfer = await submitted(world)
    approval = {"manifest_sha256": transfer["manifest_sha256"]}
    own = await packed(world)
    by_head = await done(head(world), own, "submission")

    undecided = await do(preparer(world), transfer, "dispatch")
    no_head = await do(preparer(world), transfer, "approval", approval)
    other_manifest = await do(head(world), transfer, "approval", {"manifest_sha256": "0" * 64})
    same_person = await do(head(world), by_head, "approval", {"manifest_sha256": by_head["manifest_sha256"]})
    approved_now = await done(head(world), transfer, "approval", approval)
    again = await do(head(world), transfer, "approval", approval)

    codes = [each.json()["code"] for each in (undecided, no_head, other_manifest, same_person, again)]
    assert codes == [
        "DX_NOT_APPROVED",
        "FORBIDDEN",
        "DX_OTHER_MANIFEST",
        "DX_OWN_DRAFT",
        "DX_APPROVED_ALREADY",
    ]
    assert approved_now["approved_by"] != approved_now["prepared_by"]


async def test_a_head_who_prepared_a_transfer_does_not_approve_it(world: World) -> None:
    transfer = await packed(world, by=head(world))
    sent_in = await done(preparer(world), transfer, "submission")

    answer = await do(head(world), transfer, "approval", {"manifest_sha256": sent_in["manifest_sha256"]})

    assert (answer.status_code, answer.json()["code"]) == (403, "DX_OWN_DRAFT")


async def test_a_disapproved_draft_ends_with_its_reasons(world: World) -> None:
    transfer = await submitted(world)

    ended = await done(head(world), transfer, "disapproval", {"reason": "本机关有管辖权"})
    after = await do(preparer(world), transfer, "dispatch")

    assert (ended["state"], ended["papers"][-1]["text"]) == ("WITHDRAWN", "本机关有管辖权")
    assert (after.status_code, after.json()["code"]) == (409, "DX_TRANSITION_NOT_ALLOWED")


async def test_a_draft_does_not_exist_for_its_receiver(world: World) -> None:
    transfer = await submitted(world)
    path = f"/v1/case-transfers/{transfer['exchange_id']}"
    to_them = receiver(world, transfer)

    before = [await to_them.get(each) for each in (path, f"/v1/exchanges/{transfer['exchange_id']}")]
    listed = await to_them.get("/v1/exchanges?kind=TRANSFER")
    await done(head(world), transfer, "approval", {"manifest_sha256": transfer["manifest_sha256"]})
    await done(preparer(world), transfer, "dispatch")

    assert [answer.status_code for answer in before] == [404, 404]
    assert listed.json()["items"] == []
    assert (await to_them.get(path)).status_code == 200


async def test_each_act_belongs_to_its_state_and_its_side(world: World) -> None:
    transfer = await dispatched(world)
    them, filing = receiver(world, transfer), {"filing": "FILED", "reason": "已立案"}
    result = {"outcome": "PENALISED", "decided_at": world.clock().isoformat(), "text": "罚款"}

    refusals = [
        await do(them, transfer, "acceptance", filing),  # before the receipt
        await do(them, transfer, "result", result),  # before the acceptance
        await do(preparer(world), transfer, "dispatch"),  # twice
        await do(preparer(world), transfer, "submission"),  # after the dispatch
    ]
    other_side = await do(preparer(world), transfer, "receipt", verified(transfer))
    plain_acts = [
        await them.post(f"/v1/exchanges/{transfer['exchange_id']}/{act}", json=body)
        for act, body in [
            ("acknowledgement", {}),
            ("acceptance", {"note": "同意"}),
            ("refusal", {"code": "R3", "reason": "没有数据"}),
            ("deliverables", {"text": "结果", "is_whole": True}),
        ]
    ]

    assert {answer.json()["code"] for answer in refusals} == {"DX_TRANSITION_NOT_ALLOWED"}
    assert (other_side.status_code, other_side.json()["code"]) == (403, "DX_OTHER_SIDE")
    assert {answer.json()["code"] for answer in plain_acts} == {"DX_TRANSFER_ACTS"}


async def test_a_transfer_names_another_agency_and_the_past(world: World) -> None:
    to_itself = await refused_draft(world, to_agency_id=agency(world, ASKING))
    nobody = await refused_draft(world, to_agency_id="agy_01jncr8q8cerp9rjyn2n1j0jyw")
    tomorrow = await refused_draft(world, recognised_at="2035-01-01T00:00:00Z")
    not_mine = await refused_draft(world, evidence_ids=["evd_01jncr8q8cerp9rjyn2n1j0jyw"])

    assert to_itself == (422, "DX_SAME_AGENCY")
    assert nobody == (422, "DX_AGENCY_UNKNOWN")
    assert tomorrow == (422, "DX_RECOGNISED_LATER")
    assert not_mine == (404, "NOT_FOUND")


async def test_a_person_signs_the_receipt_and_a_partners_system_does_not(world: World) -> None:
    system = await a_live_system(world, ASKED)
    agreement = await an_agreement(world, system, ASKING, services=["TRANSFERS"])
    purpose = await a_purpose(world, system, agreement, ASKING)
    token = await a_token(world, system, details_of(agreement, purpose))
    transfer, line = await dispatched(world), Line(world, system, token, agreement, purpose)
    path = f"/v1/case-transfers/{transfer['exchange_id']}"

    reads = await line.call("GET", path)
    signs = await line.call("POST", f"{path}/receipt", verified(transfer))

    assert (reads.status_code, reads.json()["state"]) == (200, "SENT")
    assert (signs.status_code, signs.json()["code"]) == (403, "FORBIDDEN")
    assert (await do(receiver(world, transfer), transfer, "receipt", verified(transfer))).status_code == 201


@pytest.mark.parametrize(
    "act", ["submission", "approval", "dispatch", "receipt", "acceptance", "return", "disapproval", "result"]
)
async def test_eight_at_once_act_once(world: World, act: str) -> None:
    arrange = {
        "submission": packed,
        "approval": submitted,
        "dispatch": approved,
        "receipt": dispatched,
        "acceptance": received,
        "return": received,
        "disapproval": submitted,
        "result": received,
    }
    transfer = await arrange[act](world)
    them = receiver(world, transfer)
    if act == "result":
        await done(them, transfer, "acceptance", {"filing": "FILED", "reason": "已立案"})
    deciding, sending = dict.fromkeys(("approval", "disapproval"), head(world)), preparer(world)
    actor = (deciding | {"submission": sending, "dispatch": sending}).get(act, them)
    bodies: dict[str, Any] = {
        "approval": {"manifest_sha256": transfer["manifest_sha256"]},
        "receipt": verified(transfer),
        "acceptance": {"filing": "FILED", "reason": "已立案"},
        "disapproval": {"reason": "本机关有管辖权"},
        "result": {"outcome": "PENALISED", "decided_at": world.clock().isoformat(), "text": "罚款"},
        "return": {"competent_agency_id": agency(world, 3), "reason": "不属于本机关职权"},
    }

    answers = await asyncio.gather(*(do(actor, transfer, act, bodies.get(act)) for _ in range(8)))

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7


async def refused_draft(world: World, **changes: Any) -> tuple[int, str]:
    answer = await preparer(world).post("/v1/case-transfers", json=order(world, **changes))
    return answer.status_code, answer.json()["code"]


async def fetched(world: World, transfer: dict[str, Any], what: str) -> httpx.Response:
    """What the receiver fetches."""
    answer = await receiver(world, transfer).get(f"/v1/case-transfers/{transfer['exchange_id']}/{what}")
    assert answer.status_code == 200, answer.text
    return answer


def statement_in(world: World, note: bytes, kind: str) -> dict[str, Any]:
    """The statement, opened with the key under which the exchange signs its records."""
    return open_statement(note, kind, [world.runtimes["data-exchange"].db.signer.verifier])


def proven_types(world: World, ledger: dict[str, Any]) -> set[str]:
    """The types of the entries in the manifest. Each proof leads to the root that the log signed."""
    checkpoint = open_checkpoint(ledger["checkpoint"].encode(), world.installation.log_key.verifier)
    for entry in ledger["entries"]:
        hashes, leaf = [bytes.fromhex(each) for each in entry["hashes"]], bytes.fromhex(entry["leaf_hash"])
        verify_inclusion(entry["index"], ledger["size"], leaf, hashes, checkpoint.root)
    assert checkpoint.size == ledger["size"]
    assert ledger["entries"]
    return {entry["type"] for entry in ledger["entries"]}
