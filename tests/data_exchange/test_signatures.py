"""The calls of a partner's system are signed, and so is every answer; each fault has its own code."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import uuid
from typing import Any

import http_sf
import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from common.calls.jwk import unb64url
from common.values.ids import AgreementId, PurposeId
from tests.data_exchange.partners import (
    HOST,
    LIVE,
    Line,
    Signature,
    a_line,
    a_live_system,
    a_purpose,
    a_system_with_key,
    a_token,
    an_agreement,
    details_of,
    digest,
    done,
    head,
    officer,
    public_members,
    put,
    seconds,
)
from tests.snapshots import PEOPLE
from tests.world import BASE_URL, World

pytestmark = LIVE
PATH = "/v1/assistance-requests"
ALL = ["@method", "@authority", "@path", "content-type", "content-digest", "idempotency-key"]
GRANTS = ["mingzheng-agreement", "mingzheng-purpose"]


def an_order(world: World) -> dict[str, Any]:
    """A request about nobody: it needs no open case."""
    return {
        "to_agency_id": world.agencies[1],
        "purpose": "STATISTICS",
        "basis": [{"name": "中华人民共和国行政处罚法", "article": "第二十六条"}],
        "subject": "核实",
        "reason": "核实事实",
        "items": ["记录"],
        "contact": "值班室",
    }


async def keys_of(world: World) -> dict[str, Ed25519PublicKey]:
    """The platform's keys for answers, as a partner fetches them."""
    answer = await world.anonymous.get("/v1/public/answer-keys")
    assert answer.is_success, answer.text
    keys = answer.json()["keys"]
    return {key["kid"]: Ed25519PublicKey.from_public_bytes(unb64url(key["x"])) for key in keys}


async def require_signed(world: World, answer: httpx.Response) -> None:
    """The answer's signature holds over its own bytes and over the request that it answers."""
    request = answer.request
    assert answer.headers["content-digest"] == digest(answer.content)
    members, parameters = http_sf.parse(answer.headers["signature-input"].encode(), tltype="dictionary")[
        "platform"
    ]
    lines = [f"{http_sf.ser((v, p))}: {_value(answer, request, v, p)}" for v, p in members]
    inner = answer.headers["signature-input"].partition("=")[2]
    base = "\n".join([*lines, f'"@signature-params": {inner}'])
    signature = http_sf.parse(answer.headers["signature"].encode(), tltype="dictionary")["platform"][0]
    (await keys_of(world))[parameters["keyid"]].verify(signature, base.encode())
    assert (parameters["tag"], abs(parameters["created"] - seconds()) < 60) == ("mingzheng-res-v1", True)


def _value(answer: httpx.Response, request: httpx.Request, name: str, parameters: dict[str, Any]) -> str:
    target = request.url.raw_path.decode()
    if not parameters.get("req"):
        return str(answer.status_code) if name == "@status" else answer.headers[name]
    if name == "signature":
        return request.headers["signature"].partition("=")[2]
    derived = {
        "@method": request.method,
        "@authority": BASE_URL.removeprefix("http://"),
        "@path": target.partition("?")[0],
        "@query": "?" + target.partition("?")[2],
    }
    return derived.get(name) or request.headers[name]


async def test_a_signed_call_is_answered_with_a_signature_over_both(world: World) -> None:
    line = await a_line(world)

    answer = await line.call("POST", PATH, an_order(world))

    assert (answer.status_code, answer.json()["state"]) == (201, "SENT"), answer.text
    await require_signed(world, answer)
    assert answer.headers["mingzheng-receipt"].startswith("/v1/receipts/")
    assert '"mingzheng-receipt"' in answer.headers["signature-input"]
    assert '"signature";req;key="partner"' in answer.headers["signature-input"]
    record = answer.headers["mingzheng-record"]
    async with world.database("data-exchange") as conn:
        note = await conn.fetchval(
            "SELECT convert_from(note, 'utf8') FROM outbox WHERE record_id = $1", record
        )
    assert f'"actor":"partner:{line.system.application_id}"' in note


