"""What a person decided at the machine, because the ledger itself could not know it. Each decision is on record.

log/overruled   witness.overruled   the ledger is led although a witness may have seen a newer one
                clock.overruled     the ledger goes on at the time of its last entry, which lies ahead of the clock
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final, Self

from common.values.facts import Fact
from common.values.ids import Id, OfficerId

_CODE: Final = re.compile(r"[A-Z][A-Z0-9_]{1,31}")


class OverrulingId(Id, prefix="log", noun="log"):
    """The owner of these records: there is one, and its stream is `log/overruled`."""

    def __new__(cls, value: str = "overruled") -> Self:
        if value != "overruled":
            raise ValueError("the log has one stream of what was overruled")
        return str.__new__(cls, value)


@dataclass(frozen=True)
class WitnessOverruled(Fact):
    """`officer_id` knows that this ledger of `size` entries is the newest, for the `reason`, a code.

    `witness` is a name in the trust policy; `shown` the SHA-256 of the checkpoint that it showed, hex.
    """

    type: ClassVar[str] = "witness.overruled"

    officer_id: OfficerId
    reason: str
    witness: str
    shown: str
    size: int


@dataclass(frozen=True)
class ClockOverruled(Fact):
    """`officer_id` knows that the clock was ahead and is right now, for the `reason`, a code.

    `last` is the time of the last entry, of `size`. Until the clock reaches it every entry bears this time, which is
    therefore no proof of when the entry was made.
    """

    type: ClassVar[str] = "clock.overruled"

    officer_id: OfficerId
    reason: str
    last: datetime
    size: int


def overrule_witness(
    *, officer_id: OfficerId, reason: str, witness: str, shown: str, size: int
) -> WitnessOverruled:
    """Raises ValueError unless `reason` is a code of capitals."""
    return WitnessOverruled(OverrulingId(), officer_id, _code(reason), witness, shown, size)


def overrule_clock(*, officer_id: OfficerId, reason: str, last: datetime, size: int) -> ClockOverruled:
    """Raises ValueError unless `reason` is a code of capitals."""
    return ClockOverruled(OverrulingId(), officer_id, _code(reason), last, size)


def _code(reason: str) -> str:
    if not _CODE.fullmatch(reason):
        raise ValueError("a reason is a code of 2 to 32 capitals, such as NEWEST_BACKUP")
    return reason
