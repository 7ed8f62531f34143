"""The cases about one act: found by the digests of plate and party, near in time, and along the links between cases."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from case.domain.deadlines import Terms
from case.domain.incidents import Incident, Place, Sighting, codes_of_act, rulesets_of, twins
from case.domain.lawoftime import ruleset_of
from case.domain.outcomes import Outcome, Unfiled
from case.domain.procedure import Case, State
from case.store import tables
from case.store.rows import Row
from case.store.texts import ExhibitTexts, Shown, unseal
from common.door.uow import Tx, View
from common.values.ids import AgencyId, CaseId
from common.values.profile import Profile

_LINKED = """
WITH RECURSIVE act(id) AS (
    SELECT unnest(CAST(:ids AS text[]))
    UNION
    SELECT CASE WHEN c.id = act.id THEN c.same_act_as ELSE c.id END
    FROM act JOIN cases c ON (c.id = act.id AND c.same_act_as IS NOT NULL) OR c.same_act_as = act.id
)
SELECT id FROM act
"""


@dataclass(frozen=True)
class Sought:
    """What the cases about an act are found by: who decides, the codes, the time, the vehicle and the party."""

    agency_id: AgencyId
    codes: Sequence[str]
    began_at: datetime
    ended_at: datetime
    plates: Sequence[bytes]
    party: bytes | None


async def take_turn(tx: Tx, agency_id: AgencyId, profile: Profile, code: str) -> None:
    """Wait until no other change of this agency decides which cases under the rules of `code` are one act; held until
    commit.

    Call it before a case is locked: the others take their turn first too, and two would wait for each other.
    """
    for ruleset in sorted(rulesets_of(profile, code)):
        name = f"acts/{agency_id}/{ruleset}"
        await tx.conn.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": name})


async def sought_for(v: View | Tx, case_id: CaseId, codes: Sequence[str]) -> Sought:
    """What finds the cases about the act of this one."""
    case = (await _rows(v, tables.cases, tables.cases.c.id == case_id))[0]
    parties = await _rows(v, tables.parties, tables.parties.c.case_id == case_id)
    shown = await _rows(v, tables.exhibits, tables.exhibits.c.case_id == case_id)
    times = [row["captured_at"] for row in shown]
    return Sought(
        AgencyId(case["agency_id"]),
        codes,
        min(times),
        max(times),
        [bytes(row["plate_digest"]) for row in shown if row["plate_digest"] is not None],
        bytes(parties[0]["identity_digest"]) if parties and parties[0]["identity_digest"] else None,
    )


async def list_about(
    v: View | Tx, sought: Sought, *, within: timedelta, also: Iterable[CaseId] = ()
) -> list[Incident]:
    """The cases of the agency under these codes that show the vehicle or name the party near in time, `also`, and every
    case that a link leads to from them. The captures of an erased case are found no more.
    """
    cases, exhibits, parties = tables.cases, tables.exhibits, tables.parties
    near = (
        sa.select(cases.c.id)
        .join(exhibits, exhibits.c.case_id == cases.c.id)
        .where(
            cases.c.agency_id == sought.agency_id,
            cases.c.violation_code.in_(sought.codes),
            exhibits.c.captured_at.between(sought.began_at - within, sought.ended_at + within),
        )
    )
    # Two questions and not one with OR, so that each is answered from its own index.
    of_vehicle = near.where(exhibits.c.plate_digest.in_(sought.plates))
    of_party = near.join(parties, parties.c.case_id == cases.c.id).where(
        parties.c.identity_digest == sought.party
    )
    found = {str(each) for each in also}
    for query in (of_vehicle, of_party) if sought.party is not None else (of_vehicle,):
        found |= set((await v.conn.scalars(query)).all())
    if not found:
        return []
    ids = (await v.conn.scalars(sa.text(_LINKED), {"ids": sorted(found)})).all()
    rows = await _rows(v, cases, cases.c.id.in_(ids))
    shown = await _rows(v, exhibits, exhibits.c.case_id.in_(ids))
    known = {row["case_id"]: row for row in await _rows(v, parties, parties.c.case_id.in_(ids))}
    return [_incident(v, row, known.get(row["id"]), shown) for row in rows]


async def list_barring(tx: Tx, case: Case, terms: Terms) -> tuple[CaseId, ...]:
    """The other cases that bar a penalty in this one (APL 29). The caller holds the turn (`take_turn`)."""
    merge = ruleset_of(case, terms).merge
    own, others = await own_and_others(tx, case, terms)
    return twins(merge, own, others, distinct=case.distinct)


async def own_and_others(tx: Tx, case: Case, terms: Terms) -> tuple[Incident, list[Incident]]:
    """The case as an act, and the cases that may be about the same one."""
    merge = ruleset_of(case, terms).merge
    sought = await sought_for(tx, case.id, codes_of_act(terms.profile, case.violation_code))
    found = await list_about(tx, sought, within=merge.max_gap, also=[case.id])
    own = next(each for each in found if each.case_id == case.id)
    return own, [each for each in found if each.case_id != case.id]


async def list_shown(v: View | Tx, case_id: CaseId) -> dict[str, Shown]:
    """What each capture of the case shows, by its id, for the case that takes it over."""
    rows = await _rows(v, tables.exhibits, tables.exhibits.c.case_id == case_id)
    return {row["evidence_id"]: Shown(row["device_code"], _place(row), _texts(v, row)) for row in rows}


async def _rows(v: View | Tx, table: sa.Table, where: sa.ColumnElement[bool]) -> Sequence[Row]:
    return (await v.conn.execute(sa.select(table).where(where))).mappings().all()


def _incident(v: View | Tx, row: Row, party: Row | None, shown: Sequence[Row]) -> Incident:
    digest = bytes(party["identity_digest"]) if party and party["identity_digest"] else None
    ended = [at for at in (row["act_ended_at"], row["corrected_at"]) if at is not None]
    outcome = Outcome(row["outcome"]) if row["outcome"] else None
    return Incident(
        CaseId(row["id"]),
        AgencyId(row["agency_id"]),
        State(row["state"]),
        row["opened_at"],
        tuple(
            Sighting(each["captured_at"], row["violation_code"], _texts(v, each).plate, _place(each), digest)
            for each in shown
            if each["case_id"] == row["id"]
        ),
        same_as=CaseId(row["same_act_as"]) if row["same_act_as"] else None,
        ended_at=min(ended) if ended else None,
        window_until=row["correction_until"] if row["prompt_delivered_at"] else None,
        fined_at=row["served_at"] if outcome is Outcome.PENALTY and row["revoked_at"] is None else None,
        outcome=outcome,
        unfiled=Unfiled(row["unfiled_reason"]) if row["unfiled_at"] else None,
        is_untouched=row["state"] == State.SUSPECTED
        and row["party_id"] is None
        and row["party_released_at"] is None
        and row["unfiled_reason"] is None
        and row["transfer_id"] is None,
        is_revoked=row["revoked_at"] is not None,
    )


def _place(row: Row) -> Place:
    return Place(row["place"], row["longitude"], row["latitude"])


def _texts(v: View | Tx, row: Row) -> ExhibitTexts:
    return unseal(v.secrets, tables.exhibits, row, ExhibitTexts) or ExhibitTexts(None)
