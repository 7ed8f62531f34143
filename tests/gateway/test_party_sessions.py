"""A party without an account opens its one case with the query code of its document: it, and nothing beside it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from pypdf import PdfReader

from case.contract import Case
from common.values.ids import CaseId, PartyId
from common.values.law import MLPS_SIGN_IN
from common.values.querycodes import ALPHABET, canonical, grouped, new_code
from gateway.identity.domain.codetries import source_of
from mz.demo import orders
from tests.case.story import OPENED, Story, messages_of
from tests.data_exchange.partners import proof
from tests.given import ACCEPTED, ARCHIVED, a_case_in_the_archive
from tests.phone import Phone
from tests.world import World

PATH = "/v1/party-sessions"
TAIL = "010018"


async def code_of(world: World, story: Story) -> str:
    """The code of the story's case, as notification gets it for its messages."""
    context = await Case(world.runtimes["notification"].peers).notice_context(CaseId(story.case_id))
    assert context.query_code is not None
    return context.query_code


async def enter(phone: Phone, code: str, factor: str, **options: Any) -> httpx.Response:
    headers = {"dpop": proof(phone.key, "POST", PATH)}
    order = {"query_code": code, "factor": factor}
    answer = await phone.world.http.post(PATH, json=order, headers=headers, **options)
    if answer.status_code == 201:
        phone.tokens = answer.json()
    return answer


async def prompted(world: World, *, party_id: str | None = None) -> Story:
    """A case whose party, without an account unless `party_id` names one, was prompted."""
    story = await Story(world).opened()
    order = orders.party(party_id or PartyId.new(world.clock()))
    assert (await story.act("CASE_OFFICER", "party", order)).status_code == 201
    assert (await story.act("CASE_OFFICER", "prompt", orders.PROMPT)).status_code == 201
    await world.settle()
    return story


@pytest.mark.begins(OPENED)
async def test_a_query_code_opens_its_case_and_nothing_else_of_the_party(world: World) -> None:
    account, phone = world.person("PARTY"), Phone(world)
    story = await prompted(world, party_id=account.id)
    world.ready.pop(ACCEPTED, None)  # the capture of the first case
    other = await prompted(world, party_id=account.id)
    code = await code_of(world, story)
    assert code != await code_of(world, other)

    opened = await enter(phone, code.lower().replace("-", " "), TAIL)

    assert (opened.status_code, opened.headers["cache-control"]) == (201, "no-store")
    me = (await phone.get("/v1/me")).json()
    assert (me["sub"], me["name"], me["login"], me["case_id"]) == (
        account.sub,
        "",
        "QUERY_CODE",
        story.case_id,
    )
    assert (await phone.get(story.path)).json()["id"] == story.case_id
    assert [one["id"] for one in (await phone.get("/v1/cases")).json()["items"]] == [story.case_id]
    documents = (await phone.get(f"{story.path}/documents")).json()["items"]
    assert (await phone.get(documents[0]["href"])).content[:5] == b"%PDF-"
    messages = messages_of((await phone.get("/v1/inbox")).json())
    assert {message["case_id"] for message in messages} == {story.case_id}
    assert (await phone.get(f"/v1/inbox/{messages[0]['message_id']}")).status_code == 200
    stated = await phone.post(f"{story.path}/defences", json=orders.DEFENCE)
    assert (stated.status_code, len(stated.json()["defences"])) == (201, 1)  # before the notice too

    theirs = {message["message_id"] for message in messages_of((await account.get("/v1/inbox")).json())}
    beside = next(iter(theirs - {message["message_id"] for message in messages}))
    papers = (await account.get(f"{other.path}/documents")).json()["items"]
    for path in (other.path, f"{other.path}/documents", papers[0]["href"], f"/v1/inbox/{beside}"):
        assert (await account.get(path)).status_code == 200
        assert (await phone.get(path)).status_code == 404, path
    key = {"idempotency-key": "the-partys-own-key"}
    again = f"/v1/inbox/{beside}/acknowledgements"
    assert (await account.post(again, json={}, key=key["idempotency-key"])).status_code == 201
    assert (
        await phone.post(again, json={}, headers=key)
    ).status_code == 404  # no replay of another session's answer
    assert (await phone.post(f"{other.path}/defences", json=orders.DEFENCE)).status_code == 404
    assert (await phone.post(f"/v1/inbox/{beside}/acknowledgements", json={})).status_code == 404
    statement = (await account.get("/v1/e-service-statement")).json()
    consent = await phone.post("/v1/e-service-consents", json=orders.consent(statement))
    assert (consent.status_code, consent.json()["facts"]["rules"]) == (403, ["ONE-CASE"])
    assert [one["how"] for one in (await phone.get("/v1/me/sessions")).json()["items"]] == ["QUERY_CODE"]
    assert (await phone.refresh()).status_code == 200
    assert (await phone.get(other.path)).status_code == 404
    ended = await phone.post(f"/v1/me/sessions/{phone.session_id}/end", json={})
    assert (ended.status_code, (await phone.get(story.path)).status_code) == (201, 401)
    assert (await world.fsck()).clean


@asynccontextmanager
async def statements(world: World) -> AsyncIterator[list[str]]:
    """The SQL that case and the gateway send meanwhile."""
    sent: list[str] = []
    engines = [world.runtimes[name].db.engine.sync_engine for name in ("case", "gateway")]

    def note(_: Any, __: Any, text: str, *___: Any) -> None:
        sent.append(text)

    for engine in engines:
        sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        for engine in engines:
            sa.event.remove(engine, "before_cursor_execute", note)


