"""Cases of other agencies about one act, decided or about to be, read without locks and showing nothing of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

import sqlalchemy as sa

from case.domain.contents import OtherPenalty
from case.domain.outcomes import Outcome
from case.store import tables
from case.store.attempts import COUNTS
from case.store.texts import ExhibitTexts, PartyTexts, unseal
from common.door.uow import View
from common.values.ids import AgencyId

_ATTEMPTS: Final = sa.table("decision_attempts", sa.column("case_id"), sa.column("begun_at"))


class Act(Protocol):
    """An act as it is asked about: digests under a salt, its time, its codes."""

    @property
    def codes(self) -> Sequence[str]: ...
    @property
    def began_at(self) -> datetime: ...
    @property
    def ended_at(self) -> datetime: ...
    def is_about(self, value: str) -> bool: ...


@dataclass(frozen=True)
class ActStanding:
    """The penalties for an act, and the agencies that may decide one at this moment."""

    penalties: list[OtherPenalty]
    deciding: list[AgencyId]


async def standing_of_act(v: View, agencies: Sequence[AgencyId], act: Act) -> ActStanding:
    """What `agencies` did about the act: their cases of one of its codes, with a capture in its time that shows a plate
    asked about, or whose party is asked about.
    """
    cases, exhibits = tables.cases, tables.exhibits
    # One statement reads both, because an attempt ends after its decision: a case is never between the two.
    attempted = sa.select(_ATTEMPTS.c.case_id).where(_ATTEMPTS.c.begun_at >= v.now - COUNTS)
    near = (
        sa.select(cases.c.agency_id, cases.c.number, cases.c.outcome, exhibits)
        .join(cases, cases.c.id == exhibits.c.case_id)
        .where(
            cases.c.agency_id.in_(agencies),
            cases.c.violation_code.in_(act.codes),
            sa.or_(cases.c.outcome == Outcome.PENALTY, cases.c.id.in_(attempted)),
            cases.c.revoked_at.is_(None),
            exhibits.c.captured_at.between(act.began_at, act.ended_at),
        )
        .order_by(cases.c.id)
    )
    penalties: dict[OtherPenalty, None] = {}
    deciding: dict[AgencyId, None] = {}
    for row in (await v.conn.execute(near)).mappings():
        shown = unseal(v.secrets, exhibits, row, ExhibitTexts)
        if (shown and shown.plate and act.is_about(shown.plate)) or await _is_party(v, row["case_id"], act):
            agency_id = AgencyId(row["agency_id"])
            if row["outcome"] != Outcome.PENALTY:
                deciding[agency_id] = None
            else:
                penalties[OtherPenalty(agency_id, row["number"])] = None
    return ActStanding(list(penalties), list(deciding))


async def _is_party(v: View, case_id: str, act: Act) -> bool:
    query = sa.select(tables.parties).where(
        tables.parties.c.case_id == case_id, tables.parties.c.released_at.is_(None)
    )
    row = (await v.conn.execute(query)).mappings().one_or_none()
    texts = unseal(v.secrets, tables.parties, row, PartyTexts) if row is not None else None
    return texts is not None and act.is_about(texts.identity_number)
