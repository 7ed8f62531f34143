"""The stage as the people of another agency stand on it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import httpx

from mz.demo.stage import Stage


class Elsewhere:
    """`stage`, where every act is by a person of `agency`. While it `stands`, its story lets no time pass."""

    def __init__(self, stage: Stage, agency: int) -> None:
        self.http = stage.http
        self.stands = False
        self._stage = stage
        self._agency = agency

    async def call(
        self, role: str, method: str, path: str, order: dict[str, Any] | None = None, *, agency: int = 0, nth: int = 0,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:  # fmt: skip
        return await self._stage.call(
            role, method, path, order, agency=self._agency, nth=nth, headers=headers
        )

    async def put(
        self, role: str, path: str, content: bytes, headers: dict[str, str], *, agency: int = 0
    ) -> httpx.Response:
        return await self._stage.put(role, path, content, headers, agency=self._agency)

    async def upload(self, role: str, path: str, content: bytes, headers: dict[str, str]) -> httpx.Response:
        return await self._stage.upload(role, path, content, headers)

    def sub(self, role: str, *, agency: int = 0, nth: int = 0) -> str:
        return self._stage.sub(role, agency=self._agency, nth=nth)

    def now(self) -> datetime:
        return self._stage.now()

    def to(self, at: datetime) -> None:
        if not self.stands:
            self._stage.to(at)

    async def settle(self) -> None:
        await self._stage.settle()
