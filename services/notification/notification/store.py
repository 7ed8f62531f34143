"""Messages and consents as rows. The only file in this service that speaks SQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from common.door.rows import business_table
from common.door.uow import Database, Tx, View, operational
from common.policy import Permit, Resource, not_found
from common.values.facts import Fact
from common.values.ids import NO_AGENCY, CaseId, ConsentId, DocumentId, MessageId, PartyId
from notification.domain.delivery import Failure, Message, MessageKind, MessageViewed, State
from notification.domain.service_of_process import Consent, ConsentSigned, ConsentWithdrawn

metadata = sa.MetaData()

_TIME = sa.DateTime(timezone=True)

consents = business_table(
    "consents",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("party_id", sa.Text, nullable=False),
    sa.Column("documents", postgresql.ARRAY(sa.Text), nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("address", sa.LargeBinary, nullable=False),
    sa.Column("text_version", sa.Text, nullable=False),
    sa.Column("signed_at", _TIME, nullable=False),
    sa.Column("withdrawn_at", _TIME),
    owner="id",
)

messages = business_table(
    "messages",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("party_id", sa.Text, nullable=False),
    sa.Column("case_id", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("document_id", sa.Text, nullable=False),
    sa.Column("document_kind", sa.Text, nullable=False),
    # A message that failed brought no document; the others' is sealed under the secret of the case.
    sa.Column(
        "document_sha256",
        sa.Text,
        nullable=False,
        info={"blobs": "blobs", "of": "case_id", "unless": ("state", "FAILED")},
    ),
    sa.Column("cause", sa.Uuid, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("created_at", _TIME, nullable=False),
    sa.Column("delivered_at", _TIME),
    sa.Column("viewed_at", _TIME),
    sa.Column("served_on", sa.Date),
    sa.Column("consent_id", sa.Text),
    sa.Column("failure", sa.Text),
    owner="id",
)

_SHOWN = (State.DELIVERED, State.VIEWED)
"""What an inbox shows: a message that was given up never arrived."""

_PERSONAL: Final = 3


def resource(id: MessageId | ConsentId | PartyId, party_id: PartyId) -> Resource:
    """What the policy needs to know of a message or a consent of `party_id`."""
    # A message or a consent is the party's own: no agency sees it by being an agency.
    return Resource(id, NO_AGENCY, level=_PERSONAL, party_id=party_id)


async def next_seq(tx: Tx, party_id: PartyId) -> int:
    """The next place in the party's inbox. The counter's row is held until commit, so that a message with a
    lower place never appears after a reader's cursor has passed it.
    """
    query = sa.text(
        "INSERT INTO inbox_counters (party_id, last) VALUES (:party, 1)"
        " ON CONFLICT (party_id) DO UPDATE SET last = inbox_counters.last + 1 RETURNING last"
    )
    place: int = (await tx.conn.execute(query, {"party": party_id})).scalar_one()
    return place


async def is_made(tx: Tx | View, cause: str) -> bool:
    """Whether the record `cause` has its message already."""
    query = sa.select(sa.exists().where(messages.c.cause == UUID(cause)))
    return bool((await tx.conn.execute(query)).scalar_one())


async def add_message(tx: Tx, permit: Permit, message: Message, *facts: Fact) -> Message:
    """Keep a new message, as what happened to it at once leaves it."""
    tx.record(permit, *facts)
    # Explained by the last fact: the row is kept as that one leaves it.
    await tx.add(facts[-1], messages, _message_values(message))
    return message


async def save_viewed(tx: Tx, permit: Permit, message: Message, fact: MessageViewed) -> Message:
    """Keep that `message` was viewed."""
    tx.record(permit, fact)
    values = {"state": message.state, "viewed_at": message.viewed_at}
    await tx.set(fact, messages, {"id": message.id}, values)
    return message


async def lock_message(tx: Tx, message_id: MessageId) -> Message:
    """The party's message, held until commit. Another party's does not exist."""
    query = sa.select(messages).where(messages.c.id == message_id, messages.c.state.in_(_SHOWN))
    row = (await tx.conn.execute(query.with_for_update())).one_or_none()
    return _message(row, message_id)


async def get_message(view: View, message_id: MessageId) -> Message:
    """The message, or Refusal NOT_FOUND."""
    query = sa.select(messages).where(messages.c.id == message_id, messages.c.state.in_(_SHOWN))
    return _message((await view.conn.execute(query)).one_or_none(), message_id)


async def list_inbox(view: View, party_id: PartyId, *, after: int, limit: int) -> list[Message]:
    """Up to `limit` messages of the party's inbox after place `after`, in the order of their places."""
    query = (
        sa.select(messages)
        .where(messages.c.party_id == party_id, messages.c.seq > after, messages.c.state.in_(_SHOWN))
        .order_by(messages.c.seq)
        .limit(limit)
    )
    return [_message(row, row.id) for row in await view.conn.execute(query)]


async def lock_of_case(tx: Tx, case_id: CaseId) -> list[Message]:
    """Every message of the case, those that failed too, held until commit."""
    return await _of_case(tx, _in_case(case_id).with_for_update())


async def list_of_case(view: View, case_id: CaseId) -> list[Message]:
    """Every message of the case, those that failed too."""
    return await _of_case(view, _in_case(case_id))