def like(code: str) -> str:
    """A code that differs in its first character and has the right check character: it names no case."""
    plain = code.replace("-", "")
    first = next(c for c in ALPHABET if c != plain[0])
    return next(
        grouped(made) for last in ALPHABET if canonical(made := first + plain[1:-1] + last) is not None
    )


@pytest.mark.law(MLPS_SIGN_IN)
@pytest.mark.begins(OPENED)
async def test_wrong_codes_and_wrong_factors_are_alike_counted_and_locked(world: World) -> None:
    phone, story = Phone(world), await prompted(world)
    code = await code_of(world, story)
    answers: dict[str, list[Any]] = {"code": [], "factor": []}
    work: dict[str, list[str]] = {}
    for what, tried in (("code", like(code)), ("factor", code)):
        factor = TAIL if what == "code" else "000000"
        for n in range(6):
            async with statements(world) as sent:
                answer = await enter(phone, tried, factor)
            work.setdefault(f"{what} {n}", sent)
            problem = {name: value for name, value in answer.json().items() if name != "trace_id"}
            answers[what].append((answer.status_code, problem, "retry-after" in answer.headers))

    assert answers["code"] == answers["factor"]
    assert [status for status, _, _ in answers["code"]] == [404] * 5 + [429]
    assert answers["code"][5][1]["code"] == "QUERY_CODE_LOCKED"
    assert "窗口" in answers["code"][5][1]["detail"]
    assert "电话" in answers["code"][5][1]["detail"]
    assert all(work[f"code {n}"] == work[f"factor {n}"] for n in range(1, 6))
    locked = await enter(phone, code, TAIL)  # the right one waits too
    assert (locked.status_code, locked.json()["code"]) == (429, "QUERY_CODE_LOCKED")
    typo = await enter(phone, code[:-1] + next(c for c in ALPHABET if c != code[-1]), TAIL)
    assert (typo.status_code, typo.json()["code"]) == (422, "QUERY_CODE_MISTYPED")

    world.clock.advance(minutes=16)
    racing = await asyncio.gather(*(enter(Phone(world), code, "000000") for _ in range(8)))
    assert sorted(answer.status_code for answer in racing) == [404] * 5 + [429] * 3
    world.clock.advance(minutes=16)
    assert (await enter(phone, code, TAIL)).status_code == 201  # a success begins the counting anew
    for _ in range(10):
        world.clock.advance(minutes=4)
        assert (await enter(phone, code, "000000")).status_code == 404
    world.clock.advance(days=2)
    used_up = await enter(
        phone, code, TAIL
    )  # twenty wrong ones are enough for ever, a success in between or not
    assert (used_up.status_code, "已不能使用" in used_up.json()["detail"]) == (429, True)
    unproven = await world.http.post(PATH, json={"query_code": code, "factor": TAIL})
    assert (unproven.status_code, unproven.json()["code"]) == (401, "DPOP_MISSING")
    async with world.database("gateway") as rows:
        kept = [str(dict(row)) for row in await rows.fetch("SELECT * FROM code_tries")]
    assert not [text for text in kept if code.replace("-", "") in text or "127.0.0.1" in text]


@pytest.mark.begins(OPENED)
async def test_one_address_tries_120_codes_in_a_quarter_of_an_hour(world: World) -> None:
    phone = Phone(world)

    answers = [(await enter(phone, new_code(), TAIL)).status_code for _ in range(121)]

    assert answers == [404] * 120 + [429]


def text_of(pdf: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).replace("\n", "")


@pytest.mark.begins(ARCHIVED)
async def test_the_code_of_a_case_in_the_archive_and_of_an_erased_one_is_like_a_wrong_one(
    world: World,
) -> None:
    phone, path = Phone(world), f"/v1/cases/{await a_case_in_the_archive(world)}"
    context = await Case(world.runtimes["notification"].peers).notice_context(CaseId(path.rpartition("/")[2]))
    code = context.query_code
    assert code is not None

    officer = world.person("CASE_OFFICER")
    papers = (await officer.get(f"{path}/documents")).json()["items"]
    printed = {paper["kind"]: text_of((await officer.get(paper["href"])).content) for paper in papers}
    copy = await world.person("ARCHIVIST").get(papers[0]["href"])
    assert code not in text_of(copy.content)
    assert [kind for kind, text in sorted(printed.items()) if code in text] == ["D-02", "D-14"]
    assert all("后六位" in printed[kind] for kind in ("D-02", "D-14"))
    archived = await enter(phone, code, TAIL)
    world.clock.advance(days=10 * 366)  # beyond the years for which it is kept
    proposal = await world.person("ARCHIVIST").post(
        f"{path}/erasure-proposal", json={"reason": "PARTY_REQUEST"}
    )
    erasing = await world.person("AGENCY_HEAD").post(f"{path}/erasures", json={})
    await world.settle()
    erased = await enter(phone, code, TAIL)
    wrong = await enter(phone, like(code), TAIL)

    assert (proposal.status_code, erasing.status_code) == (201, 201)
    answers = [{**answer.json(), "trace_id": ""} for answer in (archived, erased, wrong)]
    assert [answer.status_code for answer in (archived, erased, wrong)] == [404] * 3
    assert answers[0] == answers[1] == answers[2]


def test_one_source_is_an_address_or_the_64_bits_before_it() -> None:
    assert source_of("2001:db8:1:2:3::4") == source_of("2001:db8:1:2:ffff::1") == "2001:db8:1:2::"
    assert source_of("2001:db8:1:3::4") != source_of("2001:db8:1:2::4")
    assert source_of("::ffff:192.0.2.7") == source_of("192.0.2.7") == "192.0.2.7"
    assert source_of(None) == source_of("unix") == "-"
