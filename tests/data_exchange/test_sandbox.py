"""A partner's system in the sandbox: from its first signed call to a report that production takes."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import TypeAdapter

from common.values.law import GDS_35_2
from data_exchange.domain.checklist import CHECKS, NAME, VERSION
from data_exchange.domain.registers import Register
from data_exchange.wire.reports import SANDBOXES
from ledger.clock import real_time
from mz.demo.bureau import TRIAL_REGISTER
from mz.operate.datadir import read
from outsiders import register
from outsiders.register import MAGIC
from tests.case.story import OPENED, Story
from tests.data_exchange.given import assistance
from tests.data_exchange.given_uses import POLICE
from tests.data_exchange.partners import (
    HOST,
    Line,
    Signature,
    System,
    a_line,
    a_system_with_key,
    a_token,
    done,
    head,
    officer,
    prove,
    public_members,
    put,
)
from tests.data_exchange.test_webhooks import a_partner
from tests.snapshots import PEOPLE, Place, Snapshots
from tests.world import World

SCOPE: Final[dict[str, Any]] = {
    "services": ["ASSISTANCE", "COMPARISONS", "EVENTS"],
    "fields": [{"pointer": "/owner/name", "transform": "PASS", "clause": "3"}],
    "valid_until": "2035-12-31",
}
PURPOSE: Final = {"code": "IDENTIFY_PARTY"}
OWN_CASE: Final = "case of the tried system"
WITHOUT_GRANT: Final[dict[str, str | None]] = {"mingzheng-agreement": None, "mingzheng-purpose": None}


async def _becomes_a_sandbox(world: World) -> None:
    """The folder is one of a sandbox; the worlds that begin here are sandboxes."""
    world.installation.d.mark_sandbox()


SANDBOX: Final = Place(OPENED, _becomes_a_sandbox)


@pytest.mark.slow
@pytest.mark.begins("sandbox", SANDBOX)
@pytest.mark.law(GDS_35_2)
async def test_a_system_passes_the_whole_checklist_and_its_report_leads_into_production(
    world: World, snapshots: Snapshots
) -> None:
    line = await a_tried_line(world)
    begun = (await line.call("GET", "/v1/sandbox/checklist")).json()
    early = await line.call("POST", "/v1/sandbox/reports", {"application_id": line.system.application_id})

    await reads_and_writes(line)
    await loses_an_answer(line)
    await is_told_the_time(line)
    await follows_events(line)
    await takes_hints(line)
    await has_receipts(line)
    await compares(line)
    second = await rolls_its_key(line)

    ended = (await line.call("GET", "/v1/sandbox/checklist", signature=signed_by(second))).json()
    assert begun["missing"] == [check.name for check in CHECKS]
    assert (early.status_code, early.json()["code"]) == (409, "DX_CHECKS_MISSING")
    assert early.json()["article"] == "GDS 35(2)"
    assert "READ_SIGNED" in early.json()["detail"]
    assert ended["missing"] == [], ended
    assert (ended["name"], ended["version"]) == (NAME, VERSION)
    assert all(check["passed_at"] and check["to_do_zh"] and check["to_do_en"] for check in ended["checks"])
    await world.settle(slow_jobs=False)
    assert (await world.fsck()).clean
    async with snapshots.world(PEOPLE) as production:
        await goes_live(production, line, second)


async def reads_and_writes(line: Line) -> None:
    """Two requests for assistance, and the list of them page by page."""
    for _ in range(2):
        await asks(line)
    page = (await line.call("GET", "/v1/exchanges?limit=1")).json()
    while page["next_cursor"]:
        page = (await line.call("GET", f"/v1/exchanges?limit=1&cursor={page['next_cursor']}")).json()


async def loses_an_answer(line: Line) -> None:
    """The request was made; the repeat with its key gets the answer, and there is no second one."""
    before = len((await line.call("GET", "/v1/exchanges?limit=200")).json()["items"])
    await arm(line, "LOST_ANSWER")
    key = {"idempotency-key": "the-lost-one-0001"}
    order = an_order(line)

    lost = await line.call("POST", "/v1/assistance-requests", order, sent=dict(key))
    again = await line.call("POST", "/v1/assistance-requests", order, sent=dict(key))

    assert (lost.status_code, lost.headers["mingzheng-error-source"]) == (503, "gateway")
    assert "signature" not in lost.headers
    assert again.status_code == 201, again.text
    after = (await line.call("GET", "/v1/exchanges?limit=200")).json()["items"]
    assert len(after) == before + 1


async def is_told_the_time(line: Line) -> None:
    """The refusal is signed and names the time of the server; the call after it is good."""
    await arm(line, "CLOCK_SKEW")
    skewed = await line.call("GET", "/v1/exchanges")
    mended = await line.call("GET", "/v1/exchanges")
    await arm(line, "EXPIRED_KEY")
    expired = await line.call("GET", "/v1/exchanges")
    await arm(line, "LEDGER_BEHIND")
    behind = await line.call("GET", "/v1/exchanges")

    answers = [(a.status_code, a.json().get("code")) for a in (skewed, mended, expired, behind)]
    assert answers == [
        (401, "DX_SIGNATURE_EXPIRED"),
        (200, None),
        (401, "DX_KEYS_STALE"),
        (503, "DX_LEDGER_BEHIND"),
    ]
    assert "signature" in skewed.headers
    assert {a.headers["mingzheng-sandbox"] for a in (skewed, mended, behind)} == {"1"}
    assert behind.headers["retry-after"] == "2"


async def follows_events(line: Line) -> None:
    await line.world.settle(slow_jobs=False)
    feed = (await line.call("GET", "/v1/events")).json()
    assert feed["items"]
    await line.call("GET", f"/v1/events?after={feed['next_cursor']}")


async def takes_hints(line: Line) -> None:
    """A challenge, a hint that comes twice, and a forged one, which the partner refuses."""
    async with a_partner() as partner:
        named = await line.call("POST", "/v1/webhook-endpoints", {"url": partner.url})
        assert named.status_code == 201, named.text
        partner.secret = named.json()["secret"]
        await line.world.settle(slow_jobs=False)
        for fault in ("DUPLICATE_WEBHOOK", "FORGED_WEBHOOK"):
            await arm(line, fault)
            await asks(line)
            await line.world.settle(slow_jobs=False)
        first, second, _, forged = partner.ids()
        assert first == second
        assert forged.startswith("forged_")
        await arm(line, "REORDERED_EVENTS")
        await asks(line)
        await asks(line)
        await line.world.settle(slow_jobs=False)
        assert len(partner.ids()) == 6
        assert partner.ids()[4] > partner.ids()[5]


async def has_receipts(line: Line) -> None:
    """The receipt of the other side's act, fetched and acknowledged."""
    exchange = await asks(line)
    path = f"/v1/exchanges/{exchange['exchange_id']}/acknowledgement"
    acted = await officer(line.world, POLICE).post(path, json={})
    receipt = f"/v1/receipts/{acted.headers['mingzheng-record']}"
    leaf = {"leaf_hash": (await line.call("GET", receipt)).json()["leaf_hash"]}
    acknowledged = await line.call("POST", f"{receipt}/acknowledgements", leaf)
    assert acknowledged.status_code == 201, acknowledged.text


