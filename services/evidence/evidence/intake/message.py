"""The message of one request of a camera: read from the wire, and parsed, when it is first asked for, and once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from fastapi import Request

from common.values.errors import Kind, Refusal
from evidence.domain.capture import Flag
from evidence.intake import gat1400
from evidence.intake.gat1400 import Broken, Item


@dataclass(frozen=True)
class Vehicles:
    """The vehicle objects of a push. `count` is how many came; of too many only the first ones are in `items`."""

    count: int
    items: list[Item | Broken]
    flags: frozenset[Flag]


class Message:
    """The body of `request`, large perhaps, so it is parsed in a thread."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._document: tuple[Any, frozenset[Flag]] | None = None
        self._vehicles: Vehicles | None = None

    async def body(self) -> bytes:
        """The exact bytes."""
        return await self._request.body()

    async def document(self) -> tuple[Any, frozenset[Flag]]:
        """The body as JSON, with what was odd about it. Refusal MALFORMED for anything else."""
        if self._document is None:
            body = await self.body()
            try:
                self._document = await asyncio.to_thread(gat1400.read_json, body)
            except gat1400.Unreadable as error:
                raise Refusal(Kind.MALFORMED, "VIID_NOT_JSON", {"why": str(error)}) from None
        return self._document

    async def vehicles(self) -> Vehicles:
        """The vehicle objects. Refusal MALFORMED where the body is no push of vehicles."""
        if self._vehicles is None:
            document, odd = await self.document()
            try:
                self._vehicles = await asyncio.to_thread(_vehicles, document, odd)
            except gat1400.Unreadable as error:
                raise Refusal(Kind.MALFORMED, "VIID_NO_ENVELOPE", {"why": str(error)}) from None
        return self._vehicles


def _vehicles(document: Any, odd: frozenset[Flag]) -> Vehicles:
    objects, flags = gat1400.vehicles(document)
    return Vehicles(
        len(objects), [gat1400.parse(each) for each in objects[: gat1400.MAX_OBJECTS]], odd | flags
    )
