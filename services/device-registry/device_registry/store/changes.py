"""What a device was until a material change, as the row of the change."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from common.door.uow import Tx
from common.values.ids import DeviceId, PlanId
from device_registry.domain.changes import DeviceChangeRefused, DeviceMateriallyChanged
from device_registry.domain.device import Datum, Device, Former, PlaceType, Site
from device_registry.store import tables_changes as tables
from device_registry.store.rows import function_of, function_row


def row_of(fact: DeviceMateriallyChanged, before: Device, reason: str) -> dict[str, Any]:
    """The columns that `fact` brings, with the device as it was `before`."""
    site = before.site
    return {
        "kind": fact.kind,
        "reason": reason,
        "site": {
            "place": site.place,
            "place_type": site.place_type,
            "division": site.division,
            "longitude": None if site.longitude is None else str(site.longitude),
            "latitude": None if site.latitude is None else str(site.latitude),
            "direction": site.direction,
            "secret_unit_consent": site.secret_unit_consent,
            "datum": site.datum,
        },
        "functions": [function_row(function) for function in before.functions],
        "submitted_by": before.submitted_by,
        "plan_id": before.plan_id,
        "warnings": list(before.warnings),
        "refused_at": None,
    }


async def refuse(tx: Tx, device_id: DeviceId, fact: DeviceChangeRefused) -> None:
    """Mark the change that `fact`, already recorded, refuses."""
    await tx.set(fact, tables.changes, {"device_id": device_id, "n": fact.number}, {"refused_at": tx.now})


def former_of(row: sa.RowMapping) -> Former:
    """What the device was until the change of a row."""
    site = row["site"]
    return Former(
        number=row["n"],
        site=Site(
            place=site["place"],
            place_type=PlaceType(site["place_type"]),
            division=site["division"],
            longitude=None if site["longitude"] is None else Decimal(site["longitude"]),
            latitude=None if site["latitude"] is None else Decimal(site["latitude"]),
            direction=site["direction"],
            secret_unit_consent=site["secret_unit_consent"],
            datum=Datum(site["datum"]),
        ),
        functions=tuple(function_of(function) for function in row["functions"]),
        until=row["recorded_at"],
        is_moved=row["kind"] == "MOVE",
        submitted_by=row["submitted_by"],
        plan_id=PlanId(row["plan_id"]) if row["plan_id"] else None,
        warnings=tuple(row["warnings"]),
        refused_at=row["refused_at"],
    )
