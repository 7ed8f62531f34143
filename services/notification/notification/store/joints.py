"""Which deliveries travel in one text: those that wait for the same hour and address, and those that joined one."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import sqlalchemy as sa

from common.door.uow import Tx
from common.values.ids import DeliveryId
from notification.domain.delivery import Delivery
from notification.domain.templates import GATHERING
from notification.store import deliveries, parcels
from notification.store.parcels import Parcel

# What another process decides about at the moment is left to it: to wait here could be to wait for each other.
_BESIDE: Final = sa.text(
    "SELECT d.id FROM deliveries d JOIN messages m ON m.id = d.message_id WHERE d.address_key = :key"
    " AND d.channel = :channel AND d.level = :level AND d.agency_id IS NOT DISTINCT FROM :agency"
    # One text is repeated after a crash or is not: for all that it says.
    " AND d.may_come_twice = :twice"
    " AND d.not_before <= :now AND d.attempts = 0"
    " AND d.state IN ('SCHEDULED', 'HELD', 'QUEUED') AND m.code = ANY(:codes)"
    " AND d.id <> ALL(CAST(:known AS text[])) ORDER BY d.id LIMIT :most FOR UPDATE OF d SKIP LOCKED"
)
_WITH: Final = sa.text("SELECT id FROM deliveries WHERE joined_to = :carrier ORDER BY id")


async def lock_beside(tx: Tx, parcel: Parcel, *, known: Collection[DeliveryId], most: int) -> list[Parcel]:
    """Up to `most` parcels of the agency for the same address and hour, without those that are `known`."""
    values = {
        "key": parcel.address_key,
        "channel": parcel.delivery.channel,
        "level": parcel.delivery.level,
        "agency": parcel.delivery.agency_id,
        "twice": parcel.delivery.may_come_twice,
        "now": tx.now,
        "codes": sorted(GATHERING),
        "known": sorted(known),
        "most": most,
    }
    found = (await tx.conn.execute(_BESIDE, values)).scalars().all()
    return await parcels.lock_all(tx, [DeliveryId(id) for id in found]) if found else []


async def lock_with(tx: Tx, carrier: Delivery) -> list[Parcel]:
    """The parcels whose words travel, or travelled, in the text of `carrier`."""
    found = (await tx.conn.execute(_WITH, {"carrier": carrier.id})).scalars().all()
    return await parcels.lock_all(tx, [DeliveryId(id) for id in found]) if found else []


async def wake(tx: Tx, carrier: Delivery) -> None:
    """The deliveries that travelled with `carrier` are looked at now."""
    query = sa.text(
        "UPDATE delivery_work SET next_at = :now WHERE delivery_id IN"
        " (SELECT id FROM deliveries WHERE joined_to = :carrier AND state = 'JOINED')"
    )
    await tx.conn.execute(query, {"carrier": carrier.id, "now": tx.now})


async def lock_joined(tx: Tx, carrier: Delivery) -> list[Delivery]:
    """The deliveries of the same, without their words."""
    found = (await tx.conn.execute(_WITH, {"carrier": carrier.id})).scalars().all()
    return await deliveries.lock_all(tx, [DeliveryId(id) for id in found]) if found else []