async def compares(line: Line) -> None:
    """A match with withheld fields, no match, the magic endings, and a refusal that is mended."""
    plates = MAGIC["plate"]
    refused = await line.call("POST", "/v1/comparisons", question(line, plates["match"], case_id=None))
    answers = {
        name: await line.call("POST", "/v1/comparisons", question(line, plates[name]))
        for name in ("match", "no_match", "ambiguous", "failing", "refusing")
    }

    assert refused.status_code == 403, refused.text
    verdicts = {name: answers[name].json().get("verdict") for name in ("match", "no_match", "ambiguous")}
    assert verdicts == {"match": "MATCH", "no_match": "NO_MATCH", "ambiguous": "AMBIGUOUS"}
    assert answers["match"].json()["withheld"]
    away = {(answers[name].status_code, answers[name].json()["code"]) for name in ("failing", "refusing")}
    assert away == {(503, "DX_REGISTER_UNAVAILABLE")}


async def rolls_its_key(line: Line) -> System:
    """The system with its second key, after the first was revoked. Tokens live on for their 300 s."""
    world, system = line.world, line.system
    second = replace(system, key=Ed25519PrivateKey.generate(), kid="k2")
    keys = [public_members(each.key, each.kid) for each in (system, second)]
    await put(officer(world, 0), f"{system.path}/jwks", {"keys": keys})
    assert (await prove(world, system, "k2", second.key)).is_success
    assert (await line.call("GET", "/v1/exchanges", signature=signed_by(second))).is_success
    await done(officer(world, 0), f"{system.path}/keys/k1/revocations", {"reason": "REPLACED"})
    old = await line.call("GET", "/v1/exchanges")
    assert (await line.call("GET", "/v1/exchanges", signature=signed_by(second))).is_success
    assert (old.status_code, old.json()["code"]) == (401, "DX_KEY_REVOKED")
    return second


def signed_by(system: System) -> Signature:
    return Signature(key=system.key, parameters={"keyid": system.kid})


