"""A capture that came in after its period, over HTTP: flagged, explained by an officer, or rejected."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from common.values.clock import BEIJING
from common.values.law import NJ_12
from tests.evidence.camera import Device, captures
from tests.evidence.test_review import ALL, open_all, refused, registered, types_of
from tests.given import IN_SERVICE
from tests.world import World

REASON = "光缆被施工挖断,设备恢复联网后补传"


def passed(camera: Device, ago: timedelta, serial: int) -> dict[str, Any]:
    """A vehicle that passed `ago` before now, with two pictures of then."""
    at = camera.world.clock() - ago
    vehicle = camera.vehicle(serial=serial, shade=serial * 20)
    time = f"{at.astimezone(BEIJING):%Y%m%d%H%M%S}"
    source = f"{camera.code}02{time}{serial:05d}"
    pictures = vehicle["SubImageList"]["SubImageInfoObject"]
    for n, back in enumerate((timedelta(minutes=1), timedelta(0))):
        pictures[n]["ShotTime"] = f"{(at - back).astimezone(BEIJING):%Y%m%d%H%M%S}"
    return vehicle | {
        "MotorVehicleID": f"{source}02{serial:05d}",
        "SourceID": source,
        "PassTime": time,
    }


@pytest.mark.law(NJ_12)
@pytest.mark.begins(IN_SERVICE)
async def test_NJ_12_1_a_capture_later_than_a_day_is_accepted_for_a_recorded_reason_alone(
    world: World,
) -> None:
    camera = await registered(world)
    world.clock.advance(days=2)
    day = timedelta(hours=world.runtimes["evidence"].profile.limits.ingest_hours)
    pushed = await camera.push(
        passed(camera, day - timedelta(seconds=30), 1),
        passed(camera, day + timedelta(seconds=1), 2),
        passed(camera, day + timedelta(seconds=1), 3),
    )
    assert pushed.status_code == 200
    await world.settle()
    rows = sorted((await captures(world))[-3:], key=lambda row: str(row["object_id"])[-5:])
    first, other = (world.person("EVIDENCE_REVIEWER", nth=n) for n in (0, 1))
    # In time, late with a reason, late without one.
    paths = [f"/v1/captures/{row['id']}" for row in rows]
    for path in paths:
        assert (await first.post(f"{path}/review")).status_code == 201
        await open_all(first, path)
    answers = {"attributes": ALL}

    lags = [row["received_at"] - row["captured_at"] for row in rows]
    needless = await first.post(f"{paths[0]}/acceptance-proposal", json=answers | {"late_reason": REASON})
    punctual = await first.post(f"{paths[0]}/acceptance-proposal", json=answers)
    without = [await first.post(f"{path}/acceptance-proposal", json=answers) for path in paths[1:]]
    proposal = await first.post(f"{paths[1]}/acceptance-proposal", json=answers | {"late_reason": REASON})
    shown = (await other.get(paths[1])).json()
    await open_all(other, paths[1])
    accepted = await other.post(f"{paths[1]}/acceptance", json=answers)
    unproposed = await other.post(f"{paths[2]}/acceptance", json=answers)
    rejected = await first.post(f"{paths[2]}/rejection", json={"codes": ["E-TIM-02"], "attributes": ALL})

    flagged = ["LATE_INGEST" in row["flags"] for row in rows]
    assert ([lag > day for lag in lags], flagged) == ([False, True, True],) * 2
    assert (refused(needless), punctual.status_code) == ((422, "EVD_LATE_INGEST"), 201)
    for answer in without:
        assert refused(answer) == (409, "EVD_LATE_INGEST")
        assert answer.json()["article"] == "NJ 12"
        assert [v["code"] for v in answer.json()["violations"]] == ["E-TIM-02"]
    assert (proposal.status_code, proposal.json()["late_reason"], shown["late_reason"]) == (
        201,
        REASON,
        REASON,
    )
    assert (accepted.status_code, accepted.json()["state"]) == (201, "ACCEPTED")
    assert refused(unproposed) == (409, "EVD_TRANSITION_NOT_ALLOWED")
    assert (rejected.json()["state"], rejected.json()["rejection_codes"]) == ("REJECTED", ["E-TIM-02"])
    assert "acceptance_proposed" in await types_of(world, paths[1])
    async with world.database("evidence") as connection:
        notes = await connection.fetch("SELECT note FROM outbox")
    assert all(REASON.encode() not in row["note"] for row in notes)
    assert (await world.fsck()).clean
