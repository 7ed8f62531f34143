"""A clock that was once far ahead: the log waits, a person decides on record, and the log goes on."""

from __future__ import annotations

import argparse

import pytest

from common.values.errors import Refusal
from evidence.ledger.term import BEHIND
from ledger.canonical import parse_instant
from mz.__main__ import _parser
from mz.operate.accept import accept
from mz.operate.keys import CannotDo
from tests.device_registry.stories import register
from tests.world import World, opened


def asked(world: World) -> argparse.Namespace:
    officer = world.person("SUPERVISOR").id
    return _parser().parse_args(
        ["ledger", "accept", "--clock", "--officer", officer, "--reason", "CLOCK_WAS_AHEAD"]
    )


async def test_a_clock_that_was_far_ahead_holds_the_log_until_a_person_decides_on_record(
    world: World,
) -> None:
    file = world.installation.d.clock
    right = file.read_bytes()
    await world.runtimes["evidence"].ledger.stop()
    with pytest.raises(CannotDo, match="时钟没有落后"):
        await accept(world.installation, asked(world))

    async with opened(world.installation) as ahead:
        ahead.clock.advance(days=40)
        await register(ahead)
        await ahead.carry()
        file.write_bytes(right)
        await register(ahead, device_code="31010400001190000002")
        with pytest.raises(Refusal) as refusal:
            await ahead.carry()
        assert refusal.value.code == "LEDGER_CLOCK_BEHIND"
        behind = BEHIND._value.get()
        await ahead.runtimes["evidence"].ledger.stop()
        await accept(ahead.installation, asked(ahead))

    async with opened(world.installation) as again:
        await again.carry()
        entries = (await again.anonymous.get("/v1/ledger/streams/log/overruled/records")).json()["items"]
        last = (await again.anonymous.get("/v1/ledger/standing")).json()["size"] - 1
        newest = (await again.anonymous.get(f"/v1/ledger/entries/{last}")).json()
        (decision,) = [each["record"]["data"] for each in entries]
        assert parse_instant(decision["last"]) > again.clock()
        assert decision["reason"] == "CLOCK_WAS_AHEAD"
        assert newest["time"] == entries[0]["time"], "until the clock is there, time stands still"
        assert (await again.fsck()).findings == []
    assert behind > 39 * 86_400
