"""The messages of the parties' inboxes, and the erasures of the documents that came with them."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa

from common.door.rows import changed, name_of
from common.door.secrets import Erased, Secrets
from common.door.uow import Tx, View
from common.policy import Permit, not_found
from common.values.ids import AgencyId, CaseId, DocumentId, MessageId, PartyId
from notification.domain.entries import change_of
from notification.domain.facts import MessageFact, after, begun
from notification.domain.message import DisputeReason, Engagement, Failure, Message, MessageCreated, State
from notification.domain.templates import MessageKind, Words
from notification.store import inbox
from notification.store.servicetables import services
from notification.store.tables import messages

_SERVED_ON = (
    sa.select(services.c.served_on)
    .where(services.c.document_id == messages.c.document_id, services.c.served_on.is_not(None))
    .limit(1)
    .scalar_subquery()
)
"""The day of service is the service's, not the message's: a document may be served otherwise than by it."""
_ENTRIES = sa.table("inbox_entries", sa.column("message_id"), sa.column("place"))


async def lock(tx: Tx, message_id: MessageId) -> Message:
    """The party's message, held until commit. Another party's does not exist for us."""
    return await _one(tx, message_id, _shown(message_id).with_for_update(of=messages))


async def lock_made(tx: Tx, message_id: MessageId) -> Message:
    """The message whatever became of it, held until commit. Refusal NOT_FOUND without one."""
    return await _one(
        tx, message_id, _select().where(messages.c.id == message_id).with_for_update(of=messages)
    )


async def get(v: View, message_id: MessageId) -> Message:
    """The message. Refusal NOT_FOUND without one that arrived."""
    return await _one(v, message_id, _shown(message_id))


async def get_made(v: View, message_id: MessageId) -> Message:
    """The message whatever became of it. Refusal NOT_FOUND without one."""
    return await _one(v, message_id, _select().where(messages.c.id == message_id))


async def list_by_id(v: View, ids: Collection[MessageId]) -> list[Message]:
    """Those of these messages that arrived and are not gone, in no order."""
    query = _select().where(
        messages.c.id.in_(ids), messages.c.state == State.DELIVERED, messages.c.erased_at.is_(None)
    )
    return [_message(v.secrets, row) for row in await v.conn.execute(query)]


@dataclass(frozen=True)
class News:
    """A message of which the party's phone says something new: that a list showed it, that the party opened it."""

    message: Message
    is_seen: bool
    is_read: bool


async def lock_with_news(
    tx: Tx, party_id: PartyId, *, seen_up_to: int, read_up_to: int, read: Collection[MessageId], limit: int
) -> list[News]:
    """Up to `limit` messages of the party, held until commit, of which this is news.

    A message is up to a place if one of its entries is.
    """

    def is_up_to(place: int) -> sa.ColumnElement[bool]:
        return sa.exists().where(_ENTRIES.c.message_id == messages.c.id, _ENTRIES.c.place <= place)

    is_seen = sa.and_(messages.c.seen_at.is_(None), is_up_to(seen_up_to))
    is_read = sa.and_(
        messages.c.read_at.is_(None), sa.or_(is_up_to(read_up_to), messages.c.id.in_(sorted(read)))
    )
    query = (
        _select()
        .add_columns(is_seen.label("is_seen"), is_read.label("is_read"))
        .where(
            messages.c.party_id == party_id,
            messages.c.state == State.DELIVERED,
            messages.c.erased_at.is_(None),
            sa.or_(is_seen, is_read),
        )
        .order_by(messages.c.id)  # like every lock of several messages
        .limit(limit)
        .with_for_update(of=messages)
    )
    rows = await tx.conn.execute(query)
    return [News(_message(tx.secrets, row), row.is_seen, row.is_read) for row in rows]


async def lock_by_case(tx: Tx, case_id: CaseId) -> list[Message]:
    """Every message of the case, also those that failed, held until commit."""
    return [
        _message(tx.secrets, row)
        for row in await tx.conn.execute(_in_case(case_id).with_for_update(of=messages))
    ]


async def list_by_case(v: View, case_id: CaseId) -> list[Message]:
    """Every message of the case, also those that failed."""
    return [_message(v.secrets, row) for row in await v.conn.execute(_in_case(case_id))]


async def list_unreached(v: View, *, until: datetime) -> list[MessageId]:
    """Notices made by `until` that nobody got yet and that no delivery carries any more."""
    query = sa.text(
        "SELECT m.id FROM messages m WHERE m.kind = 'NOTICE' AND m.state = 'CREATED' AND m.created_at <= :until"
        " AND m.erased_at IS NULL AND NOT EXISTS (SELECT FROM deliveries d JOIN delivery_work w ON w.delivery_id = d.id"
        " WHERE d.message_id = m.id AND d.role = 'CARRIES') ORDER BY m.id"
    )
    return [MessageId(id) for id in (await v.conn.scalars(query, {"until": until})).all()]


async def hold_cause(tx: Tx, cause: str) -> None:
    """Let no other transaction make the message of `cause` before this one has ended."""
    query = sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
    await tx.conn.execute(query, {"name": f"message-cause/{cause}"})


