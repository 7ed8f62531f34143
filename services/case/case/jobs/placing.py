"""Where an accepted capture goes: into the open case about its act, or into a new one (C-01; APL 29)."""

from __future__ import annotations

from dataclasses import dataclass

from case.domain.contents import Exhibit
from case.domain.deadlines import Terms
from case.domain.incidents import Sighting, codes_of_act, place
from case.domain.merging import absorb, join_capture, link
from case.domain.opening import case_number, open_case
from case.domain.procedure import Case
from case.store import cases, incidents
from case.store.identities import plate_digest
from case.store.incidents import Sought
from case.store.texts import Opening, Shown
from common.door.uow import Tx
from common.policy import Resource
from common.values.calendar import legal_day
from common.values.ids import AgencyId, CaseId


@dataclass(frozen=True)
class Arrival:
    """An accepted capture that no case holds yet.

    Whose it is, in which division it was taken, what it suggests, its figures, and what it shows.
    """

    agency_id: AgencyId
    division: str | None
    code: str
    exhibit: Exhibit
    shown: Shown


async def place_capture(tx: Tx, arrival: Arrival, terms: Terms) -> None:
    """Join the capture to the open case about its act, or open a case on it."""
    await _Placing(tx, arrival, terms).carry_out()


class _Placing:
    """One capture on its way into a case, in one change."""

    def __init__(self, tx: Tx, arrival: Arrival, terms: Terms) -> None:
        self.tx, self.terms = tx, terms
        self.agency_id, self.code = arrival.agency_id, arrival.code
        self.exhibit, self.shown = arrival.exhibit, arrival.shown
        self.division = arrival.division
        self.ruleset = terms.profile.ruleset(arrival.code, on=legal_day(arrival.exhibit.captured_at))
        self.codes = codes_of_act(terms.profile, arrival.code)

    async def carry_out(self) -> None:
        await incidents.take_turn(self.tx, self.agency_id, self.terms.profile, self.code)
        plate, at = self.shown.exhibit.plate, self.exhibit.captured_at
        digests = [await plate_digest(self.tx.secrets, plate)] if plate else []
        sought = Sought(self.agency_id, self.codes, at, at, digests, None)
        known = await incidents.list_about(self.tx, sought, within=self.ruleset.merge.max_gap)
        placed = place(self.ruleset.merge, Sighting(at, self.code, plate, self.shown.place), known)
        if placed.joins is None:
            case = await self._open()
            if placed.linked_to is not None:
                case = await self._link(case, placed.linked_to)
        else:
            case = await self._join(await cases.lock(self.tx, placed.joins))
        for case_id in placed.absorbed:
            case = await self._absorb(await cases.lock(self.tx, case_id), case)
        for case_id in placed.bridged:
            goes_on = placed.joins or placed.linked_to
            assert goes_on is not None
            await self._link(await cases.lock(self.tx, case_id), goes_on)

    async def _open(self) -> Case:
        tx, agency_id = self.tx, self.agency_id
        case_id, year = CaseId.new(tx.now), legal_day(tx.now).year
        serial = await cases.next_serial(tx, agency_id, year)
        fact = open_case(
            case_id,
            self.exhibit,
            agency_id=agency_id,
            number=case_number(agency_id, year=year, serial=serial),
            division=self.division,
            code=self.code,
            terms=self.terms,
            at=tx.now,
        )
        permit = tx.permit(Resource(case_id, agency_id, level=3))
        return await cases.add(tx, permit, fact, texts=Opening(year, serial, self.shown))

    async def _join(self, case: Case) -> Case:
        permit = self.tx.permit(cases.resource(case))
        fact = join_capture(case, self.exhibit, ruleset=self.ruleset.id)
        return await cases.save(self.tx, permit, case, fact, texts=self.shown)

    async def _link(self, case: Case, same_as: CaseId) -> Case:
        permit = self.tx.permit(cases.resource(case))
        return await cases.save(self.tx, permit, case, link(case, same_as, ruleset=self.ruleset.id))

    async def _absorb(self, case: Case, into: Case) -> Case:
        ended, moved = absorb(case, into, terms=self.terms, at=self.tx.now)
        return await cases.end_into(self.tx, case, into, ended, moved)
