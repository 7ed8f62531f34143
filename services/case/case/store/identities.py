"""Who a party is by the words of officers: the identity numbers and the plates of the party's cases.

Other cases of a person or a vehicle are found by digests under one key of the installation. They are equal where the
number is, and say nothing to somebody who has the database without that key.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from case.domain.incidents import plain_plate
from case.domain.people import PartyKind
from case.store import tables
from case.store.texts import ExhibitTexts, PartyTexts, unseal
from common.door.secrets import Secrets
from common.door.uow import View
from common.values.ids import CaseId, PartyId

_KEY: Final = "identities/key"
"""The name of the one secret under which identities and plates are digested."""


async def identity_digest(secrets: Secrets, number: str) -> bytes:
    """The digest of an identity number or credit code, however its letters and blanks are written."""
    return await _digest(secrets, "identity", number.upper().replace(" ", ""))


async def plate_digest(secrets: Secrets, plate: str) -> bytes:
    """The digest of a plate, the same for every spelling that names the same vehicle."""
    return await _digest(secrets, "plate", plain_plate(plate))


async def _digest(secrets: Secrets, kind: str, value: str) -> bytes:
    if not secrets.has(_KEY):
        await asyncio.to_thread(secrets.make, _KEY)
    return secrets.keyed_digest(_KEY, kind, value.encode())


@dataclass(frozen=True)
class KnownIdentity:
    """One identifier in one case: an identity number or credit code of the party, or a plate on a capture."""

    case_id: CaseId
    kind: str
    value: str


async def list_of_party(v: View, party_id: PartyId) -> list[KnownIdentity]:
    """Every identifier in the cases of this party. An erased case has none."""
    parties, exhibits = tables.parties, tables.exhibits
    known = []
    is_own = sa.and_(parties.c.party_id == party_id, parties.c.released_at.is_(None))
    own = sa.select(parties).where(is_own).order_by(parties.c.case_id)
    for row in (await v.conn.execute(own)).mappings():
        texts = unseal(v.secrets, parties, row, PartyTexts)
        kind = "PERSON_ID" if row["kind"] == PartyKind.PERSON else "CREDIT_CODE"
        known += [KnownIdentity(CaseId(row["case_id"]), kind, texts.identity_number)] if texts else []
    of_cases = sa.select(parties.c.case_id).where(is_own)
    seen = sa.select(exhibits).where(exhibits.c.case_id.in_(of_cases)).order_by(exhibits.c.case_id)
    for row in (await v.conn.execute(seen)).mappings():
        shown = unseal(v.secrets, exhibits, row, ExhibitTexts)
        plate = shown.plate if shown else None
        known += [KnownIdentity(CaseId(row["case_id"]), "PLATE", plate)] if plate else []
    return known
