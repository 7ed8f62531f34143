"""The yearly report of new devices: reminded, balanced, two receipts, overdue from 1 January (PJ §3(3))."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

import pypdf
import pytest

from common.values.clock import BEIJING
from common.values.law import PJ_3_3
from tests.device_registry.cleanup_story import WHY, decide, read
from tests.device_registry.stories import ACTIVE, in_service, take
from tests.world import World

pytestmark = pytest.mark.begins(ACTIVE)


async def on(world: World, day: int, month: int = 12, year: int = 2025) -> None:
    world.clock.to(datetime(year, month, day, 9, tzinfo=BEIJING))
    await world.settle()


def counted(balance: dict[str, Any]) -> tuple[int, ...]:
    return tuple(balance[name] for name in ("opening", "new", "stopped", "retired", "closing"))


async def asked(world: World) -> str:
    """The address of the report that the first agency owes for the year."""
    await on(world, 1)
    [report] = (await read(world, "/v1/annual-reports"))["items"]
    assert (report["reminded"], report["due"]) == ([1], "2025-12-31")
    return f"/v1/annual-reports/{report['report_id']}"


@pytest.mark.law(PJ_3_3)
async def test_PJ_3_5_the_report_is_reminded_balances_with_the_register_and_is_filed_with_two_receipts(
    world: World,
) -> None:
    device, admin = await in_service(world), world.person("DEVICE_ADMIN")
    path = await asked(world)
    receipt = {"recipient": "GOVERNMENT", "number": "府收〔2025〕12号", "received_on": "2025-12-25"}
    early = await admin.post(f"{path}/receipts", json=receipt)
    await on(world, 15)
    await on(world, 25)
    drafted = await admin.post(f"{path}/draft", json={})
    assert drafted.status_code == 201, drafted.text
    page = pypdf.PdfReader(io.BytesIO((await admin.get(f"{path}/document")).content))
    text = "".join(each.extract_text() for each in page.pages).replace("\n", "")
    first = await admin.post(f"{path}/receipts", json=receipt)
    twice = await admin.post(f"{path}/receipts", json=receipt)
    second = await admin.post(f"{path}/receipts", json=receipt | {"recipient": "JUSTICE", "number": "司备12"})
    await on(world, 2, 1, 2026)
    report = await read(world, path)

    [balance] = report["balances"]
    listed = (await read(world, "/v1/devices?limit=200"))["items"]
    in_use = [each for each in listed if each["state"] in ("ACTIVE", "SUSPENDED", "MAINTENANCE")]
    assert counted(balance) == (0, 1, 0, 0, 1)
    assert [each["id"] for each in in_use] == [device]
    assert [each["device_id"] for each in report["devices"]] == [device]
    cells = report["devices"][0]["cells"]
    assert {"设备编号", "设置依据", "法制审核", "技术审核", "公布", "启用"} <= {
        k for k, v in cells.items() if v
    }
    assert "一、2025年设备数量" in text
    assert report["reminded"] == [1, 15, 25]
    assert [a.status_code for a in (early, first, twice, second)] == [409, 201, 409, 201]
    assert (report["filed"], report["overdue"]) == (True, False)
    assert set(report["receipts"]) == {"GOVERNMENT", "JUSTICE"}
    assert (await read(world, "/v1/annual-reports?overdue=true"))["items"] == []


@pytest.mark.law(PJ_3_3)
async def test_PJ_3_5_a_resumed_device_is_not_new_and_a_late_report_ends_with_its_year(world: World) -> None:
    device, admin = await in_service(world), world.person("DEVICE_ADMIN")
    path = await asked(world)
    await on(world, 10, 1, 2026)
    # Its certificate of sixty days ran out, so the registry suspended it in 2025.
    await take(world, device, "verifications")
    resumed = await take(world, device, "resumption")
    finding = await admin.post(f"/v1/devices/{device}/findings", json={"category": "CU-5", "text": WHY})
    await decide(world, finding.json()["finding_id"])
    late = await admin.post(f"{path}/draft", json={})
    await on(world, 1, 12, 2026)
    listed = (await read(world, "/v1/annual-reports"))["items"]
    [next_one] = [each["report_id"] for each in listed if each["year"] == 2026]
    drafted = await admin.post(f"/v1/annual-reports/{next_one}/draft", json={})

    assert (resumed.status_code, late.status_code, drafted.status_code) == (201, 201, 201), late.text
    assert [counted(each) for each in late.json()["balances"]] == [(0, 1, 0, 0, 1)]
    assert [each["device_id"] for each in late.json()["devices"]] == [device]
    assert [counted(each) for each in drafted.json()["balances"]] == [(1, 0, 1, 0, 0)]
    assert drafted.json()["devices"] == []


@pytest.mark.law(PJ_3_3)
async def test_PJ_3_5_a_report_that_is_missing_after_31_december_is_listed_and_opens_an_item(
    world: World,
) -> None:
    path = await asked(world)
    await on(world, 31)
    kept = await read(world, path)
    await on(world, 1, 1, 2026)

    overdue = (await read(world, "/v1/annual-reports?overdue=true", "SUPERVISOR"))["items"]
    items = (await read(world, "/v1/oversight-items?type=OV-8", "SUPERVISOR"))["items"]
    assert kept["overdue"] is False
    assert [each["agency_id"] for each in overdue] == [world.demo.agencies[0]["id"]]
    assert [each["agency_id"] for each in items] == [world.demo.agencies[0]["id"]]


async def test_a_yearly_report_is_its_agencys(world: World) -> None:
    path = await asked(world)

    stranger, head = world.person("DEVICE_ADMIN", 1), world.person("AGENCY_HEAD")
    receipt = {"recipient": "JUSTICE", "number": "1", "received_on": "2025-12-01"}
    answers = [
        await stranger.get(path),
        await stranger.get(f"{path}/document"),
        await stranger.post(f"{path}/draft", json={}),
        await stranger.post(f"{path}/receipts", json=receipt),
        await head.post(f"{path}/draft", json={}),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404, 404, 403]
