"""The campaign, Annex 1 and the zero declaration, over HTTP (PJ §3(2), Annex 1)."""

from __future__ import annotations

import base64
import hashlib
import io
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import openpyxl
import pypdf
import pytest

from common.documents.seal import TestSeal
from common.values.calendar import legal_day
from common.values.ids import AgencyId
from common.values.law import PJ_3_2, PJ_ANNEX_1
from device_registry.cleanup import figures
from tests.device_registry.cleanup_story import (
    CAMPAIGN,
    WHY,
    all_decided,
    decide,
    draft,
    evaluated,
    opened,
    read,
    report_of,
    submit,
)
from tests.device_registry.inventories import send
from tests.device_registry.stories import ACTIVE, in_service, registration, take
from tests.given import ARCHIVED
from tests.world import World

pytestmark = pytest.mark.begins(CAMPAIGN)

COLUMNS = ["序号", "具体情形", "设置依据", "设备数量", "近三年罚款金额(元)", "是否需要清理", "具体事由"]
COLUMNS += ["清理规范结果", "备注"]
LAWFUL = "利用固定电子监控设备对机动车违法停放人行道进行取证处罚"
UNNAMED = "利用种类未登记的监控设备取证(执法情形未登记)"
CITED = "《中华人民共和国道路交通安全法》第一百一十四条"


async def annex(world: World) -> dict[str, Any]:
    """Annex 1 of the first agency, drafted now."""
    answer = await draft(world)
    assert answer.status_code == 201, answer.text
    drafted: dict[str, Any] = answer.json()["annex"]
    return drafted


def rows_of(drafted: dict[str, Any]) -> list[tuple[str, str, int, str, str]]:
    names = ("scenario", "basis", "devices", "needs_cleanup", "result")
    return [tuple(row[name] for name in names) for row in drafted["rows"]]


async def campaign_of(world: World, agencies: list[str], as_of: date) -> str:
    """The address of a campaign of these agencies alone, its baseline taken."""
    order = {"title": "清理", "as_of": f"{as_of}", "deadline": "2030-01-01", "agency_ids": agencies}
    opened = await world.person("SUPERVISOR").post("/v1/cleanup-campaigns", json=order)
    assert opened.status_code == 201, opened.text
    await world.settle()
    return f"/v1/cleanup-campaigns/{opened.json()['campaign_id']}"


async def file(world: World, name: str) -> bytes:
    answer = await world.person("DEVICE_ADMIN").get(f"{await report_of(world)}/{name}")
    assert answer.status_code == 200, answer.text
    return answer.content


@pytest.mark.law(PJ_ANNEX_1)
async def test_PJ_A_1_the_table_has_nine_columns_numbered_rows_and_a_total_in_every_format(
    world: World,
) -> None:
    await all_decided(world)
    drafted = await annex(world)
    sheet = openpyxl.load_workbook(io.BytesIO(await file(world, "annex-1-workbook"))).active
    assert sheet is not None
    cells = [list(row) for row in sheet.iter_rows(values_only=True)]
    pdf = pypdf.PdfReader(io.BytesIO(await file(world, "document")))
    page = pdf.pages[0]
    text = "".join(page.extract_text() for page in pdf.pages).replace("\n", "")

    assert cells[0][0] == drafted["title"] == "执法类电子技术监控设备清理规范情况汇报表"
    assert [row[0] for row in cells[1:3]] == [
        "(各街道、区直行政执法机关填报)",
        f"填报单位(公章):{drafted['unit']}",
    ]
    assert list(cells[4]) == COLUMNS
    reason = "第1项:没有法律、行政法规依据(2台)"
    assert [list(row[:6]) for row in cells[5:7]] == [
        [1, LAWFUL, CITED, 1, 0, "否"],
        [2, UNNAMED, "无依据", 2, 0, "是"],
    ]
    assert cells[6][6] == reason
    total = "停止使用 2 台(套);保留并继续使用 1 台(套)"
    assert list(cells[7]) == ["总计", None, None, 3, 0, None, None, total, None]
    assert [str(row[0])[:2] for row in cells[8:13]] == ["填报", "1.", "2.", "3.", "4."]
    assert (round(page.mediabox.width), round(page.mediabox.height)) == (842, 595)
    for printed in (*COLUMNS, "总计", "填报说明", LAWFUL[:6], "无依据"):
        assert printed in text, printed


