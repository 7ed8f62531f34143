"""A device whose figures are out of line, over HTTP with real captures and fines: flags, hold, visit, decision."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final

import httpx
import pytest

from common.values.clock import BEIJING
from common.values.datafiles import load_profile
from common.values.law import APL_74_3, NJ_13, PJ_2_5
from tests.case.oversight_given import a_district_supervisor
from tests.evidence.camera import Device, captures
from tests.given import ARCHIVED, CAMERA
from tests.snapshots import Place
from tests.world import World

LAW: Final = asdict(load_profile("DEMO").abnormality.thresholds)
SMALL: Final = LAW | {"peers_least": 1, "volume_times": 1, "rate_peers_least": 1}
"""With these a device compares with itself: one accepted capture is a volume, one of a hundred passes a rate."""

THRESHOLDS = {"from_on": "2025-04-01", "figures": SMALL, "reason": "本市设备少,先以小样本试行。"}
VISIT: Final[dict[str, Any]] = {
    "visited_on": "2025-05-15",
    "answers": {
        "SIGN_VISIBLE": "YES",
        "MARKINGS_CLEAR": "NO",
        "LIMIT_REASONABLE": "YES",
        "TIMING_REASONABLE": "YES",
        "NO_MILDER_ALTERNATIVE": "NO",
    },
    "remarks": "标线磨损,驾驶人难以辨认;重新施划标线即可。",
    "photos": ["ab" * 32],
}
KEEP: Final = {"outcome": "KEEP", "reason": "已重新施划标线,设置合理。"}
LOOKED_AT: Final = datetime(2025, 5, 15, 9, tzinfo=BEIJING)


async def device_of(world: World) -> str:
    async with world.database("evidence") as connection:
        return str(await connection.fetchval("SELECT device_id FROM captures"))


async def to_a_held_device(world: World) -> None:
    """One capture accepted and one fine in April, and thresholds by which that is too much."""
    world.ready["camera"] = device = await device_of(world)
    supervisor, admin = world.person("SUPERVISOR"), world.person("DEVICE_ADMIN")
    assert (await supervisor.post("/v1/anomaly-thresholds", json=THRESHOLDS)).status_code == 201
    flow = {"month": "2025-04-01", "passes": 100}
    assert (await admin.post(f"/v1/devices/{device}/flow-counts", json=flow)).status_code == 201
    world.clock.to(LOOKED_AT - timedelta(days=1))
    world.ready["capture"] = (await pushed(world, device))["id"]
    world.clock.to(LOOKED_AT)
    await world.settle()


HELD: Final = Place(ARCHIVED, to_a_held_device)
pytestmark = pytest.mark.begins("device held", HELD)


async def the_review(world: World) -> dict[str, Any]:
    [review] = (await world.person("AGENCY_HEAD").get("/v1/anomaly-reviews?undecided=true")).json()["items"]
    return dict(review)


async def act(
    world: World, role: str, path: str, order: Mapping[str, Any], agency: int = 0
) -> tuple[int, Any]:
    answer: httpx.Response = await world.person(role, agency).post(path, json=order)
    return answer.status_code, answer.json().get("code")


async def state_of(world: World, device: str) -> str:
    return str((await world.person("DEVICE_ADMIN").get(f"/v1/devices/{device}")).json()["state"])


async def pushed(world: World, device: str) -> dict[str, Any]:
    """A capture that the device pushes now, as it stands after the jobs have run."""
    camera = Device(world, device, CAMERA.code, "", "")
    await camera.issue()
    await camera.register()
    await camera.push()
    await world.settle()
    return dict((await captures(world))[-1])


async def state_of_capture(world: World, evidence_id: str) -> tuple[str, list[str]]:
    [row] = [row for row in await captures(world) if row["id"] == evidence_id]
    return row["state"], row["check_codes"]


@pytest.mark.law(NJ_13, PJ_2_5)
async def test_NAT_13_a_device_out_of_line_is_suspended_and_reviewed_within_ten_working_days(
    world: World,
) -> None:
    device, head = world.ready["camera"], world.person("AGENCY_HEAD")

    review = await the_review(world)

    assert (review["device_id"], review["flags"], review["months"]) == (
        device, ["A2", "A4", "A7"], ["2025-04-01"],
    )  # fmt: skip
    assert (review["is_held"], review["due_on"], review["is_overdue"]) == (True, "2025-05-29", False)
    figures = review["figures"]
    assert (figures["accepted"], figures["fine_fen"], figures["passes"]) == (1, 10_000, 100)
    assert review["thresholds"].startswith("thr_")
    async with world.database("device-registry") as connection:
        period = await connection.fetchrow("SELECT * FROM device_periods ORDER BY n DESC LIMIT 1")
    assert (period["state"], period["reason"], period["by_agency"]) == ("SUSPENDED", "ABNORMAL_VOLUME", None)
    [listed] = (await world.person("SUPERVISOR").get("/v1/key-supervision")).json()["items"]
    assert (listed["device_id"], listed["state"], listed["outcome"]) == (device, "SUSPENDED", None)
    # Nobody puts it into use again before a person has looked at it.
    assert await act(world, "AGENCY_HEAD", f"/v1/devices/{device}/resumption", {"note": "恢复"}) == (
        409, "DEV_ANOMALY_UNDECIDED",
    )  # fmt: skip
    world.clock.to(datetime(2025, 5, 30, tzinfo=BEIJING))
    assert (await head.get(f"/v1/anomaly-reviews/{review['review_id']}")).json()["is_overdue"]


@pytest.mark.law(PJ_2_5)
async def test_PJ_2_5_flags_lead_to_a_finding_by_a_person_with_a_reason(world: World) -> None:
    device, review = world.ready["camera"], await the_review(world)
    path = f"/v1/anomaly-reviews/{review['review_id']}"
    short = VISIT | {"answers": {"SIGN_VISIBLE": "YES"}}

    assert await act(world, "AGENCY_HEAD", f"{path}/decision", KEEP) == (409, "DEV_SITE_VISIT_MISSING")
    assert await act(world, "DEVICE_ADMIN", f"{path}/site-visit", short) == (422, "DEV_SITE_VISIT_INCOMPLETE")
    early = VISIT | {"visited_on": "2025-05-14"}
    assert await act(world, "DEVICE_ADMIN", f"{path}/site-visit", early) == (422, "DEV_SITE_VISIT_PERIOD")
    assert (await act(world, "DEVICE_ADMIN", f"{path}/site-visit", VISIT))[0] == 201
    tuned = KEEP | {"parameters": {"limit_kmh": "80"}}
    assert await act(world, "AGENCY_HEAD", f"{path}/decision", tuned) == (422, "DEV_PARAMETERS_WITH_OUTCOME")
    racing = [act(world, "AGENCY_HEAD", f"{path}/decision", KEEP) for _ in range(8)]
    assert sorted(code for code, _ in await asyncio.gather(*racing)) == [201] + [409] * 7

    decided = (await world.person("AGENCY_HEAD").get(path)).json()
    assert (decided["outcome"], decided["reason"]) == ("KEEP", KEEP["reason"])
    assert decided["answers"]["MARKINGS_CLEAR"] == "NO"
    assert decided["decided_by"] == world.person("AGENCY_HEAD").id
    types = await world.record_types("device-registry", f"anomaly/{review['review_id']}")
    assert types == ["anomaly.opened", "anomaly.visited", "anomaly.decided"]
    assert (await world.person("SUPERVISOR").get("/v1/key-supervision")).json()["items"] == []
    assert (await act(world, "AGENCY_HEAD", f"/v1/devices/{device}/resumption", {"note": "恢复"}))[0] == 201
    # What somebody decided about holds for three months: the same figures open no second review.
    world.clock.to(datetime(2025, 6, 15, 9, tzinfo=BEIJING))
    await world.settle()
    assert await state_of(world, device) == "ACTIVE"


@pytest.mark.slow
async def test_nothing_that_a_held_device_recorded_is_accepted_before_a_person_has_decided(
    world: World,
) -> None:
    device, review = world.ready["camera"], await the_review(world)
    path = f"/v1/anomaly-reviews/{review['review_id']}"
    passed, reviewer = world.ready["capture"], world.person("EVIDENCE_REVIEWER")
    capture = f"/v1/captures/{passed}"
    proposal = {"attributes": dict.fromkeys(("true", "clear", "complete", "accurate"), True)}
    assert (await reviewer.post(f"{capture}/review")).status_code == 201
    for n in (1, 2):
        await reviewer.get(f"{capture}/images/{n}", headers={"x-purpose-of-use": "REVIEW"})

    world.clock.advance(minutes=10)
    later = await pushed(world, device)

    refused = await act(world, "EVIDENCE_REVIEWER", f"{capture}/acceptance-proposal", proposal)
    assert refused == (409, "EVD_DEVICE_HELD")
    assert later["state"] == "INGESTED"

    await act(world, "DEVICE_ADMIN", f"{path}/site-visit", VISIT)
    assert (await act(world, "AGENCY_HEAD", f"{path}/decision", KEEP))[0] == 201
    await world.settle()

    accepted = await act(world, "EVIDENCE_REVIEWER", f"{capture}/acceptance-proposal", proposal)
    assert accepted[0] == 201
    # It was recorded while the device was suspended: whatever was decided later, that is no evidence.
    assert await state_of_capture(world, later["id"]) == ("TECH_FAILED", ["E-DEV-01"])


@pytest.mark.parametrize("outcome", ["MOVE", "STOP"])
async def test_a_device_that_is_out_of_place_does_not_resume_as_it_stands(world: World, outcome: str) -> None:
    device, review = world.ready["camera"], await the_review(world)
    path = f"/v1/anomaly-reviews/{review['review_id']}"
    await act(world, "DEVICE_ADMIN", f"{path}/site-visit", VISIT)

    order = {"outcome": outcome, "reason": "设置不合理。"}
    assert (await act(world, "AGENCY_HEAD", f"{path}/decision", order))[0] == 201

    assert await act(world, "AGENCY_HEAD", f"/v1/devices/{device}/resumption", {"note": "恢复"}) == (
        409, "DEV_ANOMALY_OUTCOME",
    )  # fmt: skip
    [listed] = (await world.person("SUPERVISOR").get("/v1/key-supervision")).json()["items"]
    assert listed["outcome"] == outcome


async def test_new_parameters_are_a_version_with_its_author(world: World) -> None:
    device, review = world.ready["camera"], await the_review(world)
    path, admin = f"/v1/anomaly-reviews/{review['review_id']}", world.person("DEVICE_ADMIN")
    first = {"parameters": {"limit_kmh": "60"}, "reason": "初始参数。"}
    assert (await act(world, "DEVICE_ADMIN", f"/v1/devices/{device}/parameters", first))[0] == 201
    assert await act(world, "DEVICE_ADMIN", f"/v1/devices/{device}/parameters", first) == (
        409, "DEV_PARAMETERS_UNCHANGED",
    )  # fmt: skip
    await act(world, "DEVICE_ADMIN", f"{path}/site-visit", VISIT)

    order = {"outcome": "RE_PARAMETERISE", "reason": "限速与道路不符。", "parameters": {"limit_kmh": "80"}}
    assert (await act(world, "AGENCY_HEAD", f"{path}/decision", order))[0] == 201

    versions = (await admin.get(f"/v1/devices/{device}/parameters")).json()["items"]
    assert [(each["n"], each["parameters"]) for each in versions] == [
        (1, {"limit_kmh": "60"}), (2, {"limit_kmh": "80"}),
    ]  # fmt: skip
    assert [each["set_by"] for each in versions] == [admin.id, world.person("AGENCY_HEAD").id]


async def test_a_stranger_sees_no_review_and_a_role_without_the_grant_acts_on_none(world: World) -> None:
    device, review = world.ready["camera"], await the_review(world)
    path = f"/v1/anomaly-reviews/{review['review_id']}"
    other = f"{path[:-4]}0000"
    acts: list[tuple[str, str, dict[str, Any]]] = [
        ("DEVICE_ADMIN", "site-visit", VISIT),
        ("AGENCY_HEAD", "decision", KEEP),
    ]

    for role, name, order in acts:
        assert (await act(world, role, f"{path}/{name}", order, 1))[0] == 404
        assert (await act(world, role, f"{other}/{name}", order))[0] == 404
        assert (await act(world, "CASE_OFFICER", f"{path}/{name}", order))[0] == 403
    assert (await world.person("AGENCY_HEAD", 1).get(path)).status_code == 404
    assert (await world.person("AGENCY_HEAD", 1).get("/v1/anomaly-reviews")).json()["items"] == []
    assert (await act(world, "AGENCY_HEAD", "/v1/anomaly-thresholds", THRESHOLDS))[0] == 403
    assert (await act(world, "CASE_OFFICER", f"/v1/devices/{device}/parameters", {
        "parameters": {"limit_kmh": "60"}, "reason": "无"}))[0] == 403  # fmt: skip


async def test_thresholds_are_public_and_bind_no_month_that_is_over(world: World) -> None:
    past = THRESHOLDS | {"from_on": "2025-04-01"}
    everybody = THRESHOLDS | {"from_on": "2025-06-01", "figures": SMALL | {"volume_times": 0}}

    assert await act(world, "SUPERVISOR", "/v1/anomaly-thresholds", past) == (422, "DEV_THRESHOLDS_PERIOD")
    assert (await act(world, "SUPERVISOR", "/v1/anomaly-thresholds", everybody))[0] == 422
    shown = (await world.anonymous.get("/v1/public/anomaly-thresholds")).json()["items"]
    assert [each["from_on"] for each in shown] == ["2025-04-01", None]
    assert shown[-1]["figures"] == LAW


async def test_a_districts_supervisor_sets_no_thresholds_for_the_city(world: World) -> None:
    district = await a_district_supervisor(world)
    before = (await world.anonymous.get("/v1/public/anomaly-thresholds")).json()["items"]

    refused = await district.post("/v1/anomaly-thresholds", json=THRESHOLDS | {"from_on": "2025-06-01"})

    assert (refused.status_code, refused.json()["code"]) == (403, "DEV_THRESHOLDS_NOT_CITYS")
    assert (await world.anonymous.get("/v1/public/anomaly-thresholds")).json()["items"] == before


@pytest.mark.law(APL_74_3)
async def test_supervision_counts_by_agency_flag_and_month_and_never_by_people(world: World) -> None:
    supervisor, path = world.person("SUPERVISOR"), "/v1/anomaly-statistics"
    one = {"devices": 1, "undecided": 1, "held": 1, "overdue": 0}

    by_agency = (await supervisor.get(path)).json()["items"]
    by_flag = (await supervisor.get(f"{path}?by=FLAG")).json()["items"]
    by_month = (await supervisor.get(f"{path}?by=MONTH")).json()["items"]

    assert by_agency == [{"key": world.agencies[0]} | one]
    assert by_flag == [{"key": flag} | one for flag in ("A2", "A4", "A7")]
    assert by_month == [{"key": "2025-04"} | one]
    assert (await world.person("AGENCY_HEAD", 1).get(path)).json()["items"] == []
    for people in ("OFFICER", "TEAM"):
        refused = await supervisor.get(f"{path}?by={people}")
        assert (refused.status_code, refused.json()["code"]) == (403, "ANALYTICS_FORBIDDEN_DIMENSION")
