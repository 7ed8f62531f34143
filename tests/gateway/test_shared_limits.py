"""Two processes of the gateway have one limit for a caller."""

from __future__ import annotations

import asyncio

import pytest

from gateway.limits import Limits, RateLimited
from tests.world import World


async def test_what_a_caller_spends_at_one_process_is_gone_at_the_other(world: World) -> None:
    db = world.runtimes["gateway"].db
    one, other = Limits(100), Limits(100)
    for _ in range(60):
        one.spend("officer:a")
        other.spend("officer:b")
    for _ in range(30):
        other.spend("officer:a")

    await asyncio.gather(one.share(db), other.share(db))
    # Each hears what the other told with its own next word.
    one.spend("officer:a")
    await one.share(db)

    # Ninety-one of a hundred are gone, and some came back meanwhile.
    assert 9 <= allowed(one, "officer:a", of=40) < 40
    one.spend("officer:b")


def allowed(limits: Limits, who: str, *, of: int) -> int:
    """How many of so many requests are answered."""
    count = 0
    for _ in range(of):
        try:
            limits.spend(who)
        except RateLimited:
            continue
        count += 1
    return count


async def test_a_caller_that_both_let_through_too_often_waits_longer(world: World) -> None:
    db = world.runtimes["gateway"].db
    one, other = Limits(60), Limits(60)
    for _ in range(60):
        one.spend("10.0.0.7")
        other.spend("10.0.0.7")

    await one.share(db)
    await other.share(db)

    with pytest.raises(RateLimited) as refused:
        other.spend("10.0.0.7")
    assert int(refused.value.headers["retry-after"]) >= 55
