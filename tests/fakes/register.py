"""A register of another agency, as a small server: it answers look-ups over HTTP."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import orjson
from starlette.types import Receive, Scope, Send


@dataclass
class FakeRegister:
    """`rows` are what it knows about each subject. `asked` are the subjects of every question, in their order.

    It answers with `status`, after `delay_s`. `body` replaces its whole answer.
    """

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    asked: list[list[str]] = field(default_factory=list)
    status: int = 200
    delay_s: float = 0
    body: bytes | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        content, more = b"", True
        while more:
            message = await receive()
            content, more = content + message.get("body", b""), message.get("more_body", False)
        question = orjson.loads(content)
        self.asked.append(question["subjects"])
        await asyncio.sleep(self.delay_s)
        answer = orjson.dumps({"rows": [self.rows.get(subject, []) for subject in question["subjects"]]})
        headers = [(b"content-type", b"application/json"), (b"location", b"http://elsewhere.test/")]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer if self.body is None else self.body})
