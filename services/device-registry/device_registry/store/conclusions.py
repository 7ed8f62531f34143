"""The devices of a baseline as they stand now, with what was found about them since the snapshot."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import sqlalchemy as sa

from common.door.uow import Tx, View
from common.values.ids import AgencyId, DeviceId
from device_registry.domain.campaigns import CleanupCampaign
from device_registry.domain.claimed import provision_of
from device_registry.domain.cleanup import living_on_fines
from device_registry.domain.concluding import Now
from device_registry.domain.device import State
from device_registry.domain.findings import CleanupFinding
from device_registry.domain.stopping import Rectification
from device_registry.store import tables
from device_registry.store import tables_cleanup as cleanup
from device_registry.store.findings import finding_of
from device_registry.store.inventories import claims_of
from device_registry.store.rectifications import rectification_of
from device_registry.store.tables_inventory import inventory_rows


async def list_now(at: Tx | View, campaign: CleanupCampaign, agency_id: AgencyId) -> list[Now]:
    """The devices of the agency's baseline. A finding that was decided before the snapshot is of an earlier time."""
    device, baseline = tables.devices, cleanup.baseline
    ours = sa.and_(baseline.c.campaign_id == campaign.id, baseline.c.agency_id == agency_id)
    standing = (
        sa.select(
            device.c.id,
            device.c.state,
            device.c.in_service_from,
            inventory_rows.c.claims,
        )
        .join(baseline, sa.and_(baseline.c.device_id == device.c.id, ours))
        .outerjoin(inventory_rows, inventory_rows.c.device_id == device.c.id)
    )
    findings = await _findings(at, campaign, ours)
    rectifications = await _rectifications(at, ours)
    return [
        Now(
            DeviceId(row.id),
            State(row.state),
            row.in_service_from,
            tuple(findings[row.id]),
            tuple(rectifications[row.id]),
            bool(row.claims and living_on_fines(provision_of(claims_of(row.claims)))),
        )
        for row in await at.conn.execute(standing)
    ]


async def _findings(
    at: Tx | View, campaign: CleanupCampaign, ours: sa.ColumnElement[bool]
) -> Mapping[str, list[tuple[CleanupFinding, str]]]:
    table, baseline = cleanup.findings, cleanup.baseline
    query = (
        sa.select(table)
        .join(baseline, sa.and_(baseline.c.device_id == table.c.device_id, ours))
        .where(sa.or_(table.c.decided_at.is_(None), table.c.decided_at >= campaign.snapshot_at))
        .order_by(table.c.id)
    )
    found: defaultdict[str, list[tuple[CleanupFinding, str]]] = defaultdict(list)
    for row in (await at.conn.execute(query)).mappings():
        found[row["device_id"]].append((finding_of(row), row["words"]))
    return found


async def _rectifications(at: Tx | View, ours: sa.ColumnElement[bool]) -> Mapping[str, list[Rectification]]:
    table, baseline = cleanup.rectifications, cleanup.baseline
    query = sa.select(table).join(baseline, sa.and_(baseline.c.device_id == table.c.device_id, ours))
    done: defaultdict[str, list[Rectification]] = defaultdict(list)
    for row in (await at.conn.execute(query.order_by(table.c.device_id, table.c.n))).mappings():
        done[row["device_id"]].append(rectification_of(row))
    return done
