"""The logs that retention is about, and their erasures: who proposed and who approved the end of their texts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, assert_never

import sqlalchemy as sa

from common.door import erasure as destruction
from common.door.rows import business_table
from common.door.uow import Tx
from common.policy import Actor, Permit, Resource, not_found
from common.values.ids import AgencyId, ComparisonId, DataUseId, DisputeId, ExchangeId, OfficerId
from data_exchange.domain.comparison import Comparison, ComparisonState
from data_exchange.domain.retention import ErasureProposed, Kept, Log, LogErased, last_of
from data_exchange.store import comparisons, disputes, exchanges, uses
from data_exchange.store import tables_batches as batches
from data_exchange.store import tables_transfers as transfers
from data_exchange.store.letters import list_letters
from data_exchange.store.tables import metadata

_PERSONAL: Final = 3


def _table(noun: str, owner: str) -> sa.Table:
    return business_table(
        f"{noun}_erasures",
        metadata,
        sa.Column(owner, sa.Text, primary_key=True),
        sa.Column("proposed_by", sa.Text),
        sa.Column("proposed_at", sa.DateTime(timezone=True)),
        sa.Column("approved_by", sa.Text),
        sa.Column("approved_at", sa.DateTime(timezone=True)),
        owner=owner,
    )


_TABLES: Final = {
    ExchangeId.noun: _table("exchange", "exchange_id"),
    ComparisonId.noun: _table("comparison", "comparison_id"),
    DataUseId.noun: _table("use", "use_id"),
    DisputeId.noun: _table("dispute", "dispute_id"),
}


@dataclass(frozen=True)
class Erasure:
    """An erasure as it stands: proposed, and approved once `approved_at` is there."""

    object_id: Kept
    proposed_by: OfficerId
    proposed_at: datetime
    approved_by: OfficerId | None
    approved_at: datetime | None


def resource(log: Log, actor: Actor) -> Resource:
    """The log as the policy sees it: an object of each of its keepers."""
    own = actor.agency_id if actor.agency_id in log.keepers else None
    seen = next((agency for agency in log.keepers if agency in actor.visible), log.keepers[0])
    return Resource(log.object_id, own or seen, level=_PERSONAL)


async def lock(tx: Tx, object_id: Kept) -> Log:
    """The log of the object, which is held until commit. Refusal NOT_FOUND as the object's own `lock`."""
    log = await _log(tx, object_id)
    # Read under the lock: another person may have approved meanwhile.
    erasure = await find(tx, object_id)
    is_approved = erasure is not None and erasure.approved_at is not None
    return Log(
        log.object_id,
        log.keepers,
        log.ended_at,
        log.files,
        proposed_by=erasure.proposed_by if erasure else None,
        is_erased=is_approved or tx.secrets.is_erased(object_id.stream),
    )


async def find(tx: Tx, object_id: Kept) -> Erasure | None:
    """The erasure of the object, if somebody proposed one."""
    table = _TABLES[object_id.noun]
    query = sa.select(table).where(table.c[table.info["owner"]] == object_id)
    row = (await tx.conn.execute(query)).one_or_none()
    if row is None:
        return None
    approved_by = OfficerId(row.approved_by) if row.approved_by else None
    return Erasure(object_id, OfficerId(row.proposed_by), row.proposed_at, approved_by, row.approved_at)


async def get(tx: Tx, object_id: Kept) -> Erasure:
    """The erasure of the object. Refusal NOT_FOUND if nobody proposed one."""
    erasure = await find(tx, object_id)
    if erasure is None:
        raise not_found(object_id)
    return erasure


async def save(tx: Tx, permit: Permit, log: Log, *facts: ErasureProposed | LogErased) -> Log:
    """Record `facts`, and write the erasure as they leave it. An approval makes the destruction due."""
    tx.record(permit, *facts)
    table, object_id = _TABLES[log.object_id.noun], log.object_id
    for fact in facts:
        key: dict[str, Any] = {table.info["owner"]: object_id}
        if isinstance(fact, LogErased):
            await tx.set(fact, table, key, {"approved_by": fact.approved_by, "approved_at": tx.now})
            await destruction.order(tx, object_id.stream)
        elif await find(tx, object_id) is None:
            await tx.add(fact, table, key | {"proposed_by": fact.proposed_by, "proposed_at": tx.now})
        else:
            await tx.set(fact, table, key, {"proposed_by": fact.proposed_by, "proposed_at": tx.now})
    return log


async def _log(tx: Tx, object_id: Kept) -> Log:
    match object_id:
        case ExchangeId():
            return await _exchange(tx, object_id)
        case ComparisonId():
            return await _comparison(tx, object_id)
        case DataUseId():
            use = await uses.lock(tx, object_id)
            return Log(object_id, (use.agency_id,), use.disposed_at)
        case DisputeId():
            dispute = await disputes.lock(tx, object_id)
            return Log(object_id, dispute.sides, dispute.ended_at)
        case _:
            assert_never(object_id)


async def _exchange(tx: Tx, exchange_id: ExchangeId) -> Log:
    exchange = await exchanges.lock(tx, exchange_id)
    ended_at = exchange.closed_at or exchange.answered_at
    letters = [stored.letter.sha256 for stored in await list_letters(tx, exchange_id)]
    files = await _digests(tx, exchange_id, transfers.files, transfers.uploads, transfers.parts)
    keepers: tuple[AgencyId, ...] = (exchange.agency_id, exchange.to_agency_id)
    return Log(exchange_id, keepers, await _with_use(tx, exchange_id, ended_at), _sorted(letters, files))


async def _comparison(tx: Tx, comparison_id: ComparisonId) -> Log:
    comparison = await comparisons.lock(tx, comparison_id)
    ended_at = await _end_of(tx, comparison)
    files = await _digests(tx, comparison_id, batches.parts)
    ended_at = await _with_use(tx, comparison_id, ended_at)
    return Log(comparison_id, (comparison.agency_id,), ended_at, _sorted(files))


async def _end_of(tx: Tx, comparison: Comparison) -> datetime | None:
    """A file of subjects ends with its last row or its failure; a reading of the answer prolongs nothing."""
    if comparison.state in (ComparisonState.ANSWERED, ComparisonState.REFUSED):
        return comparison.asked_at
    if comparison.state not in (ComparisonState.DONE, ComparisonState.FAILED):
        return None
    query = "SELECT max(recorded_at) FROM outbox WHERE stream = :stream AND type LIKE 'comparison.batch.%'"
    ended_at: datetime = (
        await tx.conn.execute(sa.text(query), {"stream": comparison.id.stream})
    ).scalar_one()
    return ended_at


async def _with_use(tx: Tx, source: str, ended_at: datetime | None) -> datetime | None:
    """The end of a disclosure. Data that is still in use keeps it from ending."""
    use = await uses.find_of_source(tx, source)
    return ended_at if use is None else last_of((ended_at, use.disposed_at))


async def _digests(tx: Tx, object_id: Kept, *tables: sa.Table) -> list[str]:
    digests: list[str] = []
    for table in tables:
        own = "comparison_id" if isinstance(object_id, ComparisonId) else "exchange_id"
        query = sa.select(table.c.sha256).where(table.c[own] == object_id)
        digests += (await tx.conn.execute(query)).scalars()
    return digests


def _sorted(*digests: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({digest for some in digests for digest in some}))
