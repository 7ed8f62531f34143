"""How the two trees of the ledger are bound into each other (ADR-0014).

    log/sm3   log.anchor ── the checkpoint of the SM3 twin, word for word ──▶ an entry of both trees

The SHA-256 tree then commits to the SM3 tree at that size. The other direction needs no record: the entries of the SM3
tree name each other by SHA-256.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Final, Self

from common.values.facts import Fact
from common.values.ids import Id
from common.values.profile import Suite

ANCHORED_EVERY: Final = timedelta(minutes=10)


class TwinId(Id, prefix="log", noun="log"):
    """The twin as the owner of a stream: there is one, and its stream is `log/sm3`."""

    def __new__(cls, value: str = "sm3") -> Self:
        if value != "sm3":
            raise ValueError("the log has one twin, sm3")
        return str.__new__(cls, value)


@dataclass(frozen=True)
class TwinAnchored(Fact):
    """The state of the twin: `checkpoint` is its signed note of `size` entries, as text."""

    type: ClassVar[str] = "log.anchor"

    suite: Suite
    origin: str
    size: int
    checkpoint: str


@dataclass(frozen=True)
class Anchored:
    """The last anchor: the size it names, and when it was recorded."""

    size: int
    at: datetime


def anchor(
    *, origin: str, size: int, checkpoint: str, last: Anchored | None, at: datetime
) -> TwinAnchored | None:
    """The anchor of the twin `origin` at `size`, if one is due.

    It is due ten minutes after the last, unless only that anchor was recorded since: a log without new records must
    not grow by anchors alone.
    """
    if last is not None and (at < last.at + ANCHORED_EVERY or size <= last.size + 1):
        return None
    return TwinAnchored(TwinId(), Suite.SM3_SM2, origin, size, checkpoint)
