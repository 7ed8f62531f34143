"""A purpose belongs to a live case (NJ 17): an agency asks about somebody for an open case of its own."""

from __future__ import annotations

from dataclasses import dataclass

from common.values.errors import Kind, Refusal
from common.values.ids import AgencyId, CaseId, EvidenceId
from common.values.law import NJ_17, NJ_18_1
from data_exchange.domain.exchange import Purpose

WITHOUT_CASE = (Purpose.STATISTICS, Purpose.SUPERVISE)
"""Statistics name nobody, and supervision has an oversight item instead of a case."""


@dataclass(frozen=True)
class CaseStanding:
    """Whose the case is, its number, whether it is open, and its captures."""

    agency_id: AgencyId
    number: str
    is_open: bool
    evidence_ids: tuple[EvidenceId, ...] = ()


def require_purpose(purpose: Purpose, case_id: CaseId | None) -> None:
    """Raises Refusal DX_CASE_REQUIRED where the purpose asks about somebody and no case is named (NJ 17)."""
    if case_id is None and purpose not in WITHOUT_CASE:
        raise Refusal(Kind.INVALID, "DX_CASE_REQUIRED", {"purpose": purpose}, article=NJ_18_1)


def require_live_case(
    purpose: Purpose, case_id: CaseId | None, case: CaseStanding | None, *, agency_id: AgencyId
) -> None:
    """Raises Refusal unless the purpose has the open case of the agency that asks.

    `case` is None where there is no case of that id. Such an id is refused in the same words as another agency's case.
    """
    require_purpose(purpose, case_id)
    if case_id is None:
        return
    if case is None or case.agency_id != agency_id:
        raise Refusal(Kind.FORBIDDEN, "DX_CASE_NOT_OWN", {"case": case_id}, article=NJ_17)
    if not case.is_open:
        raise Refusal(Kind.CONFLICT, "DX_CASE_CLOSED", {"case": case_id}, article=NJ_17)
