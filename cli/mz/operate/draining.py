"""How `./mz up` ends while somebody still asks: not ready, go on as long as requests come, then finish.

A proxy in front notices late that it must ask elsewhere. With nobody asking, Ctrl-C takes a second.
"""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Final

import uvicorn

from common.web.serve import finish
from common.web.stopping import STOPPING, Stopping

QUIET_S: Final = 1.0
LONGEST_S: Final = 6.0


async def drain(server: uvicorn.Server, again: asyncio.Event, stopping: Stopping = STOPPING) -> None:
    """Let `server` answer until no request came for a second, six seconds at most, or until `again` is set; then end.

    Every answer closes its connection meanwhile, and what is under way is answered.
    """
    stopping.begin()
    again.clear()
    ends, seen, quiet_since = monotonic() + LONGEST_S, -1, monotonic()
    while not again.is_set() and monotonic() < min(ends, quiet_since + QUIET_S):
        if (asked := server.server_state.total_requests) != seen:
            seen, quiet_since = asked, monotonic()
        await asyncio.sleep(0.05)
    await finish(server)