async def test_an_answer_to_a_bug_of_ours_is_signed_and_says_nothing(world: World) -> None:
    line = await a_line(world)
    exchange = (await line.call("POST", PATH, an_order(world))).json()["exchange_id"]
    async with world.database("data-exchange") as conn:
        # A row that no version of ours can have written: reading it raises what no rule foresees.
        await conn.execute("ALTER TABLE exchanges DROP CONSTRAINT exchanges_kind_check")
        await conn.execute("ALTER TABLE exchanges DISABLE TRIGGER ALL")
        await conn.execute("UPDATE exchanges SET kind = 'NONSENSE' WHERE id = $1", exchange)

    answer = await line.call("GET", f"/v1/exchanges/{exchange}")

    assert (answer.status_code, answer.json()["code"]) == (500, "INTERNAL")
    assert "NONSENSE" not in answer.text
    assert answer.json()["trace_id"] != "0" * 32
    await require_signed(world, answer)


async def test_an_officer_signs_nothing_and_gets_no_signature(world: World) -> None:
    answer = await officer(world, 0).post(PATH, json=an_order(world))

    assert (answer.status_code, "signature" in answer.headers) == (201, False)


async def test_a_list_is_signed_with_its_query(world: World) -> None:
    line = await a_line(world)

    answer = await line.call("GET", "/v1/exchanges?limit=1")
    forgotten = await line.call(
        "GET",
        "/v1/exchanges?limit=1",
        signature=Signature(components=["@method", "@authority", "@path", *GRANTS]),
    )

    assert answer.status_code == 200, answer.text
    await require_signed(world, answer)
    assert (forgotten.json()["code"], forgotten.json()["facts"]["header"]) == (
        "DX_COMPONENT_UNCOVERED",
        "@query",
    )


def faults(world: World, line: Line) -> dict[str, dict[str, Any]]:
    """One faulty call for each code: how it differs from a good one."""
    nobody, now = Ed25519PrivateKey.generate(), seconds()
    other = str(AgreementId.new(world.clock()))
    return {
        "DX_SIGNATURE_MISSING": {"over": {"signature": None, "signature-input": None}},
        "DX_SIGNATURE_INPUT_MISSING": {"over": {"signature-input": None}},
        "DX_SIGNATURE_BYTES_MISSING": {"over": {"signature": None}},
        "DX_SIGNATURE_INPUT_UNREADABLE": {"over": {"signature-input": "partner=("}},
        "DX_SIGNATURE_UNREADABLE": {"over": {"signature": "partner=:"}},
        "DX_SIGNATURE_LABEL_WRONG": {"signature": Signature(label="sig1")},
        "DX_SIGNATURE_LABELS_DIFFER": {"over": {"signature": "sig1=:AAAA:"}},
        "DX_SIGNATURE_FORM_WRONG": {"over": {"signature": "partner=1"}},
        "DX_SIGNATURE_ALGORITHM_WRONG": {"signature": _with(alg="ecdsa-p256-sha256")},
        "DX_SIGNATURE_TAG_WRONG": {"signature": _with(tag="other")},
        "DX_SIGNATURE_EXPIRED": {"signature": _with(created=now - 400, expires=now - 200)},
        "DX_SIGNATURE_TOO_LONG": {"signature": _with(expires=now + 900)},
        "DX_SIGNATURE_WRONG": {"signature": Signature(key=nobody)},
        "DX_CREATED_MISSING": {"signature": _with(created=None)},
        "DX_CREATED_IN_FUTURE": {"signature": _with(created=now + 200, expires=now + 250)},
        "DX_EXPIRES_MISSING": {"signature": _with(expires=None)},
        "DX_EXPIRES_FIRST": {"signature": _with(expires=now - 1)},
        "DX_KEYID_MISSING": {"signature": _with(keyid=None)},
        "DX_KEY_UNKNOWN": {"signature": _with(keyid="k9")},
        "DX_KEY_UNPROVEN": {"signature": _with(keyid="k2")},
        "DX_NONCE_MISSING": {"signature": _with(nonce=None)},
        "DX_NONCE_TOO_SHORT": {"signature": _with(nonce="AAAA")},
        "DX_NONCE_FORM_WRONG": {"signature": _with(nonce="a b c d e f g h i j k l m n o p")},
        "DX_PARAMETER_UNKNOWN": {"signature": _with(more=1)},
        "DX_COMPONENT_UNCOVERED": {"signature": Signature(components=["@method", "@path", *GRANTS])},
        "DX_COMPONENT_UNKNOWN": {"signature": Signature(components=[*ALL, *GRANTS, "@other"])},
        "DX_COMPONENT_ABSENT": {"signature": Signature(components=[*ALL, *GRANTS, "date"])},
        "DX_COMPONENT_TWICE": {"signature": Signature(components=[*ALL, *GRANTS, "@path"])},
        "DX_COMPONENT_FORM_WRONG": {"signature": Signature(components=[*ALL, *GRANTS, "Date"])},
        "DX_DIGEST_MISSING": {
            "sent": {"content-digest": None},
            "signature": Signature(components=[*ALL[:4], "idempotency-key", *GRANTS]),
        },
        "DX_DIGEST_UNREADABLE": {"sent": {"content-digest": "sha-256="}},
        "DX_DIGEST_ALGORITHM_WRONG": {"sent": {"content-digest": "sha-512=:AAAA:"}},
        "DX_DIGEST_DIFFERS": {"sent": {"content-digest": digest(b"other")}},
        "DX_AGREEMENT_MISSING": {
            "sent": {"mingzheng-agreement": None},
            "signature": Signature(components=[*ALL, "mingzheng-purpose"]),
        },
        "DX_AGREEMENT_DIFFERS": {"sent": {"mingzheng-agreement": other}},
        "DX_PURPOSE_MISSING": {
            "sent": {"mingzheng-purpose": None},
            "signature": Signature(components=[*ALL, "mingzheng-agreement"]),
        },
        "DX_PURPOSE_DIFFERS": {"sent": {"mingzheng-purpose": str(PurposeId.new(world.clock()))}},
        "DX_CASE_DIFFERS": {"sent": {"mingzheng-case": "2026-1"}},
        "DX_ON_BEHALF_DIFFERS": {"sent": {"mingzheng-on-behalf-of": "somebody"}},
    }


