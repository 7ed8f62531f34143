"""The devices that the registry holds, as the ledger says."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from common.door.uow import Database, Tx, operational
from common.values.ids import DeviceId


async def note_held(db: Database, device_id: DeviceId, since: datetime) -> None:
    """The device is held from now on."""
    statement = (
        "INSERT INTO held_devices (device_id, since) VALUES (:device_id, :since) ON CONFLICT DO NOTHING"
    )
    async with operational(db) as conn:
        await conn.execute(sa.text(statement), {"device_id": device_id, "since": since})


async def note_free(db: Database, device_id: DeviceId) -> None:
    """A person has decided: the device is held no longer."""
    statement = "DELETE FROM held_devices WHERE device_id = :device_id"
    async with operational(db) as conn:
        await conn.execute(sa.text(statement), {"device_id": device_id})


async def is_held(tx: Tx, device_id: DeviceId) -> bool:
    """Whether the device is held."""
    query = sa.text("SELECT EXISTS (SELECT FROM held_devices WHERE device_id = :device_id)")
    return bool(await tx.conn.scalar(query, {"device_id": device_id}))
