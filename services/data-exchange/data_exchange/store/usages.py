"""Usages: their lines and numbers, their search, and those that a deferral holds."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from common.door.secrets import Secrets
from common.door.uow import Tx, View
from common.policy import Permit
from common.values.ids import AgencyId, CaseId, ComparisonId, DeferralId, UsageLineId
from data_exchange.domain.comparison import ComparisonKind
from data_exchange.domain.deferrals import UsagesHeld, UsagesReleased
from data_exchange.domain.exchange import Purpose
from data_exchange.domain.usages import Line, Noted, Usage, UsageAct, UsageNoted, line_of
from data_exchange.store.numbers import next_n
from data_exchange.store.rows import Row
from data_exchange.store.subjects import STREAM
from data_exchange.store.tables_usages import held, usages

_LOCK: Final = sa.text(
    # The lines come sorted, so two changes never wait for each other in a circle.
    "SELECT pg_advisory_xact_lock(hashtextextended(line, 0)) FROM unnest(CAST(:lines AS text[])) AS line"
)
_RECORDS: Final = sa.text(
    "SELECT stream, seq, record_id FROM outbox WHERE stream = ANY(CAST(:streams AS text[]))"
)
_ENDS: Final = sa.text("SELECT stream, seq FROM stream_head WHERE stream = ANY(CAST(:streams AS text[]))")


@dataclass(frozen=True)
class Held:
    """A usage that a deferral holds, as its `n`."""

    n: int
    line_id: UsageLineId
    usage: Usage


async def lines_of(secrets: Secrets, identifiers: Sequence[str]) -> list[Line]:
    """The line of each identifier. Without the one secret behind them no line can be found from an identifier."""
    if not secrets.has(STREAM):
        await asyncio.to_thread(secrets.make, STREAM)
    return [
        line_of(identifier, secrets.keyed_digest(STREAM, "usage-line", identifier.encode()))
        for identifier in identifiers
    ]


async def next_numbers(tx: Tx, line_ids: Sequence[UsageLineId]) -> list[int]:
    """A number for each in turn, the next one on its line; a line that comes twice gets two.

    The lines are held until commit, so no number is given twice and none is left out.
    """
    lines = sorted(set(line_ids))
    await tx.conn.execute(_LOCK, {"lines": lines})
    # Read after the lock. The stream of a line counts its usages, those of other agencies too.
    ends = await tx.conn.execute(_ENDS, {"streams": [line.stream for line in lines]})
    # The first record of a stream has the number 0, the first usage of a line the number 1.
    taken = Counter({row.stream: row.seq + 1 for row in ends})
    numbers = []
    for line in line_ids:
        taken[line.stream] += 1
        numbers.append(taken[line.stream])
    return numbers


async def list_page(
    v: View, line_ids: Sequence[UsageLineId], *, after: tuple[datetime, str, int] | None, limit: int
) -> list[Noted]:
    """Up to `limit` usages on these lines behind the place `after`, in the order in which they were noted."""
    place = sa.tuple_(usages.c.noted_at, usages.c.line_id, usages.c.nth)
    query = _on(line_ids).order_by(usages.c.noted_at, usages.c.line_id, usages.c.nth).limit(limit)
    if after is not None:
        query = query.where(place > sa.tuple_(*map(sa.literal, after)))
    return [_noted(row) for row in (await v.conn.execute(query)).mappings()]


async def list_all(v: View, line_ids: Sequence[UsageLineId]) -> list[Noted]:
    """Every usage on these lines, each line in order."""
    query = _on(line_ids).order_by(usages.c.line_id, usages.c.nth)
    return [_noted(row) for row in (await v.conn.execute(query)).mappings()]


async def list_records(v: View, noted: Sequence[Noted]) -> list[UUID]:
    """The record of each of these usages: its number in the stream is one less than that on the line."""
    streams = sorted({one.line_id.stream for one in noted})
    rows = await v.conn.execute(_RECORDS, {"streams": streams})
    of = {(row.stream, row.seq + 1): row.record_id for row in rows}
    return [of[one.line_id.stream, one.nth] for one in noted]


async def list_lines_of(v: View | Tx, comparison_id: ComparisonId) -> list[UsageLineId]:
    """The lines on which this comparison is noted, or will be."""
    query = sa.union(
        *(
            sa.select(table.c.line_id).where(table.c.comparison_id == comparison_id)
            for table in (usages, held)
        )
    )
    return sorted(UsageLineId(id) for id in (await v.conn.execute(query)).scalars())


async def list_held(tx: Tx, deferral_id: DeferralId, limit: int) -> list[Held]:
    """Up to `limit` usages that the deferral still holds, the first one first."""
    query = sa.select(held).where(held.c.deferral_id == deferral_id, held.c.released_at.is_(None))
    rows = (await tx.conn.execute(query.order_by(held.c.n).limit(limit))).mappings()
    return [Held(row["n"], UsageLineId(row["line_id"]), _usage(row)) for row in rows]


async def add(tx: Tx, permit: Permit, *facts: UsageNoted) -> list[Noted]:
    """Record usages on their lines, and write their rows. `next_numbers` gave the numbers."""
    tx.record(permit, *facts)
    noted = [Noted(fact.owner, fact.nth, fact.usage, tx.now, fact.deferral_id) for fact in facts]
    await tx.add_all(usages, [(fact, _columns(one)) for fact, one in zip(facts, noted, strict=True)])
    return noted


async def hold(
    tx: Tx, permit: Permit, fact: UsagesHeld, line_ids: Sequence[UsageLineId], usage: Usage
) -> None:
    """Record that the deferral, which is locked, holds `usage` of each line, and write the rows."""
    tx.record(permit, fact)
    first = await next_n(tx, held.c.deferral_id, fact.owner)
    own = {"deferral_id": fact.owner, "released_at": None, **_of(usage)}
    rows = [own | {"n": first + i, "line_id": line_id} for i, line_id in enumerate(line_ids)]
    await tx.add_all(held, [(fact, row) for row in rows])


async def release(tx: Tx, permit: Permit, fact: UsagesReleased, numbers: Sequence[int]) -> None:
    """Record that the usages of these numbers are on their lines."""
    tx.record(permit, fact)
    for n in numbers:
        await tx.set(fact, held, {"deferral_id": fact.owner, "n": n}, {"released_at": tx.now})


def _on(line_ids: Sequence[UsageLineId]) -> sa.Select[Any]:
    return sa.select(usages).where(usages.c.line_id.in_(sorted(set(line_ids))))


def _of(usage: Usage) -> dict[str, Any]:
    return asdict(usage) | {"fields": list(usage.fields)}


def _columns(noted: Noted) -> dict[str, Any]:
    return {
        "line_id": noted.line_id,
        "nth": noted.nth,
        "noted_at": noted.noted_at,
        "deferral_id": noted.deferral_id,
        **_of(noted.usage),
    }


def _noted(row: Row) -> Noted:
    deferral_id = DeferralId(row["deferral_id"]) if row["deferral_id"] else None
    return Noted(UsageLineId(row["line_id"]), row["nth"], _usage(row), row["noted_at"], deferral_id)


def _usage(row: Row) -> Usage:
    return Usage(
        ComparisonId(row["comparison_id"]),
        UsageAct(row["act"]),
        AgencyId(row["agency_id"]),
        ComparisonKind(row["kind"]),
        Purpose(row["purpose"]),
        CaseId(row["case_id"]) if row["case_id"] else None,
        row["register"],
        tuple(row["fields"]),
        row["is_sealed"],
        row["code"],
        row["asked_at"],
    )
