"""Which capture a push belongs to: one on record, or none yet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import asyncpg
import sqlalchemy as sa

from common.door.driver import fetch
from common.door.uow import Database, Tx, View, alone, scope_of
from common.policy import Mandate
from common.values.ids import DeviceId, EvidenceId
from evidence.domain.capture import State, Transport
from evidence.store.tables import captures, media


@dataclass(frozen=True)
class Known:
    """A capture on record, by its content key."""

    content_key: str
    id: EvidenceId


async def list_known(db: Database, mandate: Mandate, keys: Iterable[str]) -> list[Known]:
    """The captures on record under these content keys, of those that `mandate` may see."""
    visible, _ = scope_of(mandate)
    rows = await alone(db, "SELECT content_key, id FROM known_captures($1, $2)", visible, list(keys))
    return _known(rows)


async def lock_keys(tx: Tx, keys: Iterable[str]) -> list[Known]:
    """Hold these content keys until commit, and tell which captures are on record under them now.

    Of two equal pushes at once, the second sees the first. In sorted order, so that two pushes with the same objects
    never wait for each other in a circle.
    """
    rows = await fetch(tx.conn, "SELECT content_key, id FROM hold_captures($1)", sorted(set(keys)))
    return _known(rows)


def _known(rows: Iterable[asyncpg.Record]) -> list[Known]:
    return [Known(row["content_key"], EvidenceId(row["id"])) for row in rows]


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
    query = "SELECT id FROM captures WHERE account = $1 AND object_id = $2 AND state <> $3 ORDER BY id DESC LIMIT 1"
    rows = await fetch(tx.conn, query, account, object_id, State.QUARANTINED)
    return EvidenceId(rows[0]["id"]) if rows else None
