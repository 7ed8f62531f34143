"""The chains of manifests, as the captures on record show them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from common.door.uow import Tx, View
from common.values.ids import DeviceId
from evidence.domain.capture import State
from evidence.domain.manifest import START
from evidence.domain.sequence import ALONE, Link, Neighbours, Place, place
from evidence.domain.signed import Signed
from evidence.store.tables import captures

WINDOW: Final = 1_000
"""So many numbers of a key are looked through for each signed capture that comes."""

_LINK = (captures.c.signed_seq, captures.c.signed_prev, captures.c.signed_sha256)


@dataclass(frozen=True)
class Gap:
    """Numbers of a key that have not arrived: from `first` to `last`, both included."""

    kid: str
    first: int
    last: int


async def lock_keys(tx: Tx, signed: Iterable[Signed | None]) -> None:
    """Hold the chains of these keys until commit: of two captures at once, the second sees the first.

    In sorted order, so that two pushes with captures of the same keys never wait for each other in a circle.
    """
    for kid in sorted({each.kid for each in signed if each is not None}):
        query = sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:kid, 2))")
        await tx.conn.execute(query, {"kid": kid})


async def place_of(tx: Tx, device_id: DeviceId, signed: Signed | None) -> Place:
    """How a manifest fits to those of its key that are on record.

    Beside a manifest of a key that is of the past only those count that were taken in: whoever has the key can bring
    neighbours too.
    """
    if signed is None:
        return ALONE
    seq = captures.c.signed_seq
    # Of several under this very number, one that is another manifest first.
    other = captures.c.signed_sha256 == signed.manifest_sha256
    counts = captures.c.state != State.QUARANTINED if signed.is_of_the_past else sa.true()
    same = await _link(tx, device_id, signed.kid, (seq == signed.seq) & counts, other)
    beside = Neighbours(
        same,
        await _link(tx, device_id, signed.kid, (seq < signed.seq) & counts, seq.desc()),
        await _link(tx, device_id, signed.kid, (seq > signed.seq) & counts, seq.asc()),
    )
    return place(Link(signed.seq, signed.prev, signed.manifest_sha256), beside)


async def _link(
    tx: Tx, device_id: DeviceId, kid: str, which: sa.ColumnElement[bool], order: sa.ColumnElement[Any]
) -> Link | None:
    query = (
        sa.select(*_LINK)
        .where(captures.c.device_id == device_id, captures.c.signed_kid == kid, which)
        .order_by(order)
        .limit(1)
    )
    row = (await tx.conn.execute(query)).one_or_none()
    return Link(*row) if row else None


async def list_gaps(v: View, device_id: DeviceId, *, limit: int = 100) -> list[Gap]:
    """What is missing of the chains of this device, the newest first. What arrives late closes its gap by itself."""
    return await _gaps(v, captures.c.device_id == device_id, above=0, limit=limit)


async def list_newest_gaps(v: View, device_id: DeviceId, kid: str, *, limit: int = 100) -> list[Gap]:
    """What is missing of the chain of one key, among its newest WINDOW numbers alone."""
    of_key = (captures.c.device_id == device_id) & (captures.c.signed_kid == kid)
    newest = await v.conn.scalar(sa.select(sa.func.max(captures.c.signed_seq)).where(of_key))
    above = max(0, (newest or 0) - WINDOW)
    return await _gaps(v, of_key & (captures.c.signed_seq > above), above=above, limit=limit)


async def _gaps(v: View, which: sa.ColumnElement[bool], *, above: int, limit: int) -> list[Gap]:
    """The gaps between the numbers of `which`, which are all that are on record above the number `above`."""
    numbers = (
        sa.select(
            captures.c.signed_kid, captures.c.signed_seq, sa.func.min(captures.c.signed_prev).label("prev")
        )
        .where(which, captures.c.signed_kid.is_not(None))
        .group_by(captures.c.signed_kid, captures.c.signed_seq)
        .subquery()
    )
    below = sa.func.lag(numbers.c.signed_seq).over(
        partition_by=numbers.c.signed_kid, order_by=numbers.c.signed_seq
    )
    # Before the first number of a key nothing is missing where the manifest says that it is the first.
    first = sa.case(
        (below.is_(None) & (numbers.c.prev == START), numbers.c.signed_seq),
        else_=sa.func.coalesce(below, above) + 1,
    )
    rows = sa.select(numbers.c.signed_kid, first.label("first"), numbers.c.signed_seq).subquery()
    query = (
        sa.select(rows.c.signed_kid, rows.c.first, rows.c.signed_seq - 1)
        .where(rows.c.first < rows.c.signed_seq)
        .order_by(rows.c.signed_seq.desc())
        .limit(limit)
    )
    return [Gap(*row) for row in await v.conn.execute(query)]
