"""Who a party is by the words of officers: the identity numbers and the plates of the party's cases."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from case.domain.people import PartyKind
from case.store import tables
from case.store.texts import ExhibitTexts, PartyTexts, unseal
from common.door.uow import View
from common.values.ids import CaseId, PartyId


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
    own = sa.select(parties).where(parties.c.party_id == party_id).order_by(parties.c.case_id)
    for row in (await v.conn.execute(own)).mappings():
        texts = unseal(v.secrets, parties, row, PartyTexts)
        kind = "PERSON_ID" if row["kind"] == PartyKind.PERSON else "CREDIT_CODE"
        known += [KnownIdentity(CaseId(row["case_id"]), kind, texts.identity_number)] if texts else []
    of_cases = sa.select(parties.c.case_id).where(parties.c.party_id == party_id)
    seen = sa.select(exhibits).where(exhibits.c.case_id.in_(of_cases)).order_by(exhibits.c.case_id)
    for row in (await v.conn.execute(seen)).mappings():
        shown = unseal(v.secrets, exhibits, row, ExhibitTexts)
        plate = shown.plate if shown else None
        known += [KnownIdentity(CaseId(row["case_id"]), "PLATE", plate)] if plate else []
    return known
