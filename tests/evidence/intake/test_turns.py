"""Decoders are held in turn, so that a heavy account holds up nobody but itself; large bodies leave room for others."""

from __future__ import annotations

import asyncio

import pytest

from common.values.errors import Kind, Refusal
from evidence.intake.budget import LARGE, Budget
from evidence.intake.turns import ALONE_AFTER_S, Turns


class Players:
    """Accounts that hold things until they are told to let go; `order` is who got one, in turn."""

    def __init__(self, *things: str) -> None:
        self.now = 0.0
        self.turns = Turns(things, clock=lambda: self.now)
        self.order: list[str] = []
        self._ends: list[tuple[str, asyncio.Event]] = []

    async def want(self, account: str) -> asyncio.Task[None]:
        end = asyncio.Event()

        async def hold() -> None:
            async with self.turns.turn(account):
                self.order.append(account)
                self._ends.append((account, end))
                await end.wait()

        task = asyncio.create_task(hold())
        await _settled()
        return task

    async def let_go(self, account: str) -> None:
        mine = next(each for each in self._ends if each[0] == account)
        self._ends.remove(mine)
        mine[1].set()
        await _settled()


async def _settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_dozen_of_one_account_wait_behind_one_of_another() -> None:
    players = Players("only")
    for _ in range(12):
        await players.want("heavy")
    await players.want("light")
    await players.let_go("heavy")
    await players.let_go("light")
    await players.want("third")
    await players.let_go("heavy")

    assert players.order == ["heavy", "light", "heavy", "third"]


async def test_of_two_things_an_account_that_is_not_alone_leaves_one() -> None:
    players = Players("a", "b")
    await players.want("light")
    await players.let_go("light")
    for _ in range(3):
        await players.want("heavy")
    held_at_first = list(players.order)
    await players.want("light")

    assert held_at_first == ["light", "heavy"]
    assert players.order == ["light", "heavy", "light"]


async def test_an_account_that_is_alone_holds_everything() -> None:
    players = Players("a", "b")
    await players.want("other")
    await players.let_go("other")
    players.now += ALONE_AFTER_S + 1
    for _ in range(3):
        await players.want("platform")

    assert players.order == ["other", "platform", "platform"]


async def test_the_account_that_holds_fewest_is_next_and_then_the_one_served_longest_ago() -> None:
    players = Players("a", "b", "c")
    for _ in range(4):
        await players.want("heavy")
    await players.want("light")
    await players.want("light")
    await players.let_go("heavy")
    await players.let_go("heavy")

    assert players.order == ["heavy"] * 3 + ["light", "heavy"]


async def test_a_caller_that_goes_away_leaves_its_turn_to_the_next() -> None:
    players = Players("only")
    first = await players.want("first")
    waiting = await players.want("second")
    await players.want("third")

    waiting.cancel()
    first.cancel()
    await _settled()

    assert players.order == ["first", "third"]


async def test_large_bodies_leave_room_for_a_small_one_and_what_finds_none_is_refused() -> None:
    budget = Budget(4 * LARGE, wait_s=0.05)

    async with budget.room(2 * LARGE):
        with pytest.raises(Refusal) as refused:
            async with budget.room(LARGE + 1):
                pass
        async with budget.room(LARGE), budget.room(LARGE):
            with pytest.raises(Refusal):
                async with budget.room(1):
                    pass
            async with budget.room(0):
                pass  # a request without a body needs no room
    async with budget.room(LARGE), budget.room(LARGE), budget.room(LARGE - 1):
        with pytest.raises(Refusal):
            async with budget.room(LARGE + 2):
                pass  # large and small ones share one bound
    async with budget.room(100 * LARGE):
        pass  # one body alone may be larger than all the room

    assert (refused.value.kind, refused.value.code) == (Kind.UNAVAILABLE, "VIID_BUSY")
    assert (budget._used, budget._large) == (0, 0)
