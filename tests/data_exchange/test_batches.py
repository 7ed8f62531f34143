"""A file of subjects is compared as a job: nothing is lost or compared twice, and every row has its verdict."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from hashlib import sha256
from typing import Any

import httpx
import pytest

from common.values.law import GDS_27_1, GDS_27_2, NJ_18_1, PIPL_6
from data_exchange.jobs.batches import compare_batches
from tests.case.story import OPENED, Story
from tests.data_exchange.given import officer
from tests.data_exchange.given_uses import POLICE, compared, use_act, use_of
from tests.data_exchange.registers import OWNER, PLATE, a_register, announce
from tests.fakes.register import FakeRegister
from tests.world import World

CSV = f"subject,note\r\n{PLATE},a\r\n苏Ａ·00002,b\r\n=cmd|x,c\r\n苏A00003,d\r\n".encode()
PATH = "/v1/comparison-batches"


async def _opened(world: World, content: bytes = CSV, rows: int = 4, **changes: Any) -> httpx.Response:
    case_id = changes.pop("case_id", None) or await _case(world)
    return await announce(world, case_id, content, rows, **changes)


async def _case(world: World) -> str:
    listed = (await world.person("CASE_OFFICER").get("/v1/cases?limit=200")).json()["items"]
    return str(listed[-1]["id"]) if listed else (await Story(world).opened()).case_id


async def _put(
    world: World, batch: dict[str, Any], n: int, content: bytes, of: bytes | None = None
) -> httpx.Response:
    digest = b64encode(sha256(content if of is None else of).digest()).decode()
    headers = {"content-type": "application/octet-stream", "content-digest": f"sha-256=:{digest}:"}
    path = f"{PATH}/{batch['comparison_id']}/parts/{n}"
    return await officer(world, 0).request("PUT", path, content=content, headers=headers)


async def _queued(world: World, content: bytes = CSV, rows: int = 4, **changes: Any) -> dict[str, Any]:
    batch: dict[str, Any] = (await _opened(world, content, rows, **changes)).json()
    half = len(content) // 2
    for n, part in enumerate((content[:half], content[half:]), start=1):
        assert (await _put(world, batch, n, part)).status_code == 200
    answer = await officer(world, 0).post(f"{PATH}/{batch['comparison_id']}/completion", json={})
    assert (answer.status_code, answer.json()["state"]) == (201, "QUEUED"), answer.text
    return batch


async def _lines(world: World, batch: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await officer(world, 0).get(f"{PATH}/{batch['comparison_id']}/result")
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


@pytest.mark.begins(OPENED)
@pytest.mark.law(NJ_18_1)
async def test_each_row_of_a_file_gets_its_verdict(world: World) -> None:
    server = a_register(world)
    server.rows["苏A00002"] = [OWNER, OWNER | {"photo": "x"}]

    batch = await _queued(world)
    await world.settle()

    view = (await officer(world, 0).get(f"{PATH}/{batch['comparison_id']}")).json()
    assert (view["state"], view["done"]) == ("DONE", 4)
    counts = [view[name] for name in ("matched", "unmatched", "ambiguous", "unreadable")]
    assert counts == [1, 1, 1, 1]
    lines = await _lines(world, batch)
    assert [line["verdict"] for line in lines] == ["MATCH", "AMBIGUOUS", "INVALID", "NO_MATCH"]
    assert lines[2]["subject"] == "'=cmd|x", "a spreadsheet would compute this cell"
    assert lines[0]["rows"][0]["owner"]["name"] == "张示范"
    assert OWNER["photo"] not in json.dumps(lines)
    assert server.asked == [[PLATE, "苏A00002", "苏A00003"]]
    stream = f"comparison/{batch['comparison_id']}"
    assert await world.record_types("data-exchange", stream) == [
        "comparison.batch.opened",
        "comparison.batch.part_received",
        "comparison.batch.part_received",
        "comparison.batch.completed",
        "comparison.batch.rows_compared",
        "comparison.batch.done",
        "comparison.read",
    ]
    assert (await world.fsck()).clean


@pytest.mark.begins(OPENED)
async def test_only_the_file_that_was_announced_is_queued_and_it_is_queued_once(world: World) -> None:
    a_register(world)
    batch = (await _opened(world)).json()
    path = f"{PATH}/{batch['comparison_id']}/completion"

    wrong_digest = await _put(world, batch, 1, CSV, of=b"other")
    await _put(world, batch, 1, CSV[:-3])
    not_whole = await officer(world, 0).post(path, json={})
    await _put(world, batch, 1, CSV)
    again = await _put(world, batch, 1, CSV)
    racing = await asyncio.gather(*(officer(world, 0).post(path, json={}) for _ in range(8)))
    same = await _opened(world)
    late = await _put(world, batch, 2, CSV)

    assert (wrong_digest.status_code, wrong_digest.json()["code"]) == (422, "DX_CONTENT_DIGEST")
    assert (not_whole.status_code, not_whole.json()["code"]) == (422, "DX_BATCH_DIFFERS")
    assert again.status_code == 200
    assert sorted(answer.status_code for answer in racing) == [201] + [409] * 7
    assert same.json()["comparison_id"] == batch["comparison_id"]
    assert (late.status_code, late.json()["code"]) == (409, "DX_BATCH_STATE")


@pytest.mark.begins(OPENED)
@pytest.mark.law(PIPL_6)
async def test_a_file_counts_towards_the_budget_and_one_that_failed_is_announced_anew(world: World) -> None:
    a_register(world)
    content = "\n".join(json.dumps({"subject": f"苏A{n:05}"}) for n in range(51)).encode()

    opened = (await _opened(world, content, 51, media_type="application/x-ndjson")).json()
    await _put(world, opened, 1, content)
    refused = await officer(world, 0).post(f"{PATH}/{opened['comparison_id']}/completion", json={})

    assert (refused.status_code, refused.json()["code"]) == (429, "DX_SUBJECT_BUDGET")
    view = (await officer(world, 0).get(f"{PATH}/{opened['comparison_id']}")).json()
    assert (view["state"], view["code"]) == ("FAILED", "DX_SUBJECT_BUDGET")

    # The budget of tomorrow is another one: the same file is announced anew, once.
    world.clock.advance(days=1)
    racing = await asyncio.gather(
        *(_opened(world, content, 51, media_type="application/x-ndjson") for _ in range(8))
    )
    anew = {answer.json()["comparison_id"] for answer in racing}
    assert len(anew) == 1
    assert opened["comparison_id"] not in anew
    assert (await world.fsck()).clean


class _Killed(BaseException):
    """The process dies: nothing catches it."""


class _DiesAtTheSecond:
    """Our process dies once the register has answered a second question."""

    def __init__(self, register: FakeRegister) -> None:
        self._register, self._asked = register, 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self._register(scope, receive, send)
        self._asked += 1
        if self._asked == 2:
            raise _Killed


@pytest.mark.begins(OPENED)
async def test_a_job_that_dies_between_any_two_rows_goes_on_without_loss(world: World) -> None:
    server = a_register(world, at_once=1)
    batch = await _queued(world)
    runtime = world.runtimes["data-exchange"]

    deaths = 0
    for _ in range(10):
        runtime.outside["vehicles"] = httpx.ASGITransport(_DiesAtTheSecond(server))
        try:
            await compare_batches(runtime)
        except _Killed:
            deaths += 1  # the register had answered, and we died before the change
    assert deaths == 2
    await world.settle()

    lines = await _lines(world, batch)
    assert [line["row"] for line in lines] == [0, 1, 2, 3]
    types = await world.record_types("data-exchange", f"comparison/{batch['comparison_id']}")
    assert types.count("comparison.batch.rows_compared") == 4
    assert types.count("comparison.batch.done") == 1
    assert (await world.fsck()).clean


@pytest.mark.begins("serve decision")
@pytest.mark.law(GDS_27_1)
async def test_the_result_of_a_file_comes_into_use_and_is_disposed_of_with_its_case(world: World) -> None:
    a_register(world)
    story = await Story(world).opened()
    batch = await _queued(world, case_id=story.case_id)
    await world.settle()

    use = await use_of(world, batch["comparison_id"])
    await story.walk("close")
    await world.settle()
    due = await use_of(world, batch["comparison_id"])
    disposed = await use_act(world, 0, due, "disposal", disposal="DESTROYED", text="结果文件已清除")

    assert (use["state"], use["case_id"], use["purpose"]) == ("OPEN", story.case_id, "IDENTIFY_PARTY")
    assert (due["state"], disposed.json()["state"]) == ("DUE", "DISPOSED")
    result = await officer(world, 0).get(f"{PATH}/{batch['comparison_id']}/result")
    assert (result.status_code, result.json()["code"]) == (403, "DX_DISPOSED_UNREAD")
    assert (await world.fsck()).clean


@pytest.mark.begins(OPENED)
@pytest.mark.law(GDS_27_2)
async def test_a_pause_stops_a_file_that_waits(world: World) -> None:
    source = await compared(world, await _case(world))
    await world.settle()
    server = a_register(world)
    batch = await _queued(world)
    use = await use_of(world, source)
    assert (await use_act(world, POLICE, use, "pause", reason="超范围")).status_code == 201

    await compare_batches(world.runtimes["data-exchange"])

    stopped = (await officer(world, 0).get(f"{PATH}/{batch['comparison_id']}")).json()
    assert (stopped["state"], stopped["code"], stopped["done"]) == ("FAILED", "DX_ACCESS_PAUSED", 0)
    assert server.asked == []
