"""Whatever goes wrong leaves as one shape (RFC 9457), and never with what the caller sent."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import date
from typing import Literal

import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlalchemy.exc import DBAPIError

from common.door.address import engine_at
from common.values.errors import Kind, Refusal, Violation
from common.values.law import APL_41_1
from common.web import problem
from common.web.telemetry import Telemetry
from common.web.wire import In, Name, Text
from tests.world import World

JSON = {"content-type": "application/json"}


class NoteOrder(In):
    text: Text
    count: int = 0
    name: Name = "张"
    kind: Literal["A", "B", "C"] = "A"


def _app() -> FastAPI:
    app = FastAPI()

    @app.post("/notes")
    async def note(order: NoteOrder) -> dict[str, str]:
        return {"text": order.text}

    @app.get("/refused")
    async def refused() -> None:
        violations = (Violation("CASE_TIME_BARRED", "APL 36", {"ended_on": date(2025, 4, 3)}, "decision"),)
        raise Refusal(
            Kind.CONFLICT,
            "DEV_GUARD_FAILED",
            {"subject": "dev_1", "count": 1},
            article=APL_41_1,
            violations=violations,
        )

    @app.get("/broken")
    async def broken() -> None:
        raise ZeroDivisionError("张三")

    problem.install(app, max_body=1000)
    app.add_middleware(Telemetry, service="test")
    return app


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(_app(), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ('{"text":"a"}', 200),
        ('{"text":"a","count":NaN}', 422),
        ('{"text":"a","count":1e400}', 422),
        ('{"text":"\\ud800"}', 422),
        ('{"text":"a\\u0000b"}', 422),
        ('{"text":"a","secret":"张三"}', 422),
        ('{"text":"   "}', 422),
        ('{"text":', 400),
        ("[" * 500, 400),
        ('{"text":"' + "a" * 2000 + '"}', 413),
    ],
)
async def test_a_body_that_does_not_fit_is_a_clear_problem_without_its_input(
    client: httpx.AsyncClient, body: str, status: int
) -> None:
    response = await client.post("/notes", content=body, headers=JSON)

    assert response.status_code == status
    if status != 200:
        assert response.headers["content-type"] == "application/problem+json"
        assert response.json()["status"] == status
        assert "张三" not in response.text


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", None])
async def test_a_body_of_another_media_type_is_told_which_one_is_read(
    client: httpx.AsyncClient, media_type: str | None
) -> None:
    headers = {} if media_type is None else {"content-type": media_type}

    response = await client.post("/notes", content='{"text":"a"}', headers=headers)

    assert (response.status_code, response.json()["code"]) == (415, "REQUEST_MEDIA_TYPE")
    assert "application/json" in response.json()["detail"]


async def test_what_is_wrong_with_a_field_is_said_in_chinese(client: httpx.AsyncClient) -> None:
    radical = await client.post("/notes", content='{"text":"a","name":"张⽅"}', headers=JSON)
    alone = await client.post("/notes", content='{"text":"a","name":"张⺀"}', headers=JSON)
    control = await client.post("/notes", content='{"text":"a\\u0000b"}', headers=JSON)
    choice = await client.post("/notes", content='{"text":"a","kind":"D"}', headers=JSON)

    said = [answer.json()["errors"][0]["message"] for answer in (radical, alone, control, choice)]
    assert "请写 方" in said[0]
    assert "请重新输入" in said[1]
    assert "控制字符" in said[2]
    assert said[3] == "须为 'A', 'B', 'C' 之一。"
    assert not any(word in " ".join(said) for word in ("write", "type", "Value", "text"))


async def test_at_most_a_hundred_faults_are_named(client: httpx.AsyncClient) -> None:
    body = "{" + ",".join(f'"{n}":1' for n in range(110)) + "}"

    response = await client.post("/notes", content=body, headers=JSON)

    assert (response.status_code, len(response.json()["errors"])) == (422, 100)


async def test_a_refusal_says_its_code_its_article_and_each_violation(client: httpx.AsyncClient) -> None:
    response = await client.get("/refused", headers={"accept-language": "en"})
    body = response.json()

    assert (body["type"], body["status"], body["article"]) == (
        "urn:mingzheng:DEV_GUARD_FAILED",
        409,
        "APL 41(1)",
    )
    assert body["violations"] == [
        {
            "code": "CASE_TIME_BARRED",
            "law": "APL 36",
            "detail": "the act ended on 2025-04-03",
            "facts": {"ended_on": "2025-04-03"},
            "wording": "decision",
        }
    ]
    assert (body["facts"], response.headers["content-language"]) == ({"subject": "dev_1", "count": 1}, "en")
    assert re.fullmatch("[0-9a-f]{32}", body["trace_id"])


async def test_a_refusal_is_in_chinese_unless_english_is_preferred(client: httpx.AsyncClient) -> None:
    asked = [
        await client.get("/refused", headers={"accept-language": wanted})
        for wanted in ("", "en", "zh-CN,en;q=0.5")
    ]
    chinese, english, preferred = (response.json() for response in asked)

    assert chinese["detail"] == preferred["detail"] == "dev_1:有 1 项条件不满足,逐项写明所要求的内容。"
    assert english["detail"] == "dev_1: 1 of its guards fail; each is named with what it asks for."
    assert (chinese["title"], english["title"]) == ("与当前状态冲突", "Conflict")
    assert chinese["code"] == english["code"]
    assert [response.headers["content-language"] for response in asked] == ["zh", "en", "zh"]
    assert {response.headers["vary"] for response in asked} == {"Accept-Language"}


async def test_a_fault_of_the_input_is_named_in_chinese_with_what_is_accepted(
    client: httpx.AsyncClient,
) -> None:
    response = await client.post("/notes", json={"text": "a" * 5, "count": "x", "secret": 1})

    assert [(e["pointer"], e["message"]) for e in response.json()["errors"]] == [
        ("/body/count", "此项须为整数。"),
        ("/body/secret", "没有这一项;请检查名称。"),
    ]


async def test_our_own_bug_is_a_bare_500_with_a_trace_id(client: httpx.AsyncClient) -> None:
    response = await client.get("/broken", headers={"traceparent": f"00-{'a' * 32}-{'b' * 16}-01"})

    assert (response.status_code, response.json()["trace_id"]) == (500, "a" * 32)
    assert "张三" not in response.text


async def test_unknown_addresses_have_the_same_shape(client: httpx.AsyncClient) -> None:
    response = await client.get("/nowhere")

    assert (response.status_code, response.json()["status"]) == (404, 404)
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("method", ["PUT", "HEAD", "OPTIONS", "TRACE"])
async def test_another_method_is_405_under_its_own_title_and_code(
    client: httpx.AsyncClient, method: str
) -> None:
    response = await client.request(method, "/notes")

    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    assert response.headers["content-type"] == "application/problem+json"
    if method != "HEAD":
        problem = response.json()
        said = (problem["status"], problem["title"], problem["code"], problem["detail"])
        assert said == (405, "方法不适用", "METHOD_NOT_ALLOWED", "这个地址只接受 POST。")


async def test_a_number_that_json_cannot_hold_is_refused_like_any_other(world: World) -> None:
    huge = 10**21

    for path in (f"/v1/ledger/entries/{huge}", f"/v1/ledger/proofs/{huge}"):
        answer = await world.http.get(path)

        assert (answer.status_code, answer.json()["facts"]["index"]) == (404, str(huge))


async def test_a_database_that_went_away_is_503_and_not_our_bug(world: World) -> None:
    """Killed under the connection: the caller may repeat, and the next call finds a new connection."""
    assert (await world.person("CASE_OFFICER").get("/v1/cases")).status_code == 200
    async with world.database("case") as conn:
        await conn.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    lost = await world.person("CASE_OFFICER").get("/v1/cases")
    again = await world.person("CASE_OFFICER").get("/v1/cases")

    assert (lost.status_code, lost.json()["code"]) == (503, "STORAGE_UNAVAILABLE")
    assert again.status_code == 200


async def test_a_row_that_another_holds_too_long_is_no_bug_of_ours(world: World) -> None:
    """The statement gave up its wait for a lock, and its transaction is taken back: the caller may repeat."""
    installation = world.installation
    url = installation.server.url("own_case", installation.database("case"))
    engine = engine_at(url, settings={"lock_timeout": "50"})
    async with engine.connect() as first, engine.connect() as second:
        await first.execute(sa.text("LOCK TABLE cases"))
        with pytest.raises(DBAPIError) as given_up:
            await second.execute(sa.text("LOCK TABLE cases"))
    await engine.dispose()

    assert problem.is_storage_away(given_up.value)
