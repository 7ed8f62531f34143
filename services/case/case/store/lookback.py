"""Earlier violations of a party in the cases of the whole city, for the look-back of a first offence (APL 33(1))."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from case.domain.correcting import began_at
from case.domain.outcomes import UNEDUCATED_OUTCOMES, WAIVED, Outcome
from case.store import tables
from case.store.dossiers import Dossier
from case.store.identities import identity_digest
from common.door.uow import View

_COUNTED: Final = [outcome for outcome in Outcome if outcome not in UNEDUCATED_OUTCOMES]
"""What another agency fined is counted once, as its penalty."""


async def count_earlier(
    v: View, dossier: Dossier, codes: Sequence[str], *, since: datetime, within: timedelta, count_waived: bool
) -> int:
    """How many cases under one of `codes`, with an act between `since` and ours, found a violation of our party.

    A case with a capture `within` that time of one of ours is about our own act, seen twice: no act is its own earlier
    offence.

    A penalty counts, a decision not to punish a violation, and a waived lead where the city counts those. The party is
    the same by its account or by its identity number, which is looked up by its digest: the cost is that of the party's
    own cases, however many the city has.
    """
    case, cases, parties, exhibits = dossier.case, tables.cases, tables.parties, tables.exhibits
    known = dossier.party
    if known is None:
        return 0
    counts: list[sa.ColumnElement[bool]] = [
        sa.and_(cases.c.outcome.in_(_COUNTED), cases.c.revoked_at.is_(None))
    ]
    if count_waived:
        counts.append(sa.and_(cases.c.unfiled_reason.in_(sorted(WAIVED)), cases.c.unfiled_at.is_not(None)))
    begun_at = began_at(case) - within
    own = sa.select(exhibits.c.case_id).where(exhibits.c.case_id == cases.c.id)
    acted = own.where(exhibits.c.captured_at.between(since, begun_at)).exists()
    same = own.where(
        exhibits.c.captured_at > begun_at, exhibits.c.captured_at < case.act_ended_at + within
    ).exists()
    is_party = [parties.c.party_id == known.party.id]
    if known.texts is not None:
        digest = await identity_digest(v.secrets, known.texts.identity_number)
        is_party.append(parties.c.identity_digest == digest)
    query = (
        sa.select(sa.func.count(cases.c.id.distinct()))
        .select_from(parties)
        .join(cases, cases.c.id == parties.c.case_id)
        .where(
            sa.or_(*is_party),
            parties.c.released_at.is_(None),
            cases.c.id != case.id,
            cases.c.violation_code.in_(codes),
            sa.or_(*counts),
            acted,
            sa.not_(same),
        )
    )
    return int((await v.conn.execute(query)).scalar_one())
