"""The content of one agency's report as the register has it now: lines, annex, figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from common.door.uow import Tx, View
from common.values.ids import AgencyId, DeviceId
from device_registry.cleanup import figures
from device_registry.domain.annex import Annex, compose
from device_registry.domain.campaigns import CleanupCampaign
from device_registry.domain.cleanup import months_after
from device_registry.domain.concluding import Overall, conclude, overall
from device_registry.runtime import RegistryRuntime
from device_registry.store import campaigns, conclusions


@dataclass(frozen=True)
class Result:
    """What the register says at this instant; `undecided` counts the findings that nobody decided on."""

    annex: Annex
    overall: Overall
    undecided: int


async def fines_of(runtime: RegistryRuntime, campaign: CleanupCampaign) -> Mapping[DeviceId, int]:
    """The fines of the profile's window, which ends with the snapshot date. Asked before a change begins.

    Refusal PEER_UNAVAILABLE if case does not answer: a table without its fines would be a false one.
    """
    until = campaign.as_of + timedelta(days=1)
    first = months_after(until, -runtime.profile.annex1.window_months)
    return await figures.fines(runtime.peers, first, until)


async def result_of(
    at: Tx | View, campaign: CleanupCampaign, agency_id: AgencyId, fines: Mapping[DeviceId, int]
) -> Result:
    """How the clean-up stands for the agency."""
    devices = await campaigns.list_baseline(at, campaign.id, agency_id=agency_id)
    found = {now.device_id: now for now in await conclusions.list_now(at, campaign, agency_id)}
    lines = [
        conclude(device, found[device.device_id], fines_fen=fines.get(device.device_id, 0))
        for device in devices
    ]
    undecided = sum(found[device.device_id].undecided for device in devices)
    return Result(compose(lines), overall(devices, lines, found), undecided)