@pytest.mark.law(PJ_ANNEX_1)
async def test_PJ_A_2_a_report_without_its_header_or_its_seal_is_not_handed_in(world: World) -> None:
    await all_decided(world)
    refused = [
        await draft(world, filler=""),
        await draft(world, contact=" "),
        await draft(world, filled_on=None),
    ]
    await annex(world)
    unsealed = await submit(world, seal=None)
    pdf = await file(world, "document")
    statement = await TestSeal("城管局", world.clock()).seal(pdf)
    seal = {
        "kind": "E_SEAL",
        "sha256": hashlib.sha256(pdf).hexdigest(),
        "certificate": base64.b64encode(statement.certificate).decode(),
        "signature": base64.b64encode(statement.signature).decode(),
    }
    forged = await submit(world, seal=seal | {"signature": base64.b64encode(bytes(64)).decode()})
    sealed = await submit(world, seal=seal)

    assert [(answer.status_code, answer.json()["code"]) for answer in refused] == [
        (422, "ANX_HEADER_INCOMPLETE")
    ] * 3
    assert (unsealed.status_code, unsealed.json()["code"]) == (422, "ANX_HEADER_INCOMPLETE")
    assert (forged.status_code, forged.json()["code"]) == (422, "CLN_SEAL_WRONG")
    assert (sealed.status_code, sealed.json()["state"]) == (201, "SUBMITTED")


@pytest.mark.law(PJ_ANNEX_1)
async def test_PJ_A_3_the_rows_show_the_devices_as_they_were_before_the_clean_up(world: World) -> None:
    ready = await opened(world)
    admin, legacy = world.person("DEVICE_ADMIN"), ready["legacy"][0]
    before = rows_of(await annex(world))
    described = await admin.post(
        f"/v1/devices/{legacy}/description", json=registration(device_code="31010400001190000009")
    )
    await take(world, ready["lawful"], "suspension")
    await admin.post("/v1/devices", json=registration(device_code="31010400001190000010"))

    assert described.status_code == 201, described.text
    assert rows_of(await annex(world)) == before
    assert [row[2] for row in before] == [1, 2]


@pytest.mark.law(PJ_ANNEX_1)
@pytest.mark.begins(ACTIVE)
async def test_PJ_A_3_a_snapshot_of_an_earlier_day_has_the_devices_of_that_day(world: World) -> None:
    device = await in_service(world)
    activated_on = legal_day(world.clock())
    world.clock.advance(days=2)
    finding = await world.person("DEVICE_ADMIN").post(
        f"/v1/devices/{device}/findings", json={"category": "CU-5", "text": WHY}
    )
    await decide(world, finding.json()["finding_id"])

    async def baseline(as_of: date) -> int:
        path = await campaign_of(world, world.agencies[:1], as_of)
        return int((await read(world, path, "SUPERVISOR"))["devices"])

    yesterday = await baseline(activated_on + timedelta(days=1))
    rows = rows_of(await annex(world))

    assert (yesterday, rows) == (1, [(LAWFUL, CITED, 1, "是", "停止使用")])
    assert await baseline(activated_on - timedelta(days=1)) == 0, "it was not in use then"
    assert await baseline(activated_on + timedelta(days=2)) == 0, "it was stopped by then"


@pytest.mark.law(PJ_ANNEX_1)
async def test_PJ_A_4_the_basis_is_generated_and_none_is_said_as_such(world: World) -> None:
    drafted = await annex(world)
    typed = await draft(world, rows=[{"basis": "有依据"}])

    assert [row["basis"] for row in drafted["rows"]] == [CITED, "无依据"]
    assert (typed.status_code, typed.json()["code"]) == (422, "REQUEST_INVALID")


@pytest.mark.law(PJ_ANNEX_1)
async def test_PJ_A_5_mixed_results_in_a_group_split_the_row(world: World) -> None:
    findings = [f for f in await evaluated(world) if f["category"] == "CU-1"]
    await decide(world, findings[0]["finding_id"])

    rows = rows_of(await annex(world))

    assert rows == [
        (LAWFUL, CITED, 1, "否", "保留并继续使用"),
        (UNNAMED, "无依据", 1, "是", "停止使用"),
        (UNNAMED, "无依据", 1, "否", "保留并继续使用"),
    ]


