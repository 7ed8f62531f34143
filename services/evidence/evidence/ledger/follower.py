"""A process that stands by forwards an append to the leader, once.

    caller ──POST──▶ follower ──the same request, token and all, and Mingzheng-Forwarded──▶ leader
       ▲                                                                                       │
       └────────────────────────────── its answer, byte for byte ──────────────────────────────┘

A leader writes its address beside its fencing number when it takes over. A forwarded request is not forwarded again:
while leadership changes, two processes that each take the other for the leader would pass it to and fro.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import httpx
import sqlalchemy as sa

from common.calls.http import DEADLINE_S
from common.door.uow import Database, operational
from common.web.auth import TOKEN_HEADER
from evidence.ledger.batch import no_leader

log = logging.getLogger(__name__)

FORWARDED: Final = "mingzheng-forwarded"
_CARRIED: Final = (TOKEN_HEADER, "content-type", "traceparent", "tracestate")
# Shorter than the caller's own deadline, so that the caller gets the refusal and not a timeout.
_DEADLINE_S: Final = DEADLINE_S - 1


@dataclass(frozen=True)
class Answer:
    """The leader's answer."""

    status: int
    body: bytes
    media_type: str | None


class Follower:
    """Forwards appends to the process that leads the log `origin`. `url` is the address of this process."""

    def __init__(self, db: Database, *, origin: str, url: str | None) -> None:
        self._db = db
        self._origin = origin
        self._url = url

    @cached_property
    def _client(self) -> httpx.AsyncClient:
        # Made for the first append that is forwarded: a process that leads needs no client and no TLS context.
        return httpx.AsyncClient(timeout=_DEADLINE_S, trust_env=False, follow_redirects=False)

    async def forward(self, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """The leader's answer to a POST of `body` to the path and query `target`.

        The leader verifies the token itself, which holds for this audience, request and body, not for one process.
        Raises Refusal LEDGER_NO_LEADER if no leader is known or it does not answer.
        """
        leader = None if FORWARDED in headers else await self._leader()
        if leader is None:
            raise no_leader()
        carried = {name: headers[name] for name in _CARRIED if name in headers}
        try:
            answer = await self._client.post(
                leader + target, content=body, headers=carried | {FORWARDED: "1"}
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            # It is unknown whether the record was appended. The caller repeats the call, which is harmless.
            log.warning("couldn't reach the sequencer that leads: %s", type(error).__name__)
            raise no_leader() from None
        return Answer(answer.status_code, answer.content, answer.headers.get("content-type"))

    async def _leader(self) -> str | None:
        if self._url is None:
            return None
        query = (
            "SELECT leader_url FROM public.ledger_lease JOIN ledger.log USING (log_id) WHERE origin = :origin"
        )
        async with operational(self._db) as conn:
            url: str | None = await conn.scalar(sa.text(query), {"origin": self._origin})
        return None if url == self._url else url

    async def close(self) -> None:
        if "_client" in vars(self):
            await self._client.aclose()
