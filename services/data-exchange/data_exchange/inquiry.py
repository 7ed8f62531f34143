"""Asking other services before a change is opened: about a case, and about penalties of other agencies."""

from __future__ import annotations

import asyncio
from typing import Final

from case.contract import Case, DecidedCases, PenaltySearchOrder, PenaltySearchView
from common.values.errors import Kind, Refusal
from common.values.ids import AgencyId, CaseId
from data_exchange.contract.penalties import PenaltyInquiryOrder
from data_exchange.domain.standing import CaseStanding
from data_exchange.runtime import DataExchangeRuntime
from gateway.identity.contract import Identity

_OTHERS_S: Final = 4.0
"""How long an agency may take: less than the caller's own five seconds, so that the caller learns who was silent."""


async def standing_of(runtime: DataExchangeRuntime, case_id: CaseId | None) -> CaseStanding | None:
    """The standing of the case; None without a case of that id. Refusal PEER_UNAVAILABLE if case does not answer."""
    if case_id is None:
        return None
    try:
        standing = await Case(runtime.peers).standing(case_id)
    except Refusal as refusal:
        if refusal.kind is Kind.NOT_FOUND:
            return None
        raise
    captures = tuple(standing.evidence_ids)
    return CaseStanding(standing.agency_id, standing.number, standing.is_open, captures)


async def agencies_that_punish(runtime: DataExchangeRuntime, *, but: AgencyId) -> list[AgencyId]:
    """The agencies that may punish the same acts: those that the profile names, every other one if it names none."""
    names = runtime.profile.exchange.penalty_agencies
    agencies = await Identity(runtime.peers).agencies()
    return [
        agency.agency_id
        for agency in agencies
        if agency.agency_id != but and (not names or agency.name in names)
    ]


async def penalties_of(
    runtime: DataExchangeRuntime, agencies: list[AgencyId], order: PenaltyInquiryOrder
) -> PenaltySearchView | None:
    """What `agencies` did about the act; None if their case service does not answer in time.

    Every agency of this installation decides in one case service, so they answer together.
    """
    if not agencies:
        return PenaltySearchView(penalties=[], deciding=[])
    act = order.model_dump(include={"salt", "digests", "began_at", "ended_at", "codes"})
    try:
        async with asyncio.timeout(_OTHERS_S):
            return await DecidedCases(runtime.peers).search(PenaltySearchOrder(agencies=agencies, **act))
    except (Refusal, TimeoutError):
        return None
