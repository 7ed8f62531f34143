"""What another service answers is judged before it becomes an answer of ours."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from common.calls.http import Peers
from common.calls.tokens import TokenKey
from common.calls.wire import Wire
from common.values.errors import Refusal


@pytest.mark.parametrize(
    "body",
    [
        {"code": "CASE_TIME_BARRED", "facts": {"case": "cas_1"}},
        {"code": "CASE_TIME_BARRED", "facts": "none"},
        {"code": "NOT_FOUND", "wording": "zh"},
        {"code": ["NOT_FOUND"]},
        {"code": "CASE_GUARDS", "violations": [{"code": "CASE_TIME_BARRED", "law": "APL 36", "facts": 3}]},
        ["NOT_FOUND"],
    ],
    ids=["fact-missing", "facts-a-text", "wording-a-language", "code-a-list", "facts-a-number", "a-list"],
)
async def test_a_problem_that_we_have_no_words_for_says_that_the_peer_could_not_answer(
    tmp_path: Path, body: Any
) -> None:
    key = TokenKey.generate(tmp_path / "token.json")
    transport = httpx.MockTransport(lambda _: httpx.Response(409, json=body))
    peers = Peers("notification", key, {}, {"case": transport})

    with pytest.raises(Refusal) as refused:
        await peers.get("case", "/v1/cases")

    assert (refused.value.code, refused.value.wording) == ("PEER_UNAVAILABLE", "answered")
    await peers.close()


async def test_an_answer_that_names_the_records_of_a_large_push_reaches_its_caller() -> None:
    records = ", ".join([str(uuid4()) for _ in range(1_000)]).encode()

    async def answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(
            b"HTTP/1.1 201 Created\r\ncontent-length: 0\r\nmingzheng-record: " + records + b"\r\n\r\n"
        )
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answered, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with httpx.AsyncClient(transport=Wire(total_s=10)) as client:
            answer = await client.get(f"http://127.0.0.1:{port}/")

    assert (answer.status_code, answer.headers["mingzheng-record"].encode()) == (201, records)
