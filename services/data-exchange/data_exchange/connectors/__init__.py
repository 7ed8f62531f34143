"""The registers of other agencies, reached over HTTP or by files that they drop: one question, one kind of answer.

`authority` is the platform of the data authority, through which data of the catalogue comes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from data_exchange.connectors import drops, lookups
from data_exchange.connectors.findings import Fault, Found
from data_exchange.domain.comparison import ComparisonKind
from data_exchange.domain.registers import Register
from data_exchange.domain.subjects import Subject
from data_exchange.runtime import DataExchangeRuntime


async def look_up(
    runtime: DataExchangeRuntime, register: Register, kind: ComparisonKind, subjects: Sequence[Subject]
) -> Found | Fault:
    """The rows of `register` about each of `subjects`, in their order, and how long it took."""
    if not subjects:
        return Found((), 0)  # no row of these is a subject, so there is nothing to ask
    loop = asyncio.get_running_loop()
    begun = loop.time()
    if register.url is not None:
        rows = await lookups.ask(runtime, register, kind, subjects)
    else:
        rows = await drops.find_rows(runtime, register, subjects)
    latency_ms = int((loop.time() - begun) * 1000)
    return Fault(latency_ms) if rows is None else Found(rows, latency_ms)


async def close(runtime: DataExchangeRuntime) -> None:
    """Close the connections to registers."""
    for transport in runtime.outside.values():
        await transport.aclose()
