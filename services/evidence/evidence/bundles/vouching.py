"""Statements of outsiders on a bundle: tokens of time-stamping authorities, and the note of a monitor.

The export waits a few seconds for each outsider; without an answer the bundle lacks that statement. No transaction is
open while it waits. verify.py checks every statement again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from common.door.uow import view
from common.policy import Mandate
from evidence.bundles.extract import Extract, Vouchers, anchored, leads_to
from evidence.ledger.log import Log
from evidence.ledger.timestamp import anchors
from evidence.runtime import EvidenceRuntime
from ledger.canonical import parse_canonical
from ledger.notes import parse_note


@dataclass(frozen=True)
class Heads:
    """A monitor's note on the last record of streams, and the size of the log that it speaks of."""

    note: bytes
    size: int


async def heads_of(runtime: EvidenceRuntime, streams: Iterable[str]) -> Heads | None:
    """The monitor's note on `streams`; None if no monitor is configured, or it does not answer in time."""
    monitor = runtime.ledger.settings.monitor
    note: bytes | None = await monitor.statement(sorted(set(streams))) if monitor is not None else None
    if note is None:
        return None
    statement = parse_canonical(parse_note(note).text.partition(b"\n")[2].removesuffix(b"\n"))
    return Heads(note, int(statement["size"]))


async def vouchers(
    runtime: EvidenceRuntime, mandate: Mandate, extract: Extract, heads: Heads | None
) -> Vouchers:
    """The tokens around the extract's checkpoint and on it, requested now if it has none yet, and the statement."""
    settings = runtime.ledger.settings
    stamper = settings.stamper
    on_final = await stamper.stamp_now(runtime.db, extract.size) if stamper is not None else []
    async with view(runtime.db, mandate) as v:
        ledger = await Log.within(v.conn)
        below, above = await anchors(ledger, *extract.span)
        lower, upper = await anchored(ledger, extract, [*below, *above, *on_final])
        fits = heads is not None and 0 < heads.size <= extract.size
        leads = await leads_to(ledger, heads.size, extract) if heads is not None and fits else b""
    return Vouchers(
        lower=lower,
        upper=upper,
        final={} if upper and upper.size == extract.size else {one.authority: one.token for one in on_final},
        statement=heads.note if heads is not None and fits else None,
        leads=leads,
    )
