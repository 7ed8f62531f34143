"""The calls of the clean-up for the test that another agency's object does not exist."""

from __future__ import annotations

from typing import Any, Final

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
    finding = f"/v1/findings/{raised.json()['finding_id']}"
    return [
        ("DEVICE_ADMIN", "POST", f"{path}/findings", found),
        ("DEVICE_ADMIN", "GET", finding, None),
        ("DEVICE_ADMIN", "POST", f"{finding}/proposal", decision),
        ("AGENCY_HEAD", "POST", f"{finding}/decision", decision),
        ("DEVICE_ADMIN", "POST", f"{path}/description", registration()),
        ("DEVICE_ADMIN", "POST", f"{path}/rectification", {"plan": "更换设备。"}),
        ("DEVICE_ADMIN", "POST", f"{path}/rectification-evidence", {"evidence": "已更换。"}),
    ]
