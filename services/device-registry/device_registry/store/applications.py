"""An application as it was handed in, for those who review it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from common.door.uow import Tx, View
from common.policy import not_found
from common.values.ids import DeviceId
from device_registry.domain.privacy import FieldOfView, Polygon
from device_registry.store import tables


@dataclass(frozen=True)
class Application:
    """The texts of an application, the devices that it weighed, and its field of view.

    `mask_sample` is the digest of the image in which the legal reviewer saw the masks.
    """

    submitted_at: datetime
    necessity: str
    alternatives: str
    siting: str
    sharing: str
    nearby: tuple[DeviceId, ...]
    view: FieldOfView
    mask_sample: str | None


async def get(v: View, device_id: DeviceId) -> Application:
    """The application. Refusal NOT_FOUND for a device that was never submitted."""
    table, reviews = tables.applications, tables.reviews
    sample = (
        sa.select(reviews.c.mask_sample)
        .where(reviews.c.device_id == table.c.device_id, reviews.c.kind == "LEGAL")
        .order_by(reviews.c.round.desc())
        .limit(1)
    )
    query = sa.select(table, sample.scalar_subquery().label("mask_sample")).where(
        table.c.device_id == device_id
    )
    row = (await v.conn.execute(_newest(query))).mappings().one_or_none()
    if row is None:
        raise not_found(device_id)
    return Application(
        submitted_at=row["submitted_at"],
        necessity=row["necessity"],
        alternatives=row["alternatives"],
        siting=row["siting"],
        sharing=row["sharing"],
        nearby=tuple(DeviceId(each) for each in row["nearby"]),
        view=_view(row),
        mask_sample=row["mask_sample"],
    )


async def find_view(tx: Tx, device_id: DeviceId) -> FieldOfView | None:
    """The field of view of the application, None without one."""
    table = tables.applications
    query = sa.select(table.c.sketch, table.c.windows, table.c.masks).where(table.c.device_id == device_id)
    row = (await tx.conn.execute(_newest(query))).mappings().one_or_none()
    return _view(row) if row is not None else None


def _newest(query: sa.Select[Any]) -> sa.Select[Any]:
    """A rectified device is handed in without a new application; the last one still says why it stands there."""
    return query.order_by(tables.applications.c.round.desc()).limit(1)


def _view(row: sa.RowMapping) -> FieldOfView:
    return FieldOfView(row["sketch"], _polygons(row["windows"]), _polygons(row["masks"]))


def _polygons(drawn: Any) -> tuple[Polygon, ...]:
    return tuple(tuple((x, y) for x, y in polygon) for polygon in drawn)
