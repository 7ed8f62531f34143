"""Our own records as the outbox holds them, whether the ledger has them yet or not."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from common.door.uow import Tx, View
from common.values.ids import EvidenceId
from evidence.domain.anchoring import Anchored, TwinId
from ledger.entry import data_of


async def any_waiting(v: View, streams: Sequence[str]) -> bool:
    """Whether records of `streams` wait for the ledger."""
    query = sa.text("SELECT EXISTS (SELECT FROM outbox_pending WHERE stream = ANY(:streams))")
    return bool(await v.conn.scalar(query, {"streams": list(streams)}))


async def find_last_anchor(v: View) -> Anchored | None:
    """The last `log.anchor` that this service recorded."""
    query = sa.text("SELECT note, recorded_at FROM outbox WHERE stream = :stream ORDER BY seq DESC LIMIT 1")
    row = (await v.conn.execute(query, {"stream": TwinId().stream})).one_or_none()
    return None if row is None else Anchored(data_of(bytes(row.note))["size"], row.recorded_at)


async def list_repeated_messages(tx: Tx, evidence_id: EvidenceId) -> list[str]:
    """The SHA-256 of every message that brought the capture again."""
    query = "SELECT note FROM outbox WHERE stream = :stream AND type = 'evidence.duplicated'"
    notes = (await tx.conn.scalars(sa.text(query), {"stream": evidence_id.stream})).all()
    return sorted({data_of(bytes(note))["body_sha256"] for note in notes})
