"""An agency's systems connect: reviewed, with proven keys, by two people; under an agreement and a purpose."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from common.values.law import GDS_20, GDS_25, GDS_34, GDS_35_2
from ledger.canonical import instant
from tests.data_exchange.partners import (
    CREDIT_CODES,
    HOST,
    PURPOSE,
    SandboxKey,
    a_live_system,
    a_partner,
    a_purpose,
    a_system,
    a_system_with_key,
    agreement_order,
    an_admitted_partner,
    an_agreement,
    done,
    head,
    officer,
    prove,
    public_members,
    put,
)
from tests.world import World

REASON = {"reason": "材料须补充"}


async def test_a_partner_is_drafted_reviewed_admitted_and_ended(world: World) -> None:
    order = {"credit_code": CREDIT_CODES[0], "region": "310101", "level": 3}
    drafts = await asyncio.gather(*(officer(world, 0).post("/v1/partners", json=order) for _ in range(8)))
    refusals = [draft.json()["code"] for draft in drafts if draft.status_code == 409]
    assert refusals == ["DX_PARTNER_STANDS"] * 7, "an agency is one partner"
    (partner,) = [draft.json() for draft in drafts if draft.status_code == 201]
    path = f"/v1/partners/{partner['partner_id']}"

    steps = [
        (officer(world, 0), "submission", {}),
        (officer(world, HOST), "review", {}),
        (officer(world, HOST), "return", REASON),
        (officer(world, 0), "submission", {}),
        (officer(world, HOST), "review", {}),
        (officer(world, HOST), "admission", {}),
        (head(world, HOST), "suspension", REASON),
        (head(world, HOST), "resumption", {}),
        (head(world, HOST), "termination", REASON),
    ]
    states = [(await done(client, f"{path}/{act}", order))["state"] for client, act, order in steps]

    assert states == [
        "SUBMITTED",
        "REVIEW",
        "DRAFT",
        "SUBMITTED",
        "REVIEW",
        "ADMITTED",
        "SUSPENDED",
        "ADMITTED",
        "TERMINATED",
    ]
    assert (await world.record_types("data-exchange", f"partner/{partner['partner_id']}"))[
        0
    ] == "partner.drafted"
    await world.settle()
    assert (await world.fsck()).clean


@pytest.mark.law(GDS_34)
async def test_every_other_step_of_a_partner_is_refused_with_code_and_article(world: World) -> None:
    partner = await a_partner(world)
    path = f"/v1/partners/{partner['partner_id']}"
    acts = {
        "submission": (officer(world, 0), {}),
        "review": (officer(world, HOST), {}),
        "return": (officer(world, HOST), REASON),
        "admission": (officer(world, HOST), {}),
        "suspension": (head(world, HOST), REASON),
        "resumption": (head(world, HOST), {}),
        "termination": (head(world, HOST), REASON),
    }
    allowed = {
        "DRAFT": "submission",
        "SUBMITTED": "review",
        "REVIEW": "admission",
        "ADMITTED": "suspension",
        "SUSPENDED": "termination",
    }
    besides = {("REVIEW", "return"), ("ADMITTED", "termination"), ("SUSPENDED", "resumption")}

    wrong = []
    for state in [*allowed, "TERMINATED"]:
        for act, (client, order) in acts.items():
            if act != allowed.get(state) and (state, act) not in besides:
                answer = await client.post(f"{path}/{act}", json=order)
                body = answer.json()
                if (answer.status_code, body["code"], body["article"]) != (409, "DX_PARTNER_STATE", "GDS 34"):
                    wrong.append((state, act, body))
        if state in allowed:
            client, order = acts[allowed[state]]
            await done(client, f"{path}/{allowed[state]}", order)

    assert wrong == []


async def test_the_side_that_an_act_does_not_belong_to_is_refused(world: World) -> None:
    partner = await a_partner(world)
    path = f"/v1/partners/{partner['partner_id']}"

    others = await officer(world, HOST).post(f"{path}/submission", json={})
    third = await officer(world, 1).post(f"{path}/submission", json={})
    wrong_code = await officer(world, 1).post(
        "/v1/partners", json={"credit_code": CREDIT_CODES[0][:-1] + "0", "region": "310101", "level": 3}
    )

    assert (others.status_code, others.json()["code"]) == (403, "DX_ACT_OF_ANOTHER")
    assert third.status_code == 404
    assert (wrong_code.status_code, wrong_code.json()["code"]) == (422, "DX_CREDIT_CODE")


async def test_eight_admissions_at_once_admit_once(world: World) -> None:
    path = f"/v1/partners/{(await a_partner(world))['partner_id']}"
    await done(officer(world, 0), f"{path}/submission")
    await done(officer(world, HOST), f"{path}/review")

    answers = await asyncio.gather(
        *(officer(world, HOST).post(f"{path}/admission", json={}) for _ in range(8))
    )

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7


@pytest.mark.law(GDS_35_2)
async def test_production_takes_a_proven_key_a_young_report_and_two_people(world: World) -> None:
    system = await a_system(world)
    sandbox, now = SandboxKey(world), world.clock()
    reports = f"{system.path}/conformance-reports"
    own = officer(world, 0)

    too_old = await own.post(
        reports, json={"note": sandbox.report(system.application_id, tested_at=now - timedelta(days=180))}
    )
    failed = await own.post(
        reports, json={"note": sandbox.report(system.application_id, tested_at=now, passed=False)}
    )
    young = sandbox.report(system.application_id, tested_at=now - timedelta(days=179))
    passed = await done(own, reports, {"note": young})
    some = {"read_signed": instant(now)}
    lacking = sandbox.report(system.application_id, tested_at=now, results=some)
    foreign = sandbox.report(system.application_id, tested_at=now, list="another-list")
    incomplete = [await own.post(reports, json={"note": note}) for note in (lacking, foreign)]
    no_key = await officer(world, HOST).post(f"{system.path}/go-live-proposal", json={})
    await put(own, f"{system.path}/jwks", {"keys": [public_members(system.key, "k1")]})
    await prove(world, system, "k1", system.key)
    not_proposed = await head(world, HOST).post(f"{system.path}/go-live", json={})
    proposed = await done(officer(world, HOST), f"{system.path}/go-live-proposal")
    live = await done(head(world, HOST), f"{system.path}/go-live")

    codes = [answer.json()["code"] for answer in (too_old, failed, no_key, not_proposed)]
    assert codes == [
        "DX_REPORT_TOO_OLD",
        "DX_REPORT_UNREADABLE",
        "DX_KEY_PROOF_MISSING",
        "DX_GO_LIVE_NOT_PROPOSED",
    ]
    assert {(answer.status_code, answer.json()["code"]) for answer in incomplete} == {
        (422, "DX_REPORT_INCOMPLETE")
    }
    assert "KEY_ROLLED" in incomplete[0].json()["detail"]
    assert passed["state"] == "CONFORMANCE_PASSED"
    assert proposed["proposed_by"] != live["partner_id"]
    assert (live["state"], live["live_at"] is not None) == ("PRODUCTION", True)


async def test_a_report_that_grew_old_before_production_is_refused(world: World) -> None:
    system = await a_system_with_key(world)
    report = SandboxKey(world).report(system.application_id, tested_at=world.clock() - timedelta(days=178))
    await done(officer(world, 0), f"{system.path}/conformance-reports", {"note": report})
    await done(officer(world, HOST), f"{system.path}/go-live-proposal")
    world.clock.advance(days=2)

    answer = await head(world, HOST).post(f"{system.path}/go-live", json={})

    assert (answer.status_code, answer.json()["code"]) == (409, "DX_REPORT_TOO_OLD")


@pytest.mark.law(GDS_35_2)
async def test_every_other_step_of_an_application_is_refused_with_code_and_article(world: World) -> None:
    system = await a_live_system(world)
    wrong = [
        await officer(world, HOST).post(f"{system.path}/go-live-proposal", json={}),
        await head(world, HOST).post(f"{system.path}/go-live", json={}),
        await head(world, HOST).post(f"{system.path}/resumption", json={}),
    ]
    suspended = await done(head(world, HOST), f"{system.path}/suspension", REASON)
    wrong.append(await head(world, HOST).post(f"{system.path}/suspension", json=REASON))
    resumed = await done(head(world, HOST), f"{system.path}/resumption")
    ended = await done(head(world, HOST), f"{system.path}/termination", REASON)
    for act, order in (("suspension", REASON), ("resumption", {}), ("termination", REASON), ("go-live", {})):
        wrong.append(await head(world, HOST).post(f"{system.path}/{act}", json=order))

    assert [each["state"] for each in (suspended, resumed, ended)] == [
        "SUSPENDED",
        "PRODUCTION",
        "TERMINATED",
    ]
    assert {(answer.status_code, answer.json()["code"], answer.json()["article"]) for answer in wrong} == {
        (409, "DX_APPLICATION_STATE", "GDS 35(2)")
    }


async def test_keys_overlap_and_a_key_that_leaves_the_set_is_revoked(world: World) -> None:
    system, second = await a_system_with_key(world), Ed25519PrivateKey.generate()
    first_members, second_members = public_members(system.key, "k1"), public_members(second, "k2")
    own, path = officer(world, 0), f"{system.path}/jwks"

    both = (await put(own, path, {"keys": [first_members, second_members]})).json()
    wrong_proof = await prove(world, system, "k2", system.key)
    right_proof = await prove(world, system, "k2", second)
    again = await prove(world, system, "k2", second)
    one = (await put(own, path, {"keys": [second_members]})).json()
    reused = await put(own, path, {"keys": [first_members]})
    private = await put(own, path, {"keys": [second_members | {"d": "AA"}]})

    assert [(key["kid"], key["proven_at"] is not None) for key in both["keys"]] == [
        ("k1", True),
        ("k2", False),
    ]
    assert [(key["kid"], key["revoked_at"] is not None) for key in one["keys"]] == [
        ("k1", True),
        ("k2", False),
    ]
    assert right_proof.status_code == 201
    codes = [answer.json()["code"] for answer in (wrong_proof, again, reused, private)]
    assert codes == ["DX_KEY_PROOF_WRONG", "DX_KEY_STATE", "DX_KEY_ID_USED", "DX_KEY_UNUSABLE"]


async def test_a_challenge_is_good_once_and_for_ten_minutes(world: World) -> None:
    system = await a_system(world)
    await put(officer(world, 0), f"{system.path}/jwks", {"keys": [public_members(system.key, "k1")]})
    challenge = await done(officer(world, 0), f"{system.path}/key-challenges")
    world.clock.advance(minutes=10)
    late = {"nonce": challenge["nonce"], "signature": "AAAA"}

    answer = await officer(world, 0).post(f"{system.path}/keys/k1/proof", json=late)

    assert (answer.status_code, answer.json()["code"]) == (422, "DX_KEY_PROOF_WRONG")


async def test_eight_revocations_at_once_revoke_once(world: World) -> None:
    system = await a_system_with_key(world)
    path = f"{system.path}/keys/k1/revocations"

    answers = await asyncio.gather(
        *(officer(world, 0).post(path, json={"reason": "COMPROMISED"}) for _ in range(8))
    )

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7


@pytest.mark.law(GDS_20, GDS_25)
async def test_an_agreement_and_a_purpose_live_from_draft_to_archive(world: World) -> None:
    system = await a_system(world)
    agreement = await an_agreement(world, system)
    purpose = await a_purpose(world, system, agreement)
    grants = {
        f"/v1/purposes/{purpose['purpose_id']}": "GDS 20",
        f"/v1/agreements/{agreement['agreement_id']}": "GDS 20",
    }

    for path, article in grants.items():
        wrong = [
            await head(world, 1).post(f"{path}/approval", json={}),
            await head(world, 1).post(f"{path}/resumption", json={}),
        ]
        states = [
            (await done(client, f"{path}/{act}", order))["state"]
            for client, act, order in (
                (head(world, 0), "suspension", REASON),
                (head(world, 1), "resumption", {}),
                (head(world, 1), "archiving", {}),
            )
        ]
        wrong.append(await head(world, 1).post(f"{path}/archiving", json={}))
        assert states == ["SUSPENDED", "ACTIVE", "ARCHIVED"]
        found = {(answer.status_code, answer.json()["code"], answer.json()["article"]) for answer in wrong}
        assert found == {(409, "DX_GRANT_STATE", article)}
    await world.settle()
    assert (await world.fsck()).clean


@pytest.mark.law(GDS_20, GDS_25)
async def test_what_is_asked_stays_within_what_may_be_given(world: World) -> None:
    system = await a_system(world)
    own, to = officer(world, 0), world.demo.agencies[0]["id"]
    orders: list[dict[str, Any]] = [
        {"to_agency_id": to},
        {"valid_until": "2020-01-01"},
    ]
    refused = [await own.post("/v1/agreements", json=agreement_order(world, system, **o)) for o in orders]
    drafted = await done(own, "/v1/agreements", agreement_order(world, system))
    purposes = f"/v1/agreements/{drafted['agreement_id']}/purposes"
    too_many = await own.post(purposes, json=PURPOSE | {"daily_calls": 1001})
    purpose = await done(own, purposes, dict(PURPOSE))
    path = f"/v1/purposes/{purpose['purpose_id']}"
    await done(own, f"{path}/submission")
    too_early = await head(world, 1).post(f"{path}/approval", json={})
    rejection = {"reason": "无权", "basis": {"name": "政务数据共享条例", "article": "第二十五条"}}
    rejected = await done(head(world, 1), f"{path}/rejection", rejection)
    agreement = f"/v1/agreements/{drafted['agreement_id']}"
    await done(head(world, 0), f"{agreement}/submission")
    refused_agreement = await done(head(world, 1), f"{agreement}/rejection", rejection)

    assert [answer.json()["code"] for answer in refused] == ["DX_SAME_AGENCY", "DX_VALIDITY_ENDS_FIRST"]
    assert (too_many.json()["code"], too_early.json()["code"]) == (
        "DX_CALLS_TOO_MANY",
        "DX_PURPOSE_BEFORE_AGREEMENT",
    )
    assert (too_early.json()["article"], rejected["state"]) == ("GDS 25", "REJECTED")
    assert refused_agreement["state"] == "REJECTED"


async def test_a_suspended_partner_registers_no_application(world: World) -> None:
    partner = await an_admitted_partner(world)
    path = f"/v1/partners/{partner['partner_id']}"
    await done(head(world, HOST), f"{path}/suspension", REASON)

    answer = await officer(world, 0).post(f"{path}/applications", json={})

    assert (answer.status_code, answer.json()["code"]) == (409, "DX_PARTNER_STATE")
