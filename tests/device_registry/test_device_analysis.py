"""The quarterly analysis of an agency's devices: opened for everybody, closed when each flagged device is decided."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

import pytest

from common.values.clock import BEIJING
from common.values.law import NJ_13
from tests.device_registry.stories import registration, take
from tests.device_registry.test_anomalies import VISIT, act, the_review, to_a_held_device
from tests.given import ARCHIVED
from tests.snapshots import Place
from tests.world import World


async def _to_a_quarter_that_is_over(world: World) -> None:
    """A device of the first agency was out of line in April, one of the second never worked; it is 15 July."""
    await to_a_held_device(world)
    draft = registration(device_code="31010400001190000999")
    assert (await world.person("DEVICE_ADMIN", 1).post("/v1/devices", json=draft)).status_code == 201
    world.clock.to(datetime(2025, 7, 15, 9, tzinfo=BEIJING))
    await world.settle()


QUARTER: Final = Place(ARCHIVED, _to_a_quarter_that_is_over)
pytestmark = pytest.mark.begins("quarter over", QUARTER)

TUNED: Final = {
    "decision": "RE_PARAMETERISE",
    "reason": "标线重新施划,触发线后移。",
    "parameters": {"trigger_line_m": "3.5"},
}


async def path_of(world: World, agency: int = 0) -> str:
    [analysis] = (await world.person("AGENCY_HEAD", agency).get("/v1/device-analyses")).json()["items"]
    assert analysis["quarter"] == "2025-Q2"
    return f"/v1/device-analyses/{analysis['analysis_id']}"


async def document(world: World, path: str, agency: int = 0) -> bytes:
    answer = await world.person("AGENCY_HEAD", agency).get(f"{path}/document")
    assert answer.headers["content-type"] == "application/pdf"
    return answer.content


@pytest.mark.law(NJ_13)
async def test_NJ_13_1_a_quarter_closes_when_each_flagged_device_has_its_decision(world: World) -> None:
    device, path = world.ready["camera"], await path_of(world)
    head = world.person("AGENCY_HEAD")
    opened = (await head.get(path)).json()
    assert [(each["device_id"], each["flags"]) for each in opened["flagged"]] == [
        (device, ["A2", "A4", "A7"])
    ]
    assert (opened["totals"]["accepted"], opened["totals"]["fine_fen"], opened["due_on"]) == (
        1,
        10_000,
        "2025-07-29",
    )
    assert await act(world, "AGENCY_HEAD", f"{path}/closure", {}) == (409, "DEV_ANALYSIS_UNDECIDED")

    decided = await head.post(f"{path}/decisions", json=TUNED | {"device_id": device})

    assert decided.status_code == 201
    racing = [act(world, "AGENCY_HEAD", f"{path}/closure", {}) for _ in range(8)]
    assert sorted(status for status, _ in await asyncio.gather(*racing)) == [201] + [409] * 7
    closed = (await head.get(path)).json()
    report = json.loads(closed["report"])
    [line] = report["flagged"]
    assert (line["device_id"], line["flags"]) == (device, ["A2", "A4", "A7"])
    assert [(each["decision"], each["by"]) for each in line["decisions"]] == [("RE_PARAMETERISE", head.id)]
    # The change of the parameters is a version with its author.
    versions = (await head.get(f"/v1/devices/{device}/parameters")).json()["items"]
    assert [(each["n"], each["parameters"], each["set_by"]) for each in versions] == [
        (1, {"trigger_line_m": "3.5"}, head.id)
    ]
    # What is signed into the ledger are the digests of both forms.
    pdf = await document(world, path)
    await world.settle()
    analysis = path.rpartition("/")[2]
    page = await head.get(f"/v1/ledger/streams/analysis/{analysis}/records")
    record = page.json()["items"][-1]["record"]
    assert record["type"] == "analysis.closed"
    assert record["data"]["report_sha256"] == sha256(closed["report"].encode()).hexdigest()
    assert record["data"]["document_sha256"] == sha256(pdf).hexdigest() == closed["document_sha256"]
    assert pdf.startswith(b"%PDF")
    assert await act(world, "AGENCY_HEAD", f"{path}/decisions", TUNED | {"device_id": device}) == (
        409, "DEV_ANALYSIS_CLOSED",
    )  # fmt: skip


@pytest.mark.law(NJ_13)
async def test_a_device_that_the_analysis_stops_is_out_of_use_at_once(world: World) -> None:
    device, path = world.ready["camera"], await path_of(world)
    review = f"/v1/anomaly-reviews/{(await the_review(world))['review_id']}"
    visit = VISIT | {"visited_on": "2025-07-15"}
    assert (await act(world, "DEVICE_ADMIN", f"{review}/site-visit", visit))[0] == 201
    kept = {"outcome": "KEEP", "reason": "现场核查设置合理,予以保留。"}
    assert (await act(world, "AGENCY_HEAD", f"{review}/decision", kept))[0] == 201
    for step in ("verifications", "resumption"):
        answer = await take(world, device, step)
        assert answer.status_code == 201, answer.text
    stop = {"device_id": device, "decision": "STOP", "reason": "季度分析认为设置不合理,停止使用。"}

    assert (await act(world, "AGENCY_HEAD", f"{path}/decisions", stop))[0] == 201

    shown = (await world.person("DEVICE_ADMIN").get(f"/v1/devices/{device}")).json()
    assert shown["state"] == "SUSPENDED"


@pytest.mark.law(NJ_13)
async def test_a_quarter_in_which_nothing_was_out_of_line_is_reported_too(world: World) -> None:
    path = await path_of(world, agency=1)

    assert (await act(world, "AGENCY_HEAD", f"{path}/closure", {}, 1))[0] == 201

    closed = (await world.person("AGENCY_HEAD", 1).get(path)).json()
    assert json.loads(closed["report"])["flagged"] == []
    assert closed["totals"]["captures"] == 0
    assert sha256(await document(world, path, 1)).hexdigest() == closed["document_sha256"]


async def test_the_decision_of_a_review_is_the_decision_of_the_quarter(world: World) -> None:
    review, path = await the_review(world), await path_of(world)
    of_review = f"/v1/anomaly-reviews/{review['review_id']}"
    await act(world, "DEVICE_ADMIN", f"{of_review}/site-visit", VISIT)
    moved = {"outcome": "MOVE", "reason": "移至路口以外。"}
    assert (await act(world, "AGENCY_HEAD", f"{of_review}/decision", moved))[0] == 201

    assert (await act(world, "AGENCY_HEAD", f"{path}/closure", {}))[0] == 201

    [line] = json.loads((await world.person("AGENCY_HEAD").get(path)).json()["report"])["flagged"]
    assert [(each["decision"], each["review_id"]) for each in line["decisions"]] == [
        ("MOVE", review["review_id"])
    ]


async def test_only_the_agency_decides_about_its_own_flagged_devices(world: World) -> None:
    device, path = world.ready["camera"], await path_of(world)
    order: dict[str, Any] = {"device_id": device, "decision": "KEEP", "reason": "合理。"}

    for name, body in (("decisions", order), ("closure", {})):
        assert (await act(world, "AGENCY_HEAD", f"{path}/{name}", body, 1))[0] == 404
        assert (await act(world, "CASE_OFFICER", f"{path}/{name}", body))[0] == 403
    assert (await world.person("AGENCY_HEAD", 1).get(path)).status_code == 404
    assert (await world.person("AGENCY_HEAD").get(f"{path}/document")).status_code == 404
    theirs = await path_of(world, agency=1)
    foreign = order | {"device_id": device}
    assert (await act(world, "AGENCY_HEAD", f"{theirs}/decisions", foreign, 1))[0] == 404
    untuned = order | {"decision": "RE_PARAMETERISE"}
    assert await act(world, "AGENCY_HEAD", f"{path}/decisions", untuned) == (
        422,
        "DEV_PARAMETERS_WITH_OUTCOME",
    )