def _with(**parameters: Any) -> Signature:
    return Signature(parameters=parameters)


async def test_every_fault_of_signature_digest_and_purpose_has_its_own_code(world: World) -> None:
    line = await a_line(world)
    second = public_members(Ed25519PrivateKey.generate(), "k2")
    keys = {"keys": [public_members(line.system.key, "k1"), second]}
    assert (await put(officer(world, 0), f"{line.system.path}/jwks", keys)).is_success
    before = await world.record_types("data-exchange", "exchange/%")

    given: dict[str, str] = {}
    for code, changes in faults(world, line).items():
        # A component that must be covered is left out only where that is the fault.
        answer = await line.call("POST", PATH, an_order(world), **changes)
        body = answer.json()
        assert "code" in body, (code, answer.text)
        given[code] = body["code"]
        assert {"header", "expected", "received", "server_time"} <= body["facts"].keys(), body
        assert answer.status_code in (400, 401, 403)
        await require_signed(world, answer)

    wanted = {code: code for code in given} | {"DX_DIGEST_MISSING": "DX_COMPONENT_UNCOVERED"}
    wanted |= {
        "DX_AGREEMENT_MISSING": "DX_COMPONENT_UNCOVERED",
        "DX_PURPOSE_MISSING": "DX_COMPONENT_UNCOVERED",
    }
    assert given == wanted
    assert len(given) >= 36
    assert await world.record_types("data-exchange", "exchange/%") == before


async def test_a_nonce_is_used_once_whoever_is_first(world: World) -> None:
    line = await a_line(world)
    nonce = base64.urlsafe_b64encode(hashlib.sha256(uuid.uuid4().bytes).digest()[:18]).decode()
    key = uuid.uuid4().hex

    answers = await asyncio.gather(
        *(
            line.call(
                "POST",
                PATH,
                an_order(world),
                signature=_with(nonce=nonce),
                sent={"idempotency-key": key + str(n)},
            )
            for n in range(8)
        )
    )

    assert sorted(answer.status_code for answer in answers) == [201] + [401] * 7
    assert {answer.json().get("code") for answer in answers} == {None, "DX_NONCE_USED"}


async def test_a_revoked_key_and_a_suspended_grant_are_refused_at_once(world: World) -> None:
    line = await a_line(world)
    agreement = f"/v1/agreements/{line.agreement['agreement_id']}"
    purpose = f"/v1/purposes/{line.purpose['purpose_id']}"
    reason = {"reason": "核查"}

    codes = []
    await done(head(world, 1), f"{purpose}/suspension", reason)
    codes.append((await line.call("POST", PATH, an_order(world))).json()["code"])
    await done(head(world, 1), f"{agreement}/suspension", reason)
    codes.append((await line.call("POST", PATH, an_order(world))).json()["code"])
    await done(head(world, 1), f"{agreement}/resumption")
    await done(head(world, 1), f"{purpose}/resumption")
    good = await line.call("POST", PATH, an_order(world))
    await done(officer(world, 0), f"{line.system.path}/keys/k1/revocations", {"reason": "COMPROMISED"})
    codes.append((await line.call("POST", PATH, an_order(world))).json()["code"])
    await done(head(world, HOST), f"{line.system.path}/suspension", reason)
    stopped = (await line.call("POST", PATH, an_order(world))).json()["code"]

    assert good.status_code == 201
    assert codes == [
        "DX_PURPOSE_NOT_ACTIVE",
        "DX_AGREEMENT_NOT_ACTIVE",
        "DX_KEY_REVOKED",
    ]
    # The gateway asks about a system every ten seconds: it may know already.
    assert stopped in ("DX_APPLICATION_STOPPED", "APPLICATION_SUSPENDED")