def _in_case(case_id: CaseId) -> sa.Select[Any]:
    return sa.select(messages).where(messages.c.case_id == case_id).order_by(messages.c.id)


async def _of_case(at: Tx | View, query: sa.Select[Any]) -> list[Message]:
    return [_message(row, row.id) for row in await at.conn.execute(query)]


async def is_erased(tx: Tx, message_id: MessageId) -> bool:
    """Whether the record says so already."""
    query = "SELECT EXISTS (SELECT FROM outbox WHERE stream = :stream AND type LIKE '%.erased')"
    return bool(await tx.conn.scalar(sa.text(query), {"stream": message_id.stream}))


async def list_erased_cases(view: View) -> list[CaseId]:
    """The cases of all messages that the record says were erased."""
    query = (
        "SELECT DISTINCT m.case_id FROM messages m"
        " JOIN outbox o ON o.stream = 'message/' || m.id AND o.type LIKE '%.erased' ORDER BY m.case_id"
    )
    return [CaseId(id) for id in (await view.conn.scalars(sa.text(query))).all()]


async def forget_values(db: Database, erased: Sequence[Message]) -> None:
    """Values and answers sealed under the destroyed secrets of these messages go."""
    async with operational(db) as conn:
        for message in erased:
            await conn.execute(sa.text("SELECT erase_values(:stream)"), {"stream": message.id.stream})


async def add_consent(tx: Tx, permit: Permit, consent: Consent, fact: ConsentSigned) -> Consent:
    """Keep a signed consent."""
    tx.record(permit, fact)
    values = {
        "id": consent.id,
        "party_id": consent.party_id,
        "documents": sorted(consent.documents),
        "channel": consent.channel,
        "address": fact.address.digest,
        "text_version": consent.text_version,
        "signed_at": consent.signed_at,
    }
    await tx.add(fact, consents, values)
    return consent


async def save_withdrawn(tx: Tx, permit: Permit, consent: Consent, fact: ConsentWithdrawn) -> Consent:
    """Keep that `consent` was withdrawn."""
    tx.record(permit, fact)
    await tx.set(fact, consents, {"id": consent.id}, {"withdrawn_at": consent.withdrawn_at})
    return consent


async def lock_consent(tx: Tx, consent_id: ConsentId) -> Consent:
    """The consent, held until commit, or Refusal NOT_FOUND."""
    row = (
        await tx.conn.execute(sa.select(consents).where(consents.c.id == consent_id).with_for_update())
    ).one_or_none()
    if row is None:
        raise not_found(consent_id)
    return _consent(row)


async def lock_consents_of(tx: Tx, party_id: PartyId) -> list[Consent]:
    """The party's consents, oldest first, held until commit: none is withdrawn while a document is served on it."""
    query = (
        sa.select(consents)
        .where(consents.c.party_id == party_id)
        .order_by(consents.c.signed_at, consents.c.id)
    )
    return [_consent(row) for row in await tx.conn.execute(query.with_for_update())]


async def list_consents_of(view: View, party_id: PartyId) -> list[Consent]:
    """The party's consents, oldest first."""
    query = (
        sa.select(consents)
        .where(consents.c.party_id == party_id)
        .order_by(consents.c.signed_at, consents.c.id)
    )
    return [_consent(row) for row in await view.conn.execute(query)]


def _message_values(message: Message) -> dict[str, Any]:
    return {
        "id": message.id,
        "seq": message.seq,
        "party_id": message.party_id,
        "case_id": message.case_id,
        "kind": message.kind,
        "code": message.code,
        "title": message.title,
        "text": message.text,
        "document_id": message.document_id,
        "document_kind": message.document_kind,
        "document_sha256": message.document_sha256,
        "cause": UUID(message.cause),
        "state": message.state,
        "created_at": message.created_at,
        "delivered_at": message.delivered_at,
        "viewed_at": message.viewed_at,
        "served_on": message.served_on,
        "consent_id": message.consent_id,
        "failure": message.failure,
    }


def _message(row: sa.Row[Any] | None, message_id: str) -> Message:
    if row is None:
        raise not_found(message_id)
    return Message(
        id=MessageId(row.id),
        seq=row.seq,
        party_id=PartyId(row.party_id),
        case_id=CaseId(row.case_id),
        kind=MessageKind(row.kind),
        code=row.code,
        title=row.title,
        text=row.text,
        document_id=DocumentId(row.document_id),
        document_kind=row.document_kind,
        document_sha256=row.document_sha256,
        cause=str(row.cause),
        state=State(row.state),
        created_at=row.created_at,
        delivered_at=row.delivered_at,
        viewed_at=row.viewed_at,
        served_on=row.served_on,
        consent_id=ConsentId(row.consent_id) if row.consent_id else None,
        failure=Failure(row.failure) if row.failure else None,
    )


def _consent(row: sa.Row[Any]) -> Consent:
    return Consent(
        id=ConsentId(row.id),
        party_id=PartyId(row.party_id),
        documents=frozenset(row.documents),
        channel=row.channel,
        text_version=row.text_version,
        signed_at=row.signed_at,
        withdrawn_at=row.withdrawn_at,
    )
