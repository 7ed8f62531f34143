"""Decided cases of other agencies about one act, found without locks and without showing anything of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import sqlalchemy as sa

from case.domain.procedure import OtherPenalty
from case.store import tables
from case.store.texts import ExhibitTexts, PartyTexts, unseal
from common.door.uow import View
from common.values.ids import AgencyId


class Act(Protocol):
    """An act as it is asked about: digests under a salt, its time, its codes."""

    @property
    def codes(self) -> Sequence[str]: ...
    @property
    def began_at(self) -> datetime: ...
    @property
    def ended_at(self) -> datetime: ...
    def is_about(self, value: str) -> bool: ...


async def list_penalties(v: View, agencies: Sequence[AgencyId], act: Act) -> list[OtherPenalty]:
    """The penalties of `agencies` for the act: a decided case of one of its codes, with a capture in its time that
    shows a plate asked about, or whose party is asked about.
    """
    cases, exhibits = tables.cases, tables.exhibits
    near = (
        sa.select(cases.c.agency_id, cases.c.number, exhibits)
        .join(cases, cases.c.id == exhibits.c.case_id)
        .where(
            cases.c.agency_id.in_(agencies),
            cases.c.violation_code.in_(act.codes),
            cases.c.decided_at.is_not(None),
            exhibits.c.captured_at.between(act.began_at, act.ended_at),
        )
        .order_by(cases.c.id)
    )
    found: dict[OtherPenalty, None] = {}
    for row in (await v.conn.execute(near)).mappings():
        shown = unseal(v.secrets, exhibits, row, ExhibitTexts)
        if (shown and shown.plate and act.is_about(shown.plate)) or await _is_party(v, row["case_id"], act):
            found[OtherPenalty(AgencyId(row["agency_id"]), row["number"])] = None
    return list(found)


async def _is_party(v: View, case_id: str, act: Act) -> bool:
    query = sa.select(tables.parties).where(tables.parties.c.case_id == case_id)
    row = (await v.conn.execute(query)).mappings().one_or_none()
    texts = unseal(v.secrets, tables.parties, row, PartyTexts) if row is not None else None
    return texts is not None and act.is_about(texts.identity_number)