async def goes_live(production: World, line: Line, second: System) -> None:
    """Production knows the sandbox by its key, takes its report about the system's own id there, and has no sandbox."""
    vkey = read(line.world.installation.d.sandbox)["vkey"]
    (production.runtimes["data-exchange"].settings.keys / SANDBOXES).write_text(f"{vkey}\n")
    system = await a_system_with_key(production)
    other = Line(
        production, system, await a_token(production, system), {"agreement_id": ""}, {"purpose_id": ""}
    )
    named = {"application_id": system.application_id}
    calls: list[tuple[str, str, Any]] = [
        ("GET", "checklist", None),
        ("POST", "clock", {"working_days": 1}),
        ("POST", "faults", {"fault": "LOST_ANSWER"}),
        ("POST", "reports", named),
    ]
    for method, name, order in calls:
        refused = await other.call(method, f"/v1/sandbox/{name}", order, sent=dict(WITHOUT_GRANT))
        assert (refused.status_code, refused.json()["code"]) == (403, "DX_NO_SANDBOX"), refused.text
        assert "mingzheng-sandbox" not in refused.headers
    answer = await line.call("POST", "/v1/sandbox/reports", named, signature=signed_by(second))
    note = answer.json()["note"]
    # The report is dated by the real time, as the clock of a production is.
    production.clock.to(real_time() + timedelta(seconds=1))
    reports = f"{system.path}/conformance-reports"
    taken = await officer(production, 0).post(reports, json={"note": note})
    assert (taken.status_code, taken.json()["state"]) == (201, "CONFORMANCE_PASSED"), taken.text
    await done(officer(production, HOST), f"{system.path}/go-live-proposal")
    assert (await done(head(production, HOST), f"{system.path}/go-live"))["state"] == "PRODUCTION"


@pytest.mark.begins("sandbox", SANDBOX)
async def test_the_clock_of_the_sandbox_shows_a_silence_and_what_follows_it(world: World) -> None:
    line = await a_tried_line(world)
    exchange = await asks(line)
    pressures = []
    for days in (6, 4, 4):
        moved = await line.call("POST", "/v1/sandbox/clock", {"working_days": days})
        assert moved.status_code == 201, moved.text
        await world.settle()
        shown = await line.call("GET", f"/v1/exchanges/{exchange['exchange_id']}")
        pressures.append(shown.json()["pressure"])

    while (beyond := await line.call("POST", "/v1/sandbox/clock", {"working_days": 60})).is_success:
        continue

    assert pressures == ["URGED", "URGED_TWICE", "ESCALATED"]
    assert (beyond.status_code, beyond.json()["code"]) == (409, "DX_CLOCK_UNPUBLISHED")


async def a_tried_line(world: World) -> Line:
    """A system in the sandbox, with all that its calls need, and the trial register."""
    await a_trial(world)
    return await a_line(world, await a_system_with_key(world), to=POLICE, purpose=PURPOSE, **SCOPE)


async def a_trial(world: World) -> None:
    """The trial register behind the sandbox, and an open case for which a system may ask."""
    runtime = world.runtimes["data-exchange"]
    entry = json.dumps(TRIAL_REGISTER | {"url": "http://register.test/lookups"})
    runtime.registers["trial"] = TypeAdapter(Register).validate_json(entry)
    runtime.outside["trial"] = httpx.ASGITransport(register.create())
    world.ready[OWN_CASE] = (await Story(world).opened()).case_id


def an_order(line: Line) -> dict[str, Any]:
    """An order for assistance to the agency of the agreement, for the purpose that was approved."""
    asked = line.world.demo.agencies[POLICE]["id"]
    return assistance(
        line.world, to_agency_id=asked, purpose="IDENTIFY_PARTY", case_id=line.world.ready[OWN_CASE]
    )


async def asks(line: Line) -> dict[str, Any]:
    answer = await line.call("POST", "/v1/assistance-requests", an_order(line))
    assert answer.status_code == 201, answer.text
    exchange: dict[str, Any] = answer.json()
    return exchange


async def arm(line: Line, fault: str) -> None:
    armed = await line.call("POST", "/v1/sandbox/faults", {"fault": fault})
    assert (armed.status_code, armed.json()["armed"]) == (201, [fault]), armed.text


def question(line: Line, plate: str, **changes: Any) -> dict[str, Any]:
    """An order for the owner of a plate, for the open case of the world."""
    order: dict[str, Any] = {
        "kind": "PLATE_OWNER",
        "purpose": "IDENTIFY_PARTY",
        "basis": [{"name": "中华人民共和国行政处罚法", "article": "第二十六条"}],
        "subject": {"kind": "PLATE", "value": plate},
        "case_id": line.world.ready[OWN_CASE],
    }
    return {name: value for name, value in (order | changes).items() if value is not None}
