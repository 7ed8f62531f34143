"""How long records wait for the ledger: the gauge, one line when it is too long, one when it is over."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from common.door.relay import Backlog
from common.web.settings import RelaySettings, Settings
from tests.faults.records import record
from tests.world import World


async def test_a_record_that_waits_too_long_is_an_alarm_until_it_is_carried(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    case = world.runtimes["case"]
    backlog = Backlog("case", case.db.engine, world.clock, 60)
    caplog.set_level(logging.WARNING, logger="common.door.relay")

    async def look() -> float:
        await backlog.look()
        return REGISTRY.get_sample_value("mingzheng_relay_oldest_seconds", {"service": "case"}) or 0.0

    assert await look() == 0
    await record(case.db, 2)
    world.clock.advance(seconds=50)
    assert 50 <= await look() < 60
    world.clock.advance(seconds=50)
    assert await look() >= 100
    assert await look() >= 100
    await world.settle()
    assert await look() == 0
    assert await look() == 0

    first, second = (entry.getMessage() for entry in caplog.records if entry.name == "common.door.relay")
    assert first.startswith("ALARM: the oldest record of case has waited 1")
    assert second.startswith("alarm over: the records of case")


def test_a_relay_takes_the_environment_of_its_service_and_no_unknown_variable(tmp_path: Path) -> None:
    whole = {
        "MINGZHENG_CASE_RELAY_URL": "postgresql://relay_case@/case",
        "MINGZHENG_CASE_DATABASE_URL": "postgresql://svc_case@/case",
        "MINGZHENG_CASE_KEYS": str(tmp_path),
        "MINGZHENG_CASE_PEERS": "evidence=http://127.0.0.1:1",
    }

    settings = RelaySettings.read(whole, "case", beside=Settings)

    assert settings.peer_urls("case") == {"evidence": "http://127.0.0.1:1"}
    with pytest.raises(SystemExit, match="MINGZHENG_CASE_DATABASE: 没有这一项设置"):
        RelaySettings.read(whole | {"MINGZHENG_CASE_DATABASE": "x"}, "case", beside=Settings)
