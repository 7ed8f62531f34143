"""A partner's system compares under its agreement: it gets no more than register and agreement both let through."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from hashlib import sha256
from typing import Any

import http_sf
import httpx
import pytest

from common.values.ids import CaseId
from common.values.law import GDS_20, GDS_25, NJ_17, PIPL_6
from tests.case.story import OPENED, Story
from tests.data_exchange.given_uses import POLICE
from tests.data_exchange.partners import (
    Line,
    a_line,
    a_live_system,
    a_purpose,
    a_token,
    an_agreement,
    details_of,
    done,
    head,
)
from tests.data_exchange.registers import PERSON, PLATE, a_question, a_register, ask
from tests.data_exchange.test_signatures import require_signed
from tests.world import World

PATH = "/v1/comparisons"
BATCHES = "/v1/comparison-batches"
IDENTIFY = {"code": "IDENTIFY_PARTY"}
FIELDS = [
    {"pointer": "/owner/name", "transform": "MASK", "clause": "4.1"},
    {"pointer": "/owner/id", "transform": "MASK", "clause": "4.2"},
    {"pointer": "/vehicle/weight", "transform": "BUCKET", "clause": "4.3", "step": 300},
    {"pointer": "/photo", "transform": "PASS", "clause": "4.4"},
    {"pointer": "/district", "transform": "PASS", "clause": "4.4"},
]


async def a_comparing_line(world: World, **changes: Any) -> Line:
    """A system of the first agency under an agreement with the police, which keep the register."""
    scope = {"to": POLICE, "purpose": IDENTIFY, "services": ["COMPARISONS"], "fields": FIELDS}
    return await a_line(world, **(scope | changes))


async def several_lines(world: World, orders: dict[str, dict[str, Any]]) -> dict[str, Line]:
    """A line of one system for each order. All is agreed first: the gateway learns of an agreement within 10 s."""
    system, granted = await a_live_system(world), {}
    for name, changes in orders.items():
        scope = {"to": POLICE, "services": ["COMPARISONS"], "fields": FIELDS} | changes
        agreement = await an_agreement(world, system, **scope)
        granted[name] = agreement, await a_purpose(world, system, agreement, scope["to"], **IDENTIFY)
    return {
        name: Line(world, system, await a_token(world, system, details_of(*grant)), *grant)
        for name, grant in granted.items()
    }


async def compare(line: Line, case_id: str | None, plate: str = PLATE, **changes: Any) -> httpx.Response:
    order = a_question(case_id, subject={"kind": "PLATE", "value": plate}, **changes)
    return await line.call("POST", PATH, order)


def refused(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


@pytest.mark.begins(OPENED)
@pytest.mark.law(GDS_20)
async def test_a_system_gets_what_the_register_and_the_agreement_both_let_through(world: World) -> None:
    a_register(world)
    case_id = (await Story(world).opened()).case_id
    of_officer = (await ask(world, case_id)).json()
    line = await a_comparing_line(world)

    answer = await compare(line, case_id)
    nobody = await compare(line, case_id, "苏A99999")
    again = await line.call("GET", f"{PATH}/{answer.json()['comparison_id']}")
    listed = await line.call("GET", PATH)
    foreign = await line.call("GET", f"{PATH}/{of_officer['comparison_id']}")

    view = answer.json()
    assert (answer.status_code, view["verdict"]) == (201, "MATCH"), answer.text
    # 张示范 by MASK; 1470 by buckets of 500 and 300, whose common width is 1500.
    assert view["rows"] == [{"owner": {"name": "张**"}, "vehicle": {"weight": "0-1500"}}]
    withheld = {each["pointer"]: each["clause"] for each in view["withheld"]}
    assert withheld == {
        "/district": "第二条",  # the register does not know the field
        "/owner/id": "4.2",  # a hash and a mask have no common form
        "/owner/phone": f"{line.agreement['agreement_id']} fields",  # the agreement does not name it
        "/photo": "第五条",  # the register keeps it back
        "/vehicle/colour": "第二条",
    }
    for each in (answer, again):
        await require_signed(world, each)
        members = http_sf.parse(each.headers["mingzheng-fields-withheld"].encode(), tltype="list")
        assert {str(name): str(given["clause"]) for name, given in members} == withheld
        assert '"mingzheng-fields-withheld"' in each.headers["signature-input"]
    assert again.json() == view
    assert (nobody.status_code, nobody.json()["verdict"]) == (201, "NO_MATCH")
    assert {each["comparison_id"] for each in listed.json()["items"]} == {
        view["comparison_id"],
        nobody.json()["comparison_id"],
    }
    assert (refused(foreign), len(of_officer["rows"][0]["owner"])) == ((404, "NOT_FOUND"), 3)
    async with world.database("data-exchange") as connection:
        row = await connection.fetchrow("SELECT * FROM comparisons WHERE id = $1", view["comparison_id"])
    assert row["fields"] == ["/owner/name", "/vehicle/weight"]
    assert (row["agreement_id"], row["purpose_id"]) == (
        line.agreement["agreement_id"],
        line.purpose["purpose_id"],
    )
    assert (await world.fsck()).clean


@pytest.mark.begins(OPENED)
@pytest.mark.law(GDS_25)
@pytest.mark.law(NJ_17)
async def test_a_call_outside_its_agreement_its_purpose_or_its_case_reaches_no_register(world: World) -> None:
    server = a_register(world)
    case = (await Story(world).opened()).case_id
    number = (await world.person("CASE_OFFICER").get(f"/v1/cases/{case}")).json()["number"]
    other = str(CaseId.new(world.clock()))
    lines = await several_lines(
        world,
        {
            "another service": {"services": ["ASSISTANCE"]},
            "another agency's register": {"to": 1},
            "a lower level": {"level": 2},
            "regions that the register does not give": {"regions": ["310101"]},
            "no field": {"fields": []},
            "right": {},
        },
    )
    line = lines.pop("right")
    token = await a_token(world, line.system, details_of(line.agreement, line.purpose, case_no=number))
    of_case = replace(line, token=token)
    foreign = await a_comparing_line(world, system=await a_live_system(world, 1))
    shop = {"kind": "SHOP_LICENCE", "purpose": "CHECK_PERMIT"}
    verify = {"kind": "VERIFY", "claim": {"pointer": "/owner/name", "value": "张示范"}}

    codes = {
        "no case": refused(await compare(line, None)),
        "another purpose": refused(await compare(line, case, **shop)),
        "a claim about a field that is not agreed": refused(
            await compare(lines.pop("no field"), case, **verify)
        ),
        "no case in the header": refused(await compare(of_case, case)),
        "another case in the header": refused(
            await of_case.call("POST", PATH, a_question(other), sent={"mingzheng-case": number})
        ),
        "another agency's case": refused(await compare(foreign, case)),
    } | {name: refused(await compare(each, case)) for name, each in lines.items()}
    asked = list(server.asked)
    right = await of_case.call("POST", PATH, a_question(case), sent={"mingzheng-case": number})
    await done(
        head(world, POLICE), f"/v1/agreements/{line.agreement['agreement_id']}/suspension", {"reason": "核查"}
    )
    codes["a suspended agreement"] = refused(await compare(line, case))

    assert codes == {
        "no case": (403, "DX_CASE_REQUIRED"),
        "another purpose": (403, "DX_PURPOSE_NOT_AGREED"),
        "another service": (403, "DX_SERVICE_NOT_AGREED"),
        "another agency's register": (403, "DX_SOURCE_NOT_AGREED"),
        "a lower level": (403, "DX_LEVEL_NOT_AGREED"),
        "regions that the register does not give": (409, "DX_REGION_NOT_GIVEN"),
        "a claim about a field that is not agreed": (403, "DX_FIELD_NOT_AGREED"),
        "no case in the header": (403, "DX_CASE_MISSING"),
        "another case in the header": (403, "DX_CASE_NOT_OF_CALL"),
        "another agency's case": (403, "DX_CASE_NOT_OWN"),
        "a suspended agreement": (403, "DX_AGREEMENT_NOT_ACTIVE"),
    }
    assert (asked, right.status_code) == ([], 201)


@pytest.mark.begins(OPENED)
@pytest.mark.law(PIPL_6)
async def test_the_numbers_of_agreement_and_purpose_bind_and_begin_anew(world: World) -> None:
    a_register(world)
    case = (await Story(world).opened()).case_id
    line = await a_comparing_line(
        world, monthly_subjects=3, daily_calls=12, purpose=IDENTIFY | {"daily_calls": 12}
    )
    clause = f"{line.agreement['agreement_id']} monthly_subjects"

    asked = [await compare(line, case, plate) for plate in (PLATE, "苏A00001", "苏A00002", "苏A00003")]
    known = await compare(line, case, "苏A00001")
    racing = await asyncio.gather(*(compare(line, case) for _ in range(8)))
    world.clock.advance(days=1)
    tomorrow = await compare(line, case)
    world.clock.advance(days=30)
    next_month = await compare(line, case, "苏A00003")

    assert [answer.status_code for answer in asked] == [201, 201, 201, 429]
    assert (asked[3].json()["code"], asked[3].json()["facts"]["clause"]) == ("DX_AGREEMENT_SUBJECTS", clause)
    assert known.status_code == 201, "a subject that was asked about before is none more"
    assert sorted(answer.status_code for answer in racing) == [201] * 7 + [429]
    (over,) = (answer for answer in racing if answer.status_code == 429)
    assert (over.json()["code"], over.json()["article"]) == ("DX_CALLS_USED_UP", "GDS 20")
    assert over.json()["facts"] == {"clause": f"{line.purpose['purpose_id']} daily_calls", "most": 12}
    assert 1 <= int(over.headers["retry-after"]) <= 86_400
    await require_signed(world, over)
    assert (tomorrow.status_code, next_month.status_code) == (201, 201)
    assert PERSON not in tomorrow.text


@pytest.mark.begins(OPENED)
@pytest.mark.law(GDS_25)
async def test_a_file_of_a_system_is_compared_by_its_agreement_and_stops_with_it(world: World) -> None:
    server = a_register(world)
    case = (await Story(world).opened()).case_id
    line = await a_comparing_line(world, monthly_subjects=3)
    await compare(line, case)

    batch = await _sent(line, case, [PLATE, "苏A00001", "=1+1"])
    too_many = await _sent(line, case, ["苏A00002", "苏A00003"])
    await world.settle()
    path = f"{BATCHES}/{batch.json()['comparison_id']}"
    view = (await line.call("GET", path)).json()
    result = await line.call("GET", f"{path}/result")
    asked = len(server.asked)
    waiting = await _sent(line, case, [PLATE])
    await done(
        head(world, POLICE), f"/v1/purposes/{line.purpose['purpose_id']}/suspension", {"reason": "核查"}
    )
    await world.settle()
    stopped = (
        await world.person("EXCHANGE_OFFICER").get(f"{BATCHES}/{waiting.json()['comparison_id']}")
    ).json()

    assert (batch.status_code, view["state"]) == (201, "DONE"), batch.text
    assert [view[name] for name in ("matched", "unmatched", "unreadable")] == [1, 1, 1]
    first = json.loads(result.text.splitlines()[0])
    assert first["rows"] == [{"owner": {"name": "张**"}, "vehicle": {"weight": "0-1500"}}]
    assert {"pointer": "/owner/id", "clause": "4.2"} in first["withheld"]
    assert '"/owner/id";clause="4.2"' in result.headers["mingzheng-fields-withheld"]
    await require_signed(world, result)
    # Single questions and files count together: the plate of the first question is no new subject.
    assert (too_many.status_code, too_many.json()["code"]) == (429, "DX_AGREEMENT_SUBJECTS")
    assert (stopped["state"], stopped["code"]) == ("FAILED", "DX_GRANT_NOT_IN_FORCE")
    assert len(server.asked) == asked
    assert (await world.fsck()).clean


async def _sent(line: Line, case_id: str, plates: list[str]) -> httpx.Response:
    """The completion of a file of plates that the system announced and sent in one part."""
    content = "\n".join(["subject", *plates]).encode()
    order = a_question(case_id) | {
        "subject_kind": "PLATE",
        "media_type": "text/csv",
        "rows": len(plates),
        "sha256": sha256(content).hexdigest(),
    }
    del order["subject"]
    opened = await line.call("POST", BATCHES, order)
    assert opened.status_code == 201, opened.text
    path = f"{BATCHES}/{opened.json()['comparison_id']}"
    part = await line.call("PUT", f"{path}/parts/1", content)
    assert part.status_code == 200, part.text
    return await line.call("POST", f"{path}/completion", {})
