"""Requests go first: work that nobody waits for gives way while this process is answering writes from outside.

    counted(app) ─▶ how many writes are under way ─▶ lull: none is, or the work has waited for long enough

A process shares one processor among its requests and its jobs. A read may wait for minutes for news, so it is not
counted.
"""

from __future__ import annotations

import asyncio
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from common.calls import SAFE_METHODS

PATIENCE_S: Final = 2.0
"""How long a job gives way at most. Under lasting load it runs every so often, and then does all that is due."""


class Traffic:
    """The writes under way in this process."""

    def __init__(self) -> None:
        self.under_way = 0
        self._waiting: set[asyncio.Future[None]] = set()

    def counted(self, app: ASGIApp) -> ASGIApp:
        """`app`, which the outside calls, with its writes counted."""

        async def counting(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http" or scope["method"] in SAFE_METHODS:
                return await app(scope, receive, send)
            self.under_way += 1
            try:
                await app(scope, receive, send)
            finally:
                self.under_way -= 1
                if not self.under_way:
                    self._end_waiting()

        return counting

    async def lull(self, patience_s: float = PATIENCE_S) -> None:
        """Return once no write is under way, or after `patience_s` seconds."""
        if not self.under_way:
            return
        coming: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(coming)
        try:
            await asyncio.wait([coming], timeout=patience_s)
        finally:
            self._waiting.discard(coming)

    def _end_waiting(self) -> None:
        for coming in self._waiting:
            if not coming.done():
                coming.set_result(None)


TRAFFIC: Final = Traffic()
"""That of this process: its services share its processor."""