async def is_made(at: Tx | View, cause: str) -> bool:
    """Whether the order with the record id `cause` has its message already."""
    query = sa.select(sa.exists().where(messages.c.cause == UUID(cause)))
    return bool((await at.conn.execute(query)).scalar_one())


async def find_failure(at: Tx | View, cause: str) -> Failure | None:
    """Why the message of `cause` failed; None where it did not."""
    query = sa.select(messages.c.failure).where(messages.c.cause == UUID(cause))
    failure = (await at.conn.execute(query)).scalar_one_or_none()
    return Failure(failure) if failure else None


async def list_erased_cases(v: View) -> list[CaseId]:
    """The cases of all messages whose erasure is on record."""
    query = (
        "SELECT DISTINCT m.case_id FROM messages m"
        " JOIN outbox o ON o.stream = 'message/' || m.id AND o.type LIKE '%.erased' ORDER BY m.case_id"
    )
    return [CaseId(id) for id in (await v.conn.scalars(sa.text(query))).all()]


async def add(tx: Tx, permit: Permit, fact: MessageCreated, *, texts: Words) -> Message:
    """The message that `fact` makes; no inbox shows it yet. Raises Erased if its case was erased."""
    tx.record(permit, fact)
    message = begun(fact, words=texts, at=tx.now)
    row = _columns(message)
    await asyncio.to_thread(tx.secrets.make, message.case_id.stream)
    sealed = await tx.secrets.sealed(
        message.case_id.stream, name_of(messages, row), orjson.dumps(asdict(texts))
    )
    await tx.add(fact, messages, row | {"sealed": sealed})
    return message


async def save(tx: Tx, permit: Permit, message: Message, *facts: MessageFact) -> Message:
    """Record `facts`, change the row once, as all of them leave the message, and tell the party's inbox of it once."""
    tx.record(permit, *facts)
    before = message
    for fact in facts:
        message = after(message, fact, at=tx.now)
    values = changed(_columns(before), _columns(message))
    if values:
        await tx.set(facts[-1], messages, {"id": message.id}, values)
    change = change_of(before, facts, after=message)
    if change is not None:
        await inbox.note(tx, message.party_id, message.id, change)
    return message


def _select() -> sa.Select[Any]:
    return sa.select(messages, _SERVED_ON.label("served_on"))


def _shown(message_id: MessageId) -> sa.Select[Any]:
    return _select().where(messages.c.id == message_id, messages.c.state == State.DELIVERED)


def _in_case(case_id: CaseId) -> sa.Select[Any]:
    return _select().where(messages.c.case_id == case_id).order_by(messages.c.id)


async def _one(at: Tx | View, message_id: MessageId, query: sa.Select[Any]) -> Message:
    row = (await at.conn.execute(query)).one_or_none()
    if row is None:
        raise not_found(message_id)
    return _message(at.secrets, row)


def _words(secrets: Secrets, row: sa.Row[Any]) -> Words | None:
    if row.sealed is None:
        return None
    try:
        plain = secrets.open(CaseId(row.case_id).stream, name_of(messages, row._mapping), row.sealed)
    except Erased:
        return None
    return Words(**orjson.loads(plain))


def _columns(message: Message) -> dict[str, Any]:
    return {
        "id": message.id,
        "agency_id": message.agency_id,
        "party_id": message.party_id,
        "case_id": message.case_id,
        "kind": message.kind,
        "code": message.code,
        "template": message.template,
        "document_id": message.document_id,
        "document_kind": message.document_kind,
        "document_sha256": message.document_sha256,
        "cause": UUID(message.cause),
        "state": message.state,
        "created_at": message.created_at,
        "delivered_at": message.delivered_at,
        "told_by": message.told_by,
        "failure": message.failure,
        "failed_because": list(message.failed_because),
        "erased_at": message.erased_at,
        **asdict(message.engagement),
    }


def _message(secrets: Secrets, row: sa.Row[Any]) -> Message:
    return Message(
        id=MessageId(row.id),
        agency_id=AgencyId(row.agency_id),
        party_id=PartyId(row.party_id),
        case_id=CaseId(row.case_id),
        kind=MessageKind(row.kind),
        code=row.code,
        template=row.template,
        words=_words(secrets, row),
        document_id=DocumentId(row.document_id) if row.document_id else None,
        document_kind=row.document_kind,
        document_sha256=row.document_sha256,
        cause=str(row.cause),
        state=State(row.state),
        created_at=row.created_at,
        delivered_at=row.delivered_at,
        served_on=row.served_on,
        told_by=row.told_by,
        failure=Failure(row.failure) if row.failure else None,
        failed_because=tuple(row.failed_because),
        erased_at=row.erased_at,
        engagement=Engagement(
            seen_at=row.seen_at,
            read_at=row.read_at,
            downloaded_at=row.downloaded_at,
            acknowledged_at=row.acknowledged_at,
            acknowledged_by=row.acknowledged_by,
            refused_at=row.refused_at,
            refused_by=row.refused_by,
            disputed_at=row.disputed_at,
            dispute_reason=DisputeReason(row.dispute_reason) if row.dispute_reason else None,
        ),
    )
