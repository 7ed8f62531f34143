"""The platform of a data authority, as a small server: it gives the rows of a delivery, two a page."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson
from starlette.types import Receive, Scope, Send

_PAGE = 2


@dataclass
class FakeAuthority:
    """`rows` are those of every item. `asked` are the questions, in their order.

    It answers with `status`. `body` replaces its whole answer.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    status: int = 200
    body: bytes | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert (scope["method"], scope["path"]) == ("POST", "/v1/deliveries")
        content, more = b"", True
        while more:
            message = await receive()
            content, more = content + message.get("body", b""), message.get("more_body", False)
        question = orjson.loads(content)
        self.asked.append(question)
        first = int(question["after"] or 0)
        last = first + _PAGE
        page = {"rows": self.rows[first:last], "next": str(last) if last < len(self.rows) else None}
        answer = orjson.dumps(page) if self.body is None else self.body
        headers = [(b"content-type", b"application/json"), (b"location", b"http://elsewhere.test/")]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer})
