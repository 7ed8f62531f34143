"""Which parts of a picture are open to its party, and the covered copies that were made."""

from __future__ import annotations

from dataclasses import astuple
from typing import Any

import sqlalchemy as sa

from common.door.uow import Tx, View
from common.policy import Permit
from common.values.ids import EvidenceId
from evidence.domain.lifecycle import Capture
from evidence.domain.redaction import METHOD, Box, Copy, EvidenceRedacted, Opened, RegionsOpened
from evidence.store.tables import redactions, regions


async def list_opened(v: View | Tx, evidence_id: EvidenceId) -> tuple[Opened, ...]:
    """What a reviewer opened, by the number of the picture."""
    query = sa.select(regions).where(regions.c.evidence_id == evidence_id).order_by(regions.c.n)
    rows = (await v.conn.execute(query)).mappings().all()
    return tuple(Opened(row["n"], _boxes(row["boxes"])) for row in rows)


async def open_regions(tx: Tx, permit: Permit, capture: Capture, fact: RegionsOpened) -> None:
    """Record it, and write down what is open from now on."""
    tx.record(permit, fact)
    key = {"evidence_id": capture.id, "n": fact.picture}
    told = {"boxes": _flat(fact.boxes), "opened_by": fact.by, "opened_at": tx.now}
    query = sa.select(regions.c.n).where(regions.c.evidence_id == capture.id, regions.c.n == fact.picture)
    if await tx.conn.scalar(query) is None:
        await tx.add(fact, regions, key | {"agency_id": capture.agency_id} | told)
    else:
        await tx.set(fact, regions, key, told)


async def find_copy(v: View | Tx, capture: Capture, n: int, boxes: tuple[Box, ...]) -> Copy | None:
    """The copy of the picture `n` with exactly these parts open, if one was made in today's way."""
    query = sa.select(redactions).where(
        redactions.c.evidence_id == capture.id,
        redactions.c.n == n,
        redactions.c.method == METHOD,
        redactions.c.boxes == _flat(boxes),
    )
    row = (await v.conn.execute(query)).mappings().first()
    return _copy(row) if row is not None else None


async def add_copy(tx: Tx, permit: Permit, capture: Capture, fact: EvidenceRedacted) -> None:
    """Record how the copy came about."""
    tx.record(permit, fact)
    row = {
        "evidence_id": capture.id,
        "n": fact.picture,
        "sha256": fact.sha256,
        "agency_id": capture.agency_id,
        "derived_from": fact.derived_from,
        "method": fact.method,
        "boxes": _flat(fact.boxes),
        "made_at": tx.now,
    }
    await tx.add(fact, redactions, row)


def _copy(row: Any) -> Copy:
    return Copy(row["n"], row["derived_from"], row["method"], _boxes(row["boxes"]), row["sha256"])


def _flat(boxes: tuple[Box, ...]) -> list[int]:
    return [side for box in boxes for side in astuple(box)]


def _boxes(sides: list[int]) -> tuple[Box, ...]:
    return tuple(Box(*sides[at : at + 4]) for at in range(0, len(sides), 4))
