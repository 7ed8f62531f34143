"""The calls of the clean-up for the test that another agency's object does not exist."""

from __future__ import annotations

from typing import Any, Final

from common.values.calendar import legal_day
from common.values.ids import AnnualReportId, CampaignId, CleanupReportId, FindingId, Id, InspectionId
from tests.device_registry.stories import registration
from tests.world import World

CLEANUP_KINDS: Final[tuple[type[Id], ...]] = (
    FindingId,
    CampaignId,
    CleanupReportId,
    InspectionId,
    AnnualReportId,
)

Call = tuple[str, str, str, Any]


async def cleanup_calls(world: World, device: str) -> list[Call]:
    """Every route of the clean-up with an id, on the objects of the first agency."""
    path, decision = f"/v1/devices/{device}", {"outcome": "DISMISS", "reason": "情形不属实。"}
    found = {"category": "CU-5", "text": "采集量明显偏高,须实地核查。"}
    raised = await world.person("DEVICE_ADMIN").post(f"{path}/findings", json=found)
    today = f"{legal_day(world.clock())}"
    campaign = {
        "title": "清理规范",
        "as_of": today,
        "deadline": today,
        "agency_ids": [world.demo.agencies[0]["id"]],
    }
    opened = (await world.person("SUPERVISOR").post("/v1/cleanup-campaigns", json=campaign)).json()
    report = f"/v1/cleanup-reports/{opened['reports'][0]['report_id']}"
    await world.settle()
    draws = f"/v1/cleanup-campaigns/{opened['campaign_id']}/draws"
    drawn = (await world.person("SUPERVISOR").post(draws, json={})).json()
    visit = f"/v1/cleanup-inspections/{drawn['inspections'][0]['inspection_id']}"
    seen = {"outcome": "RESOLVED", "note": "属实。", "photo_sha256": ["ab" * 32]}
    filled = {"kind": "ANNEX_1", "filler": "填报员", "contact": "12345", "filled_on": today}
    files = ("", "/annex-1", "/annex-1-workbook", "/document", "/overall-report")
    finding = f"/v1/findings/{raised.json()['finding_id']}"
    return [
        ("DEVICE_ADMIN", "POST", f"{path}/findings", found),
        ("AGENCY_HEAD", "GET", f"/v1/cleanup-campaigns/{opened['campaign_id']}", None),
        ("AGENCY_HEAD", "POST", draws, {}),
        ("AGENCY_HEAD", "GET", visit, None),
        ("AGENCY_HEAD", "POST", f"{visit}/result", seen),
        ("DEVICE_ADMIN", "POST", f"{report}/draft", filled),
        ("DEVICE_ADMIN", "POST", f"{report}/submission", {}),
        ("DEVICE_ADMIN", "POST", f"{report}/return", {"reason": "请补正。"}),
        ("DEVICE_ADMIN", "POST", f"{report}/acceptance", {}),
        *(("DEVICE_ADMIN", "GET", report + name, None) for name in files),
        ("DEVICE_ADMIN", "GET", finding, None),
        ("DEVICE_ADMIN", "POST", f"{finding}/proposal", decision),
        ("DEVICE_ADMIN", "GET", f"{finding}/stop-decision", None),
        ("AGENCY_HEAD", "POST", f"{finding}/decision", decision),
        ("DEVICE_ADMIN", "POST", f"{path}/description", registration()),
        ("DEVICE_ADMIN", "POST", f"{path}/rectification", {"plan": "更换设备。"}),
        ("DEVICE_ADMIN", "POST", f"{path}/rectification-evidence", {"evidence": "已更换。"}),
    ]
