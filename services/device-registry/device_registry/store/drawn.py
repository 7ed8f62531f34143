"""The draws of a campaign, and the inspections of the devices that were drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from common.door.uow import Tx, View
from common.policy import Permit, Resource, not_found
from common.values.ids import AgencyId, CampaignId, DeviceId, InspectionId
from device_registry.domain.campaigns import CleanupCampaign
from device_registry.domain.inspections import (
    DrawnAs,
    Inspection,
    InspectionOrdered,
    InspectionOutcome,
    InspectionResolved,
    InspectionsDrawn,
    InspectionUnresolved,
    after,
    begun,
)
from device_registry.store import tables_cleanup as tables


@dataclass(frozen=True)
class InspectionText:
    """Of the result: what was seen."""

    note: str


@dataclass(frozen=True)
class InspectionEntry:
    """An inspection with the words of its result."""

    inspection: Inspection
    note: str


def resource(inspection: Inspection) -> Resource:
    """The inspection as the policy sees it."""
    return Resource(inspection.id, inspection.agency_id)


async def lock(tx: Tx, inspection_id: InspectionId) -> Inspection:
    """The inspection, held until commit."""
    query = sa.select(tables.inspections).where(tables.inspections.c.id == inspection_id).with_for_update()
    row = (await tx.conn.execute(query)).mappings().one_or_none()
    if row is None:
        raise not_found(inspection_id)
    return _inspection(row)


async def get(at: Tx | View, inspection_id: InspectionId) -> InspectionEntry:
    """The inspection. Refusal NOT_FOUND without one that the caller sees."""
    query = sa.select(tables.inspections).where(tables.inspections.c.id == inspection_id)
    row = (await at.conn.execute(query)).mappings().one_or_none()
    if row is None:
        raise not_found(inspection_id)
    return InspectionEntry(_inspection(row), row["note"])


async def list_by_campaign(
    at: Tx | View, campaign_id: CampaignId | None, *, after: str = "", limit: int | None = None
) -> list[InspectionEntry]:
    """The inspections that the caller sees, of one campaign or of all, oldest first, after the id `after`."""
    table = tables.inspections
    query = sa.select(table).where(table.c.id > after).order_by(table.c.id).limit(limit)
    if campaign_id is not None:
        query = query.where(table.c.campaign_id == campaign_id)
    return [
        InspectionEntry(_inspection(row), row["note"]) for row in (await at.conn.execute(query)).mappings()
    ]


async def list_flagged(at: Tx | View, campaign: CleanupCampaign) -> frozenset[DeviceId]:
    """The devices of the baseline with a CU-5 finding of this time that was not dismissed."""
    finding, baseline = tables.findings, tables.baseline
    query = (
        sa.select(finding.c.device_id)
        .join(
            baseline,
            sa.and_(baseline.c.device_id == finding.c.device_id, baseline.c.campaign_id == campaign.id),
        )
        .where(
            finding.c.category == "CU-5",
            finding.c.state != "DISMISSED",
            sa.or_(finding.c.decided_at.is_(None), finding.c.decided_at >= campaign.snapshot_at),
        )
    )
    return frozenset(DeviceId(each) for each in (await at.conn.execute(query)).scalars())


async def add_draw(
    tx: Tx, permit: Permit, fact: InspectionsDrawn, ordered: Sequence[InspectionOrdered]
) -> list[Inspection]:
    """A draw, and the inspections that it orders."""
    tx.record(permit, fact, *ordered)
    table = tables.draws
    query = sa.select(sa.func.coalesce(sa.func.max(table.c.n), 0) + 1).where(
        table.c.campaign_id == fact.owner
    )
    row = {
        "campaign_id": fact.owner,
        "n": int(await tx.conn.scalar(query) or 1),
        "seed": fact.seed,
        "population": fact.population,
        "abnormal": fact.abnormal,
        "sample": fact.sample,
        "drawn_at": tx.now,
    }
    await tx.add(fact, tables.draws, row)
    made = [begun(each) for each in ordered]
    rows: list[tuple[InspectionOrdered, dict[str, Any]]] = [
        (
            each,
            {
                "id": inspection.id,
                "campaign_id": inspection.campaign_id,
                "device_id": inspection.device_id,
                "agency_id": inspection.agency_id,
                "drawn_as": inspection.drawn_as,
                "outcome": None,
                "photos": [],
                "note": "",
                "inspected_by": None,
                "inspected_at": None,
            },
        )
        for each, inspection in zip(ordered, made, strict=True)
    ]
    await tx.add_all(tables.inspections, rows)
    return made


async def save(
    tx: Tx,
    permit: Permit,
    inspection: Inspection,
    *facts: InspectionResolved | InspectionUnresolved,
    texts: InspectionText,
) -> Inspection:
    """The inspection with its result."""
    tx.record(permit, *facts)
    for fact in facts:
        inspection = after(inspection, fact, at=tx.now)
        values = {
            "outcome": inspection.outcome,
            "photos": list(inspection.photos),
            "note": texts.note,
            "inspected_by": tx.mandate.actor.sub,
            "inspected_at": tx.now,
        }
        await tx.set(fact, tables.inspections, {"id": inspection.id}, values)
    return inspection


def _inspection(row: sa.RowMapping) -> Inspection:
    return Inspection(
        InspectionId(row["id"]),
        CampaignId(row["campaign_id"]),
        DeviceId(row["device_id"]),
        AgencyId(row["agency_id"]),
        DrawnAs(row["drawn_as"]),
        InspectionOutcome(row["outcome"]) if row["outcome"] else None,
        tuple(row["photos"]),
        row["inspected_at"],
    )
