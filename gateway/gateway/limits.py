"""How often a caller may ask: a bucket of tokens for each subject, and for each address of callers without a name.

The buckets are in the memory of this process, because they protect this process. A quota that the law or a contract
sets belongs into the database.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from math import ceil
from time import monotonic

from common.values.errors import Kind, Refusal
from gateway.upstream import Headers

_WINDOW_S = 60
_MOST_BUCKETS = 50_000


class RateLimited(Refusal):
    """The caller must wait `wait_s` seconds before its next request is answered."""

    def __init__(self, per_minute: int, wait_s: int) -> None:
        super().__init__(Kind.LIMITED, "RATE_LIMITED", {"per_minute": per_minute, "wait_s": wait_s})
        self.headers["retry-after"] = str(wait_s)


@dataclass
class _Bucket:
    tokens: float
    at: float


class Limits:
    """`per_minute` requests in any minute, in bursts of as many."""

    def __init__(self, per_minute: int) -> None:
        self._most = per_minute
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def spend(self, who: str) -> Headers:
        """One request of `who`: the RateLimit headers of its answer. Raises RateLimited."""
        now = monotonic()
        bucket = self._buckets.setdefault(who, _Bucket(self._most, now))
        self._buckets.move_to_end(who)
        # The bucket that was used longest ago is dropped first. It is the likeliest to be full again.
        while len(self._buckets) > _MOST_BUCKETS:
            self._buckets.popitem(last=False)
        bucket.tokens = min(self._most, bucket.tokens + (now - bucket.at) * self._most / _WINDOW_S)
        bucket.at = now
        if bucket.tokens < 1:
            raise RateLimited(self._most, ceil((1 - bucket.tokens) * _WINDOW_S / self._most))
        bucket.tokens -= 1
        refill = ceil((self._most - bucket.tokens) * _WINDOW_S / self._most)
        return [
            (b"ratelimit-policy", f'"app";q={self._most};w={_WINDOW_S}'.encode()),
            (b"ratelimit", f'"app";r={int(bucket.tokens)};t={refill}'.encode()),
        ]
