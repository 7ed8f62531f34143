"""Asking other services before a change is opened: whose a case is, and whether it is open."""

from __future__ import annotations

from case.contract import Case
from common.values.errors import Kind, Refusal
from common.values.ids import CaseId
from data_exchange.domain.standing import CaseStanding
from data_exchange.runtime import DataExchangeRuntime


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
    return CaseStanding(standing.agency_id, standing.number, standing.is_open)