@pytest.mark.law(PJ_ANNEX_1)
async def test_PJ_A_6_the_total_is_computed_and_cannot_be_given(world: World) -> None:
    await all_decided(world)
    drafted = await annex(world)
    given = await draft(world, total={"devices": 99})

    total = drafted["total"]
    assert given.status_code == 422
    assert (
        total["devices"] == sum(row["devices"] for row in drafted["rows"]) == total["stopped"] + total["kept"]
    )
    assert total["result"] == f"停止使用 {total['stopped']} 台(套);保留并继续使用 {total['kept']} 台(套)"


@pytest.mark.law(PJ_ANNEX_1)
@pytest.mark.begins(ARCHIVED)
async def test_PJ_A_6_the_fines_of_a_row_and_of_the_total_are_those_that_the_cases_decided(
    world: World,
) -> None:
    async with world.database("case") as connection:
        fen, at = await connection.fetchrow("SELECT decided_fen, decided_at FROM cases")
    await campaign_of(world, world.agencies[:1], legal_day(world.clock()))
    drafted = await annex(world)
    sheet = openpyxl.load_workbook(io.BytesIO(await file(world, "annex-1-workbook"))).active
    assert sheet is not None
    cells = [list(row) for row in sheet.iter_rows(values_only=True)]
    pdf = pypdf.PdfReader(io.BytesIO(await file(world, "document")))
    text = "".join(page.extract_text() for page in pdf.pages)
    yuan, today = Decimal(fen) / 100, legal_day(world.clock())

    [row] = drafted["rows"]
    assert fen > 0
    assert [row["devices"], Decimal(row["fines"]), Decimal(drafted["total"]["fines"])] == [1, yuan, yuan]
    assert [Decimal(str(cells[line][4])) for line in (5, 6)] == [yuan, yuan]
    assert text.count(f"{yuan:.2f}") >= 2, "the row and the total"
    # Three years end with the snapshot: a fine that was decided after it is no fine of this table.
    counted = [
        (await figures.fines(world.runtimes["device-registry"].peers, first, until)).total()
        for first, until in ((legal_day(at), today + timedelta(days=1)), (date(2020, 1, 1), legal_day(at)))
    ]
    assert counted == [fen, 0]


@pytest.mark.law(PJ_3_2)
async def test_PJ_3_2_an_agency_drafts_hands_in_is_returned_and_accepted_and_the_late_one_is_listed(
    world: World,
) -> None:
    ready, supervisor = await opened(world), world.person("SUPERVISOR")
    path, states = await report_of(world), []

    async def note() -> None:
        campaign = await read(world, ready["campaign"], "SUPERVISOR")
        [ours] = [r for r in campaign["reports"] if r["report_id"] == path.rpartition("/")[2]]
        states.append(ours["state"])

    await note()
    await annex(world)
    await evaluated(world)
    undecided = await submit(world)
    await all_decided(world)
    outdated = await submit(world)
    await annex(world)
    await note()
    await submit(world)
    await note()
    returned = await supervisor.post(f"{path}/return", json={"reason": "请补充问题与下一步措施。"})
    await note()
    await draft(world, problems="存量设备没有登记执法情形。", next_steps="逐台补充资料并报审。")
    await submit(world)
    accepted = await supervisor.post(f"{path}/acceptance", json={})
    await note()
    again = await draft(world)
    overall = pypdf.PdfReader(io.BytesIO(await file(world, "overall-report")))
    text = "".join(page.extract_text() for page in overall.pages).replace("\n", "")
    world.clock.advance(days=21)
    await world.settle()

    campaign = await read(world, ready["campaign"], "SUPERVISOR")
    items = (await read(world, "/v1/oversight-items?type=OV-8", "SUPERVISOR"))["items"]
    assert (undecided.json()["code"], outdated.json()["code"]) == ("CLN_FINDINGS_OPEN", "CLN_DRAFT_OUTDATED")
    assert states == ["NOT_STARTED", "DRAFT", "SUBMITTED", "RETURNED", "ACCEPTED"]
    assert (returned.status_code, accepted.status_code, again.status_code) == (201, 201, 409)
    for part in ("一、范围与方法", "四、清理规范结果", "存量设备没有登记执法情形", "逐台补充资料并报审"):
        assert part in text, part
    late = [report["agency_id"] for report in campaign["reports"] if report["late"]]
    assert sorted(late) == sorted(world.demo.agencies[n]["id"] for n in (1, 3))
    assert sorted(item["agency_id"] for item in items) == sorted(late)
    assert campaign["complete"] is False


