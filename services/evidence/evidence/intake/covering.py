"""Covers pictures in a child process, one after the other: the party's copy is made where no key lies."""

from __future__ import annotations

import asyncio
import json
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import astuple, dataclass, field
from pathlib import Path
from typing import Final

from common.values.errors import Kind, Refusal
from evidence.domain.redaction import Box
from evidence.intake.images import Child

PROGRAM: Final = Path(__file__).with_name("masking.py")


@dataclass(frozen=True)
class Cover:
    """The child that covers; it starts with the first picture."""

    child: Child = field(default_factory=lambda: Child(PROGRAM))

    async def over(self, data: bytes, boxes: Sequence[Box]) -> bytes:
        """`data` as a JPEG on which all is covered but `boxes`. Refusal EVD_PICTURE_NOT_COVERED where that fails.

        A picture that cannot be covered is shown to nobody.
        """
        open_parts = json.dumps([astuple(box) for box in boxes]).encode()
        answer = await asyncio.to_thread(self.child.ask, open_parts + b"\n" + data)
        if "error" in answer:
            raise Refusal(Kind.UNAVAILABLE, "EVD_PICTURE_NOT_COVERED")
        return b64decode(answer["jpeg"])

    def close(self) -> None:
        """End the child."""
        self.child.close()
