"""Consents to electronic service."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from common.door.secrets import Erased
from common.door.uow import Tx, View
from common.policy import Permit, not_found
from common.values.ids import ConsentId, PartyId
from notification.domain.consent import Consent, ConsentSigned, ConsentWithdrawn, after, begun
from notification.store.tables import consents


async def lock(tx: Tx, consent_id: ConsentId) -> Consent:
    """The consent, held until commit. Refusal NOT_FOUND without one."""
    query = sa.select(consents).where(consents.c.id == consent_id).with_for_update()
    row = (await tx.conn.execute(query)).one_or_none()
    if row is None:
        raise not_found(consent_id)
    return _consent(row)


async def lock_by_party(tx: Tx, party_id: PartyId) -> list[Consent]:
    """The party's consents, oldest first, held until commit: none is withdrawn while a document is served."""
    return [_consent(row) for row in await tx.conn.execute(_of(party_id).with_for_update())]


async def list_by_party(v: View, party_id: PartyId) -> list[Consent]:
    """The party's consents, oldest first."""
    return [_consent(row) for row in await v.conn.execute(_of(party_id))]


async def find_address(at: Tx | View, consent: Consent) -> str | None:
    """The address that the party signed; None once it was erased."""
    query = sa.text(
        "SELECT stream, field, digest, sealed FROM disclosures WHERE stream = :stream AND digest = :digest"
    )
    values = {"stream": consent.id.stream, "digest": consent.address}
    row = (await at.conn.execute(query, values)).one_or_none()
    try:
        return at.secrets.open_disclosure(*row).value if row else None
    except Erased:
        return None


async def add(tx: Tx, permit: Permit, fact: ConsentSigned) -> Consent:
    """The consent that `fact` signs."""
    tx.record(permit, fact)
    consent = begun(fact, at=tx.now)
    await tx.add(fact, consents, {"id": consent.id, **_columns(consent)})
    return consent


async def save(tx: Tx, permit: Permit, consent: Consent, *facts: ConsentWithdrawn) -> Consent:
    """Record `facts` and change the consent as they say."""
    tx.record(permit, *facts)
    for fact in facts:
        consent = after(consent, fact, at=tx.now)
        await tx.set(fact, consents, {"id": consent.id}, {"withdrawn_at": consent.withdrawn_at})
    return consent


def _of(party_id: PartyId) -> sa.Select[Any]:
    table = consents
    return sa.select(table).where(table.c.party_id == party_id).order_by(table.c.signed_at, table.c.id)


def _columns(consent: Consent) -> dict[str, Any]:
    return {
        "party_id": consent.party_id,
        "documents": sorted(consent.documents),
        "channel": consent.channel,
        "address": consent.address,
        "text_version": consent.text_version,
        "signed_at": consent.signed_at,
        "withdrawn_at": consent.withdrawn_at,
    }


def _consent(row: sa.Row[Any]) -> Consent:
    return Consent(
        id=ConsentId(row.id),
        party_id=PartyId(row.party_id),
        documents=frozenset(row.documents),
        channel=row.channel,
        address=bytes(row.address),
        text_version=row.text_version,
        signed_at=row.signed_at,
        withdrawn_at=row.withdrawn_at,
    )
