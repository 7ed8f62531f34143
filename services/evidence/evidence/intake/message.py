"""The message of one request of a camera: read from the wire, and parsed, when it is first asked for, and once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from fastapi import Request

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
        self._document: tuple[Any, frozenset[Flag]] | None = None
        self._vehicles: dict[Sort, Vehicles] = {}

    async def body(self) -> bytes:
        """The exact bytes."""
        return self._request if isinstance(self._request, bytes) else await self._request.body()

    async def document(self) -> tuple[Any, frozenset[Flag]]:
        """The body as JSON, with what was odd about it. Refusal MALFORMED for anything else."""
        if self._document is None:
            self._document = await asyncio.to_thread(gat1400.read_json, await self.body())
        return self._document

    async def vehicles(self, sort: Sort = MOTOR_VEHICLE) -> Vehicles:
        """The vehicle objects of this sort. Refusal MALFORMED where the body is no push of such vehicles."""
        if sort not in self._vehicles:
            document, odd = await self.document()
            self._vehicles[sort] = await asyncio.to_thread(_vehicles, document, odd, sort)
        return self._vehicles[sort]


def _vehicles(document: Any, odd: frozenset[Flag], sort: Sort) -> Vehicles:
    things, flags = gat1400.vehicles(document, sort)
    items = [gat1400.parse(each, sort) for each in things[: gat1400.MAX_OBJECTS]]
    return Vehicles(len(things), items, odd | flags)
