"""The batches of notices, and how far each was worked on."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass
from typing import Any, Final
from uuid import UUID

import orjson
import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncConnection

from common.door.rows import changed, name_of
from common.door.secrets import Secrets
from common.door.uow import Tx, View
from common.policy import Permit, Resource, not_found
from common.values.ids import AgencyId, MailingId, MessageId
from notification.domain.mailings import (
    Items,
    Mailing,
    MailingFinished,
    MailingOrdered,
    Result,
    after,
    begun,
    cause_of,
)
from notification.store.tables_mailings import mailings

_INTERNAL: Final = 2
_ITEMS: Final = TypeAdapter(Items)


@dataclass(frozen=True)
class Line:
    """One item: its result, None while it waits, and the message that was made of it. `faults`: how often a fault of
    ours stopped it."""

    n: int
    cause: UUID
    result: Result | None
    message_id: MessageId | None
    faults: int


def resource_of(mailing_id: MailingId, agency_id: AgencyId) -> Resource:
    """A batch as the policy sees it: an object of the agency that tells."""
    return Resource(mailing_id, agency_id, level=_INTERNAL)


async def lock(tx: Tx, mailing_id: MailingId) -> Mailing:
    """The batch, held until commit. Refusal NOT_FOUND without one that the caller sees."""
    return await _one(
        tx, sa.select(mailings).where(mailings.c.id == mailing_id).with_for_update(), mailing_id
    )


async def get(v: View, mailing_id: MailingId) -> Mailing:
    """The batch. Refusal NOT_FOUND as `lock`."""
    return await _one(v, sa.select(mailings).where(mailings.c.id == mailing_id), mailing_id)


async def list_open(v: View) -> list[MailingId]:
    """The batches that are not finished, oldest first."""
    query = sa.select(mailings.c.id).where(mailings.c.finished_at.is_(None)).order_by(mailings.c.id)
    return [MailingId(id) for id in (await v.conn.scalars(query)).all()]


async def list_lines(at: View | Tx, mailing_id: MailingId) -> list[Line]:
    """The items of a batch in their order."""
    query = sa.text(
        "SELECT i.n, i.cause, i.result, i.faults, m.id FROM mailing_items i LEFT JOIN messages m ON m.cause = i.cause"
        " WHERE i.mailing_id = :id ORDER BY i.n"
    )
    return [
        Line(
            row.n,
            row.cause,
            Result(row.result) if row.result else None,
            MessageId(row.id) if row.id else None,
            row.faults,
        )
        for row in await at.conn.execute(query, {"id": mailing_id})
    ]


async def note(conn: AsyncConnection, mailing_id: MailingId, n: int, result: Result) -> None:
    """Item `n` has its result."""
    query = sa.text("UPDATE mailing_items SET result = :result WHERE mailing_id = :id AND n = :n")
    await conn.execute(query, {"id": mailing_id, "n": n, "result": result.value})


async def note_fault(conn: AsyncConnection, mailing_id: MailingId, n: int) -> None:
    """A fault of ours stopped item `n` once more; it waits for the next run."""
    query = sa.text("UPDATE mailing_items SET faults = faults + 1 WHERE mailing_id = :id AND n = :n")
    await conn.execute(query, {"id": mailing_id, "n": n})


async def add(tx: Tx, permit: Permit, fact: MailingOrdered, *, texts: Items) -> Mailing:
    """The batch that `fact` orders; each item waits."""
    tx.record(permit, fact)
    mailing = begun(fact, texts, at=tx.now)
    row = _plain(mailing)
    await asyncio.to_thread(tx.secrets.make, mailing.id.stream)
    content = orjson.dumps(asdict(texts))
    sealed = await tx.secrets.sealed(mailing.id.stream, name_of(mailings, row), content)
    await tx.add(fact, mailings, row | {"sealed": sealed})
    query = sa.text(
        "INSERT INTO mailing_items (mailing_id, n, cause)"
        " SELECT :id, n, cause FROM unnest(CAST(:numbers AS int[]), CAST(:causes AS uuid[])) AS i (n, cause)"
    )
    numbers = list(range(mailing.count))
    causes = [cause_of(mailing.id, n) for n in numbers]
    await tx.conn.execute(query, {"id": mailing.id, "numbers": numbers, "causes": causes})
    return mailing


async def save(tx: Tx, permit: Permit, mailing: Mailing, *facts: MailingFinished) -> Mailing:
    """Record `facts` and change the row as they say: the values go."""
    tx.record(permit, *facts)
    before = mailing
    for fact in facts:
        mailing = after(mailing, fact, at=tx.now)
    values = changed(_plain(before), _plain(mailing)) | {"sealed": None}
    await tx.set(facts[-1], mailings, {"id": mailing.id}, values)
    return mailing


async def _one(at: View | Tx, query: sa.Select[Any], mailing_id: MailingId) -> Mailing:
    row = (await at.conn.execute(query)).one_or_none()
    if row is None:
        raise not_found(mailing_id)
    return _mailing(at.secrets, row)


def _plain(mailing: Mailing) -> dict[str, Any]:
    return {
        "id": mailing.id,
        "agency_id": mailing.agency_id,
        "code": mailing.code,
        "count": mailing.count,
        "ordered_at": mailing.ordered_at,
        "made": mailing.made,
        "finished_at": mailing.finished_at,
    }


def _mailing(secrets: Secrets, row: sa.Row[Any]) -> Mailing:
    mailing_id, items = MailingId(row.id), None
    if row.sealed is not None:
        plain = secrets.open(mailing_id.stream, name_of(mailings, row._mapping), bytes(row.sealed))
        items = _ITEMS.validate_json(plain)
    return Mailing(
        id=mailing_id,
        agency_id=AgencyId(row.agency_id),
        code=row.code,
        count=row._mapping["count"],
        ordered_at=row.ordered_at,
        items=items,
        made=row.made,
        finished_at=row.finished_at,
    )
