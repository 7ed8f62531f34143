"""Clean-up campaigns, and the devices of their baselines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, assert_never

import sqlalchemy as sa

from common.door.uow import Tx, View
from common.policy import Permit, Resource, not_found
from common.values.ids import AgencyId, CampaignId, DeviceId
from device_registry.domain.campaigns import (
    BaselineDevice,
    BaselineFrozen,
    BaselineTaken,
    CampaignOpened,
    CleanupCampaign,
    begun,
    frozen,
)
from device_registry.domain.device import DeviceKind, State
from device_registry.domain.reporting import ReportState
from device_registry.store import tables_cleanup as tables
from device_registry.store.rows import function_of, function_row


@dataclass(frozen=True)
class CampaignText:
    """Of `CampaignOpened`: the title."""

    title: str


@dataclass(frozen=True)
class Batch:
    """Of `BaselineTaken`: the devices of the batch."""

    devices: tuple[BaselineDevice, ...]


@dataclass(frozen=True)
class CampaignEntry:
    """A campaign with its title, and how many devices its baseline has; None until it is frozen."""

    campaign: CleanupCampaign
    title: str
    devices: int | None


def resource(campaign: CleanupCampaign) -> Resource:
    """The campaign as the policy sees it."""
    return Resource(campaign.id, campaign.agency_id)


async def lock(tx: Tx, campaign_id: CampaignId) -> CleanupCampaign:
    """The campaign, held until commit."""
    query = sa.select(tables.campaigns).where(tables.campaigns.c.id == campaign_id).with_for_update()
    row = (await tx.conn.execute(query)).mappings().one_or_none()
    if row is None:
        raise not_found(campaign_id)
    return _campaign(row)


async def get(at: Tx | View, campaign_id: CampaignId) -> CampaignEntry:
    """The campaign. It exists for its supervisor, and for the agencies that report in it."""
    query = sa.select(tables.campaigns).where(tables.campaigns.c.id == campaign_id)
    row = (await at.conn.execute(query)).mappings().one_or_none()
    if row is None:
        raise not_found(campaign_id)
    return CampaignEntry(_campaign(row), row["title"], row["devices"])


async def list_frozen_before(at: Tx | View, agency_id: AgencyId, before: datetime) -> list[CleanupCampaign]:
    """The campaigns in which the agency still reports, and whose baseline was frozen by then, the oldest first."""
    table, report = tables.campaigns, tables.reports
    query = (
        sa.select(table)
        .join(report, sa.and_(report.c.campaign_id == table.c.id, report.c.agency_id == agency_id))
        .where(table.c.frozen_at <= before, report.c.state != ReportState.ACCEPTED)
        .order_by(table.c.id)
    )
    return [_campaign(row) for row in (await at.conn.execute(query)).mappings()]


async def list_all(v: View, *, after: str, limit: int) -> list[CampaignEntry]:
    """The campaigns that the caller sees, oldest first, after the id `after`."""
    table = tables.campaigns
    query = sa.select(table).where(table.c.id > after).order_by(table.c.id).limit(limit)
    rows = (await v.conn.execute(query)).mappings()
    return [CampaignEntry(_campaign(row), row["title"], row["devices"]) for row in rows]


async def list_unfrozen(v: View) -> list[CampaignId]:
    """The campaigns whose baseline is not whole."""
    query = sa.select(tables.campaigns.c.id).where(tables.campaigns.c.frozen_at.is_(None))
    return [CampaignId(each) for each in (await v.conn.execute(query)).scalars()]


async def add(tx: Tx, permit: Permit, fact: CampaignOpened, *, texts: CampaignText) -> CleanupCampaign:
    """The campaign that `fact` opens."""
    tx.record(permit, fact)
    campaign = begun(fact, at=tx.now)
    row = {
        "id": campaign.id,
        "agency_id": campaign.agency_id,
        "title": texts.title,
        "as_of": campaign.as_of,
        "deadline": campaign.deadline,
        "opened_at": campaign.opened_at,
        "frozen_at": None,
        "devices": None,
    }
    await tx.add(fact, tables.campaigns, row)
    return campaign


async def save(
    tx: Tx,
    permit: Permit,
    campaign: CleanupCampaign,
    *facts: BaselineTaken | BaselineFrozen,
    texts: Batch | None = None,
) -> CleanupCampaign:
    """Add a batch to the baseline, or freeze it."""
    tx.record(permit, *facts)
    for fact in facts:
        match fact:
            case BaselineTaken():
                batch = texts.devices if texts else ()
                rows = [(fact, _baseline_row(campaign.id, device)) for device in batch]
                await tx.add_all(tables.baseline, rows)
            case BaselineFrozen():
                campaign = frozen(campaign, at=tx.now)
                values = {"frozen_at": tx.now, "devices": fact.devices}
                await tx.set(fact, tables.campaigns, {"id": campaign.id}, values)
            case _:
                assert_never(fact)
    return campaign


async def list_missing(tx: Tx, campaign: CleanupCampaign, *, limit: int) -> list[BaselineDevice]:
    """Devices in use at the snapshot that the baseline does not have yet, the oldest first.

    An imported device was in use before the platform knew it, whenever it was imported; one that its import stopped
    was in use until then. Kind, place and functions are those of the opening: the register keeps no earlier ones, so a
    snapshot of an earlier day does not undo what was rectified or described since.
    """
    query = sa.text("""
        SELECT d.*, coalesce(was.state, first.state) AS state_then
        FROM cleanup_reports r
        JOIN devices d ON d.agency_id = r.agency_id
        JOIN device_periods first ON first.device_id = d.id AND first.n = 1
        LEFT JOIN inventory_rows i ON i.device_id = d.id
        LEFT JOIN LATERAL (SELECT p.state, p.n FROM device_periods p
            WHERE p.device_id = d.id AND p.effective_from <= :at ORDER BY p.n DESC LIMIT 1) AS was ON true
        WHERE r.campaign_id = :campaign
          AND NOT EXISTS (SELECT FROM cleanup_baseline b WHERE b.campaign_id = :campaign AND b.device_id = d.id)
          AND (was.state IN ('LEGACY', 'ACTIVE', 'SUSPENDED', 'MAINTENANCE')
               OR i.device_id IS NOT NULL AND coalesce(was.n, 1) = 1 AND first.state IN ('LEGACY', 'STOPPED'))
        ORDER BY d.id LIMIT :limit""")
    values = {"campaign": campaign.id, "at": campaign.snapshot_at, "limit": limit}
    return [
        BaselineDevice(
            DeviceId(row["id"]),
            AgencyId(row["agency_id"]),
            State(row["state_then"]),
            DeviceKind(row["kind"]),
            row["place"],
            tuple(function_of(function) for function in row["functions"]),
        )
        for row in (await tx.conn.execute(query, values)).mappings()
    ]


async def count_baseline(at: Tx | View, campaign_id: CampaignId) -> int:
    """How many devices the baseline has, of the agencies that the caller sees."""
    table = tables.baseline
    query = sa.select(sa.func.count()).where(table.c.campaign_id == campaign_id)
    return int(await at.conn.scalar(query) or 0)


async def list_baseline(
    at: Tx | View, campaign_id: CampaignId, *, agency_id: AgencyId | None = None
) -> Sequence[BaselineDevice]:
    """The baseline, of one agency or of all that the caller sees, by device."""
    table = tables.baseline
    query = sa.select(table).where(table.c.campaign_id == campaign_id).order_by(table.c.device_id)
    if agency_id is not None:
        query = query.where(table.c.agency_id == agency_id)
    return [_baseline_device(row) for row in (await at.conn.execute(query)).mappings()]


def _baseline_row(campaign_id: CampaignId, device: BaselineDevice) -> dict[str, Any]:
    return {
        "campaign_id": campaign_id,
        "device_id": device.device_id,
        "agency_id": device.agency_id,
        "state": device.state,
        "kind": device.kind,
        "place": device.place,
        "functions": [function_row(function) for function in device.functions],
    }


def _baseline_device(row: sa.RowMapping) -> BaselineDevice:
    return BaselineDevice(
        DeviceId(row["device_id"]),
        AgencyId(row["agency_id"]),
        State(row["state"]),
        DeviceKind(row["kind"]),
        row["place"],
        tuple(function_of(function) for function in row["functions"]),
    )


def _campaign(row: sa.RowMapping) -> CleanupCampaign:
    return CleanupCampaign(
        CampaignId(row["id"]),
        AgencyId(row["agency_id"]),
        row["as_of"],
        row["deadline"],
        row["opened_at"],
        row["frozen_at"],
    )
