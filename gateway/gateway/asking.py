"""Asks a service who speaks before anything of a body is read (GA/T 1400: `evidence.intake.door`).

headers ──ASKED──▶ service ──▶ its word about the speaker ──▶ body ──▶ service, the word inside the token
                      └──────▶ any other answer is the caller's, and nobody keeps the body
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from starlette.types import Message, Send

from common.web.auth import ADMITTED_HEADER


class Asking:
    """Takes the service's word about who speaks; any other answer goes to the caller through `answer`."""

    def __init__(self, answer: Send) -> None:
        self._answer = answer
        self.admission: str | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = {name.lower(): value for name, value in message["headers"]}
            word = headers.get(ADMITTED_HEADER.encode())
            self.admission = word.decode("latin1") if word is not None else None
        if self.admission is None:
            await self._answer(message)


def has_body(headers: Mapping[bytes, bytes]) -> bool:
    """Whether a body follows these headers (RFC 9112 §6.3)."""
    return b"transfer-encoding" in headers or headers.get(b"content-length", b"0") != b"0"


async def silence() -> Message:
    """Says nothing more about a caller: while the service is asked, the body waits where it is."""
    await asyncio.Event().wait()
    raise AssertionError("an event that nobody sets")
