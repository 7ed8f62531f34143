"""The addresses of a party: by what name they are known, and to which of them no more words go."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from datetime import timedelta
from typing import Final

import sqlalchemy as sa

from common.door.uow import Tx
from common.values.ids import CaseId, PartyId
from notification.domain.channels import Address
from notification.domain.delivery import State

FAULTY_FOR: Final = timedelta(days=180)
"""How long the word that an address does not work is believed. Numbers are given out again and mailboxes are emptied,
and nothing but a new attempt would ever say so."""

FAULTY: Final = (State.UNDELIVERED_PERMANENT, State.SUPPRESSED)
"""A delivery that ended so says that its address does not work."""


async def list_shunned(
    tx: Tx, party_id: PartyId, case_id: CaseId, addresses: Collection[Address]
) -> frozenset[Address]:
    """Those of the party's `addresses` to which no more words about the case go: they are known not to work, or the
    person who was told said that the message is not for it (Parcel).
    """
    keys = {await key_of(tx, party_id, address): address for address in addresses}
    query = sa.text(
        "SELECT k.key, (SELECT e.state FROM deliveries e WHERE e.address_key = k.key AND e.state IN"
        " ('ARRIVED', 'ARRIVED_LATE', 'UNDELIVERED_PERMANENT', 'SUPPRESSED') AND e.created_at > :since"
        " AND (e.state <> 'SUPPRESSED' OR e.code = 'NOT_WANTED') ORDER BY e.id DESC LIMIT 1) AS heard,"
        " EXISTS (SELECT FROM messages m WHERE m.case_id = :case AND m.party_id = :party AND m.disputed_at IS NOT NULL"
        " AND (m.dispute_reason = 'NOT_ME' OR EXISTS (SELECT FROM deliveries d"
        " WHERE d.message_id = m.id AND d.address_key = k.key))) AS is_disputed"
        " FROM unnest(CAST(:keys AS bytea[])) AS k (key)"
    )
    values = {"case": case_id, "party": party_id, "keys": list(keys), "since": tx.now - FAULTY_FOR}
    rows = await tx.conn.execute(query, values)
    return frozenset(keys[bytes(row.key)] for row in rows if row.is_disputed or row.heard in FAULTY)


async def key_of(tx: Tx, party_id: PartyId, address: Address) -> bytes:
    """A name of the address that only this installation can compute, and only while the party's secret is there."""
    stream = party_id.stream
    if not tx.secrets.has(stream):
        await asyncio.to_thread(tx.secrets.make, stream)
    return tx.secrets.keyed_digest(stream, f"address/{address.channel}", address.value.encode())
