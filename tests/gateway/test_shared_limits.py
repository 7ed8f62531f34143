"""Two processes of the gateway have one limit for a caller."""

from __future__ import annotations

import asyncio

import pytest

from common.door.uow import Database
from gateway.limits import Limits, RateLimited
from tests.world import World

NOBODY_LISTENS = "postgresql://svc_gateway@127.0.0.1:9/none"


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


async def test_what_waits_for_the_database_is_bounded_and_is_told_in_slices(world: World) -> None:
    db, other = world.runtimes["gateway"].db, Limits(100)
    away = Database.connect(
        NOBODY_LISTENS, service=db.service, signer=db.signer, clock=db.clock, secrets=db.secrets
    )
    one = Limits(100, most_buckets=7, told_at_once=3)

    for number in range(20):
        one.spend(f"2001:db8::{number}")
        with pytest.raises(ConnectionRefusedError):
            await one.share(away)
    one.spend("2001:db8::19")
    await one.share(db)
    await one.share(db)

    # The oldest thirteen of twenty were forgotten; of the others each was told once, in three slices.
    left = {}
    for number in (3, 12, 13, 19):
        other.spend(f"2001:db8::{number}")
    await other.share(db)
    for number in (3, 12, 13, 19):
        left[number] = allowed(other, f"2001:db8::{number}", of=100)
    assert left == {3: 99, 12: 99, 13: 98, 19: 97}
    await away.close()
