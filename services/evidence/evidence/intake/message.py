"""The message of one request of a camera: read from the wire, and parsed, when it is first asked for, and once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from fastapi import Request

from common.door.blobs import sha256_hex
from evidence.domain.capture import Flag
from evidence.intake import gat1400
from evidence.intake.gat1400 import MOTOR_VEHICLE, Broken, Item, Sort


@dataclass(frozen=True)
class Vehicles:
    """The vehicle objects of a push. `count` is how many came; of too many only the first ones are in `items`."""

    count: int
    items: list[Item | Broken]
    flags: frozenset[Flag]


class Message:
    """The body of `request`, large perhaps, so it is parsed in a thread; or a body that was kept."""

    def __init__(self, request: Request | bytes) -> None:
        self._request = request
        self._document: _Document | None = None
        self._vehicles: dict[Sort, Vehicles] = {}

    async def body(self) -> bytes:
        """The exact bytes."""
        return self._request if isinstance(self._request, bytes) else await self._request.body()

    async def sha256(self) -> str:
        """The SHA-256 of the exact bytes in hex: of a request the one that its token binds, which was checked."""
        if isinstance(self._request, bytes):
            return await asyncio.to_thread(sha256_hex, self._request)
        sha256: str = self._request.state.body_sha256
        return sha256

    async def document(self) -> tuple[Any, frozenset[Flag]]:
        """The body as JSON, with what was odd about it. Refusal MALFORMED for anything else."""
        if self._document is None:
            self._document = await asyncio.to_thread(gat1400.read_json, await self.body())
        return self._document

    async def vehicles(self, sort: Sort = MOTOR_VEHICLE) -> Vehicles:
        """The vehicle objects of this sort. Refusal MALFORMED where the body is no push of such vehicles."""
        if sort not in self._vehicles:
            self._document, self._vehicles[sort] = await asyncio.to_thread(
                _read, self._document or await self.body(), sort
            )
        return self._vehicles[sort]


_Document = tuple[Any, frozenset[Flag]]


def _read(given: bytes | _Document, sort: Sort) -> tuple[_Document, Vehicles]:
    """Document and vehicles in one visit of a thread: each costs as much as parsing a small message."""
    document = gat1400.read_json(given) if isinstance(given, bytes) else given
    return document, _vehicles(*document, sort)


def _vehicles(document: Any, odd: frozenset[Flag], sort: Sort) -> Vehicles:
    things, flags = gat1400.vehicles(document, sort)
    items = [gat1400.parse(each, sort) for each in things[: gat1400.MAX_OBJECTS]]
    return Vehicles(len(things), items, odd | flags)
