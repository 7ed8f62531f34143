"""Which capture a push belongs to: one on record, or none yet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from common.door.uow import Tx, View
from common.values.ids import DeviceId, EvidenceId
from evidence.domain.capture import State, Transport
from evidence.domain.lifecycle import Capture
from evidence.store.captures import lock
from evidence.store.tables import captures, media


@dataclass(frozen=True)
class Known:
    """A capture on record, by its content key."""

    content_key: str
    id: EvidenceId


async def list_known(v: View, keys: Iterable[str]) -> list[Known]:
    """The captures on record under these content keys."""
    query = sa.select(captures.c.content_key, captures.c.id).where(captures.c.content_key.in_(keys))
    return [Known(row.content_key, EvidenceId(row.id)) for row in await v.conn.execute(query)]


async def lock_keys(tx: Tx, keys: Iterable[str]) -> None:
    """Hold these content keys until commit: of two equal pushes at once, the second sees the first.

    In sorted order, so that two pushes with the same objects never wait for each other in a circle.
    """
    for key in sorted(set(keys)):
        await tx.conn.execute(
            sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 1))"), {"key": key}
        )


async def find_by_key(tx: Tx, content_key: str) -> Capture | None:
    """The capture on record under this content key, held until commit."""
    id = await tx.conn.scalar(sa.select(captures.c.id).where(captures.c.content_key == content_key))
    return await lock(tx, EvidenceId(id)) if id else None


async def find_signed(v: View, device_id: DeviceId, manifest_sha256: str) -> EvidenceId | None:
    """The capture that came as signed under this manifest of the device, in quarantine or not."""
    query = sa.select(captures.c.id).where(
        captures.c.device_id == device_id,
        captures.c.signed_sha256 == manifest_sha256,
        captures.c.transport == Transport.SIGNED,
    )
    id = await v.conn.scalar(query.order_by(captures.c.id).limit(1))
    return EvidenceId(id) if id else None


async def has_picture(v: View, account: str, *, image_id: str, sha256: str) -> bool:
    """Whether a capture of this account has this picture under this id."""
    query = (
        sa.select(sa.literal(True))
        .join(captures, captures.c.id == media.c.evidence_id)
        .where(captures.c.account == account, media.c.image_id == image_id, media.c.sha256 == sha256)
        .limit(1)
    )
    return bool(await v.conn.scalar(query))


async def find_newest_of_object(tx: Tx, account: str, object_id: str) -> EvidenceId | None:
    """The newest capture that this account sent under this object id, of those that were taken in."""
    query = (
        sa.select(captures.c.id)
        .where(captures.c.account == account, captures.c.object_id == object_id)
        .where(captures.c.state != State.QUARANTINED)
        .order_by(captures.c.id.desc())
        .limit(1)
    )
    id = await tx.conn.scalar(query)
    return EvidenceId(id) if id else None