async def test_a_call_outside_what_was_agreed_is_refused(world: World) -> None:
    line = await a_line(world, services=["COMPARISONS"])
    another = await an_agreement(world, line.system)
    elsewhere = await a_purpose(world, line.system, another)

    not_agreed = await line.call("POST", PATH, an_order(world))
    mixed = Line(world, line.system, line.token, line.agreement, elsewhere)
    differs = await mixed.call("POST", PATH, an_order(world))
    world.clock.advance(days=366)
    over = await line.call("POST", PATH, an_order(world))

    codes = [answer.json()["code"] for answer in (not_agreed, differs, over)]
    assert codes == ["DX_SERVICE_NOT_AGREED", "DX_PURPOSE_DIFFERS", "DX_AGREEMENT_OVER"]


@pytest.mark.begins(PEOPLE)
async def test_an_application_in_the_sandbox_calls_no_service_of_an_agreement(world: World) -> None:
    line = await a_line(world, await a_system_with_key(world))

    call = await line.call("POST", PATH, an_order(world))
    allowed = await line.call("GET", "/v1/catalog/allowed")

    assert (call.status_code, call.json()["code"]) == (401, "DX_APPLICATION_NOT_LIVE")
    assert (allowed.status_code, allowed.json()["state"]) == (200, "SANDBOX")


async def test_the_case_of_the_token_is_the_case_of_the_call(world: World) -> None:
    line = await a_line(world)
    line.token = await a_token(world, line.system, details_of(line.agreement, line.purpose, case_no="2026-1"))

    missing = await line.call("POST", PATH, an_order(world))
    named = await line.call("POST", PATH, an_order(world), sent={"mingzheng-case": "2026-1"})

    assert (missing.json()["code"], named.status_code) == ("DX_CASE_MISSING", 201)


async def test_a_system_learns_what_it_may_call(world: World) -> None:
    system = await a_live_system(world)
    line = await a_line(world, system)

    answer = await line.call("GET", "/v1/catalog/allowed")

    body = answer.json()
    grant = body["grants"][0]
    assert (body["application_id"], grant["agreement"]["state"]) == (system.application_id, "ACTIVE")
    assert [each["purpose_id"] for each in grant["purposes"]] == [line.purpose["purpose_id"]]
    operations = {(each["method"], each["path"]): each["components"] for each in grant["operations"]}
    assert operations["POST", PATH] == [*ALL, *GRANTS]
    assert ("GET", "/v1/exchanges/{exchange_id}") in {(e["method"], e["path"]) for e in body["always"]}
    await require_signed(world, answer)


async def test_a_system_reads_the_feed_of_its_agency_under_an_agreement_about_events(world: World) -> None:
    system = await a_live_system(world)
    without = await an_agreement(world, system)
    purpose = await a_purpose(world, system, without)
    line = await a_line(world, system, services=["ASSISTANCE", "EVENTS"])
    other = Line(world, system, await a_token(world, system, details_of(without, purpose)), without, purpose)
    sent = await line.call("POST", PATH, an_order(world))
    await world.settle()

    feed = await line.call("GET", "/v1/events?limit=500")
    not_agreed = await other.call("GET", "/v1/events?limit=500")

    events = feed.json()["items"]
    assert f"exchange/{sent.json()['exchange_id']}" in {event["subject"] for event in events}
    owners = [{event["data"]["agency_id"], event["data"]["other_agency_id"]} for event in events]
    assert all(world.agencies[0] in sides for sides in owners)
    await require_signed(world, feed)
    assert (not_agreed.status_code, not_agreed.json()["code"]) == (403, "DX_SERVICE_NOT_AGREED")
    allowed = (await line.call("GET", "/v1/catalog/allowed")).json()["grants"]
    opened = {(each["method"], each["path"]) for grant in allowed for each in grant["operations"]}
    assert ("GET", "/v1/events") in opened
