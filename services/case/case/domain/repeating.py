"""A decision that was ordered anew is not the same again on the same facts and reasons (ARL 64(2); ALL 71; ARR 58)."""

from __future__ import annotations

from case.domain.contents import Proposal
from case.domain.procedure import Case
from case.domain.remedies import Anew
from case.domain.weighing import severity
from common.values.errors import Kind, Refusal
from common.values.law import ARL_64_2


def anew_of(case: Case) -> Anew | None:
    """What the last order to decide again says; None without one."""
    return next((each.anew for each in reversed(case.remedies) if each.anew is not None), None)


def require_not_repeated(case: Case, proposal: Proposal, evidence: bytes) -> None:
    """Raises Refusal CASE_DECISION_REPEATED for the fallen decision again, or a heavier one, on the same grounds.

    `evidence` is the digest of the captures. The grounds are the same while the signed report and the captures are. A
    decision that fell for its procedure alone may be repeated once the procedure is right.
    """
    anew = anew_of(case)
    if anew is None or anew.may_repeat or case.conclusion is None:
        return
    is_same_ground = case.conclusion.report == anew.report and evidence == anew.evidence
    if is_same_ground and severity(proposal) >= severity(anew.proposal):
        raise Refusal(
            Kind.CONFLICT,
            "CASE_DECISION_REPEATED",
            {"case": case.id, "document_id": anew.fallen},
            article=ARL_64_2,
        )