@pytest.mark.law(PJ_3_2)
@pytest.mark.begins(ACTIVE)
async def test_PJ_3_3_an_agency_without_devices_says_so_and_the_campaign_ends_when_all_have_answered(
    world: World,
) -> None:
    path = await campaign_of(world, world.agencies, legal_day(world.clock()))
    zero = "ZERO_DECLARATION"
    with_devices = await draft(world, kind=zero)
    nothing = await draft(world, 1)
    declared = await draft(world, 1, kind=zero)
    unsealed = await submit(world, 1, seal=None)
    handed_in = await submit(world, 1)
    document = await world.person("DEVICE_ADMIN", 1).get(f"{await report_of(world, 1)}/document")
    page = pypdf.PdfReader(io.BytesIO(document.content))
    campaign = await read(world, path, "SUPERVISOR")
    await annex(world)
    drafted = await read(world, path, "SUPERVISOR")
    await submit(world)
    whole = await read(world, path, "SUPERVISOR")

    assert (with_devices.status_code, with_devices.json()["code"]) == (409, "CLN_NOT_ZERO")
    assert (nothing.status_code, nothing.json()["code"]) == (422, "ANX_NOTHING_DECLARED")
    assert (declared.status_code, unsealed.status_code, handed_in.status_code) == (201, 422, 201)
    assert "没有使用电子技术监控设备开展行政执法" in page.pages[0].extract_text().replace("\n", "")
    handed_in_by = [r["agency_id"] for r in campaign["reports"] if r["state"] == "SUBMITTED"]
    assert (handed_in_by, campaign["complete"]) == ([world.demo.agencies[1]["id"]], False)
    assert (drafted["complete"], whole["complete"]) == (False, True)
    assert sorted(report["kind"] for report in whole["reports"]) == ["ANNEX_1", zero]


async def test_a_campaign_is_the_supervisors_and_a_report_its_agencys(world: World) -> None:
    ready = await opened(world)
    order = {"title": "清理", "as_of": "2025-01-01", "deadline": "2030-01-01", "agency_ids": world.agencies}
    by_head = await world.person("AGENCY_HEAD").post("/v1/cleanup-campaigns", json=order)
    by_agency = await world.person("DEVICE_ADMIN").get(ready["campaign"])
    path = await report_of(world)
    stranger = await world.person("DEVICE_ADMIN", 1).get(path)
    own = await world.person("DEVICE_ADMIN").post(f"{path}/acceptance", json={})
    future = await world.person("SUPERVISOR").post(
        "/v1/cleanup-campaigns", json=order | {"as_of": "2029-01-01"}
    )

    unknown = [f"{AgencyId.new(world.clock())}"]
    of_nobody = await world.person("SUPERVISOR").post(
        "/v1/cleanup-campaigns", json=order | {"agency_ids": [*world.agencies, *unknown]}
    )

    assert (of_nobody.status_code, of_nobody.json()["code"]) == (422, "CLN_AGENCY_UNKNOWN")
    assert (by_head.status_code, by_agency.status_code, stranger.status_code) == (403, 404, 404)
    assert own.status_code == 403
    assert (future.status_code, future.json()["code"]) == (422, "CLN_CAMPAIGN_DAYS")


async def test_a_device_that_is_imported_after_the_baseline_was_frozen_is_told_why_it_is_in_no_row(
    world: World,
) -> None:
    ready = await opened(world)
    before = rows_of(await annex(world))
    rows = "设置地点,行政区,经度(WGS84),纬度(WGS84)\n示范路9号,黄浦区,121.480000,31.240000\n"

    late, again = [await send(world.person("DEVICE_ADMIN"), rows, source="late") for _ in range(2)]

    [said] = late.json()["not_in_campaigns"]
    assert said["code"] == "IMP_AFTER_BASELINE"
    assert said["pointer"] == ready["campaign"].removeprefix("/v1")
    assert [again.json()[name] for name in ("imported", "not_in_campaigns")] == [0, []]
    assert rows_of(await annex(world)) == before
