"""Faults that a partner's system arms for its own next call, so that its developer sees what happens then."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from common.calls.faults import Fault
from common.values.errors import Kind, Refusal
from common.values.ids import ApplicationId
from common.values.law import GDS_35_2
from data_exchange.runtime import DataExchangeRuntime
from data_exchange.store import sandbox
from ledger.clock import real_time

OWN: Final = "/v1/sandbox/"
"""Calls under this address arm and read; no fault happens to them, and no check is passed by them."""

SKEW: Final = timedelta(minutes=10)
_BEHIND_S: Final = 2


class Faultiness(StrEnum):
    """What shall happen, once. The value is the name of its mark."""

    LOST_ANSWER = "LOST_ANSWER"
    CLOCK_SKEW = "CLOCK_SKEW"
    EXPIRED_KEY = "EXPIRED_KEY"
    LEDGER_BEHIND = "LEDGER_BEHIND"
    DUPLICATE_WEBHOOK = "DUPLICATE_WEBHOOK"
    FORGED_WEBHOOK = "FORGED_WEBHOOK"
    REORDERED_EVENTS = "REORDERED_EVENTS"


_BEFORE: Final = (Faultiness.CLOCK_SKEW, Faultiness.EXPIRED_KEY, Faultiness.LEDGER_BEHIND)
"""What happens before a call is looked at."""


async def time_of_call(runtime: DataExchangeRuntime, application_id: ApplicationId, path: str) -> datetime:
    """The time by which a call is judged: ten minutes late for one call after CLOCK_SKEW.

    Raises Fault DX_KEYS_STALE after EXPIRED_KEY and Refusal DX_LEDGER_BEHIND after LEDGER_BEHIND.
    """
    now = real_time()
    if path.startswith(OWN):
        return now
    match await sandbox.take(runtime.db, application_id, _BEFORE):
        case Faultiness.CLOCK_SKEW:
            return now + SKEW
        case Faultiness.EXPIRED_KEY:
            raise Fault(
                Kind.UNAUTHENTICATED,
                "DX_KEYS_STALE",
                header="Signature-Input",
                expected="a key set read within 24 h",
                received=None,
                at=now,
                article=GDS_35_2,
            )
        case Faultiness.LEDGER_BEHIND:
            refusal = Refusal(Kind.UNAVAILABLE, "DX_LEDGER_BEHIND")
            refusal.headers["retry-after"] = str(_BEHIND_S)
            raise refusal
    return now


async def is_lost(runtime: DataExchangeRuntime, application_id: ApplicationId) -> bool:
    """Whether the answer to this write shall be lost; then it is the only one."""
    return await sandbox.take(runtime.db, application_id, [Faultiness.LOST_ANSWER]) is not None
