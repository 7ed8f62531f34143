"""Limits how often a caller may ask, and how much work all callers without a name may cause together.

    every request                 a bucket of requests for each subject, or for each address without a name
    an open route, without a name  besides, one bucket of work for all such callers: it is cheap to own many addresses

A request is judged by the buckets in the memory of this process, which costs nothing. Once a second the process tells
PostgreSQL what its callers spent and hears what is left for them, so that several processes have one limit: for that
second a caller may get more than its share, and waits longer afterwards. While the database is away each process counts
alone. The work of callers without a name is counted in each process, because it protects this process.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from time import monotonic
from typing import Final

from common.door.uow import Database
from common.values.errors import Kind, Refusal
from common.web.app import Job
from gateway.identity.runtime import GatewayRuntime
from gateway.identity.store import ratebuckets
from gateway.upstream import Headers

OPEN_SHARE: Final = 30
"""Units of work a minute for all callers without a name, as a multiple of what one caller may ask in requests.

A unit is the work of the cheapest request (`Route.cost`), about a millisecond: at 600 requests a minute they can take
at most a third of one core from the callers with a name.
"""

_WINDOW_S: Final = 60
MOST_BUCKETS: Final = 50_000
"""Callers that a process remembers."""
TOLD_AT_ONCE: Final = 1_000
"""Of so many callers one statement tells: that of all, after an hour without a database, would not end in time."""


class RateLimited(Refusal):
    """The caller must wait `wait_s` seconds before its next request is answered."""

    def __init__(self, per_minute: int, wait_s: int) -> None:
        super().__init__(Kind.LIMITED, "RATE_LIMITED", {"per_minute": per_minute, "wait_s": wait_s})
        self.headers["retry-after"] = str(wait_s)


class OpenBudgetSpent(Refusal):
    """Callers without a name have used their common budget. A caller with a name is never refused for it."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(Kind.UNAVAILABLE, "OPEN_BUDGET_SPENT", {"wait_s": wait_s})
        self.headers["retry-after"] = str(wait_s)


@dataclass
class _Bucket:
    """`most` tokens, refilled within a minute."""

    most: int
    tokens: float
    at: float

    def take(self, count: int) -> int:
        """Takes `count` tokens and returns 0; or takes none, and returns the seconds until there are enough."""
        now = monotonic()
        self.tokens = min(self.most, self.tokens + (now - self.at) * self.most / _WINDOW_S)
        self.at = now
        if self.tokens < count:
            return ceil((count - self.tokens) * _WINDOW_S / self.most)
        self.tokens -= count
        return 0


class Limits:
    """`per_minute` requests in any minute, in bursts of as many.

    It remembers `most_buckets` callers, and tells the database about `told_at_once` of them in one statement.
    """

    def __init__(
        self, per_minute: int, *, most_buckets: int = MOST_BUCKETS, told_at_once: int = TOLD_AT_ONCE
    ) -> None:
        self._most = per_minute
        self._most_buckets, self._told_at_once = most_buckets, told_at_once
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self._unshared: dict[str, float] = {}
        together = per_minute * OPEN_SHARE
        self._open = _Bucket(together, together, monotonic())

    def spend(self, who: str) -> Headers:
        """Counts one request of `who`. Returns the RateLimit headers of its answer. Raises RateLimited."""
        bucket = self._buckets.setdefault(who, _Bucket(self._most, self._most, monotonic()))
        self._buckets.move_to_end(who)
        # Forget the caller whose last request is the oldest: its bucket is full again.
        while len(self._buckets) > self._most_buckets:
            forgotten, _ = self._buckets.popitem(last=False)
            self._unshared.pop(forgotten, None)
        if wait_s := bucket.take(1):
            raise RateLimited(self._most, wait_s)
        self._unshared[who] = self._unshared.get(who, 0) + 1
        refill = ceil((self._most - bucket.tokens) * _WINDOW_S / self._most)
        return [
            (b"ratelimit-policy", f'"app";q={self._most};w={_WINDOW_S}'.encode()),
            (b"ratelimit", f'"app";r={int(bucket.tokens)};t={refill}'.encode()),
        ]

    def give_back(self, who: str) -> None:
        """Counts the last request of `who` no more, because a service knows who it is.

        A platform pushes for thousands of cameras from one address: what it may send is bounded where pushes are taken
        in, by its share of the work and not by how often it asks.
        """
        if (bucket := self._buckets.get(who)) is not None:
            bucket.tokens = min(bucket.most, bucket.tokens + 1)
            self._unshared[who] = self._unshared.get(who, 0) - 1

    async def share(self, db: Database) -> None:
        """Tell the other processes what was spent here since the last time, and hear what is left."""
        spent, self._unshared = self._unshared, {}
        if not spent:
            return
        untold = list(spent)
        try:
            while untold:
                told = {who: spent[who] for who in untold[: self._told_at_once]}
                left = await ratebuckets.spend(db, told, most=self._most, window_s=_WINDOW_S)
                untold = untold[self._told_at_once :]
                self._hear(left)
        finally:
            # What was not told is told the next time, except of callers that were forgotten meanwhile.
            for who in untold:
                if who in self._buckets:
                    self._unshared[who] = self._unshared.get(who, 0) + spent[who]

    def _hear(self, left: Mapping[str, float]) -> None:
        now = monotonic()
        for who, tokens in left.items():
            if (bucket := self._buckets.get(who)) is not None:
                bucket.tokens, bucket.at = tokens - self._unshared.get(who, 0), now

    def spend_open(self, cost: int) -> None:
        """Counts `cost` units of work for a caller without a name. Raises OpenBudgetSpent."""
        if wait_s := self._open.take(cost):
            raise OpenBudgetSpent(wait_s)


def sharing(limits: Limits) -> tuple[Job[GatewayRuntime], ...]:
    """The jobs of a process whose callers have these limits."""

    async def share(runtime: GatewayRuntime) -> None:
        await limits.share(runtime.db)

    async def forget(runtime: GatewayRuntime) -> None:
        await ratebuckets.forget(runtime.db, window_s=2 * _WINDOW_S)

    return (Job("limits", share, every_s=1, everywhere=True), Job("full-buckets", forget, every_s=60))
