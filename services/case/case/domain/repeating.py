"""A decision that was ordered anew is not the same again on the same facts and reasons (ARL 64(2); ALL 71; ARR 58)."""

from __future__ import annotations

from case.domain.contents import Proposal
from case.domain.deliberation import Verdict
from case.domain.outcomes import Outcome
from case.domain.procedure import Case
from case.domain.remedies import Anew
from case.domain.weighing import is_lighter_kind
from common.values.errors import Kind, Refusal
from common.values.law import ARL_64_2


def anew_of(case: Case) -> Anew | None:
    """What the last order to decide again says; None without one."""
    return next((each.anew for each in reversed(case.remedies) if each.anew is not None), None)


def require_not_repeated(case: Case, proposal: Proposal, evidence: bytes) -> None:
    """Raises Refusal CASE_DECISION_REPEATED for the fallen decision again, or a heavier one, on the same grounds.

    `evidence` is the digest of the captures. With the same captures the facts are the same, whatever words the report
    has now, and a fine of another amount is basically the same (基本相同): only a legal review that passed and says
    which main fact or reason is another makes it a new decision. A lighter kind of penalty is not the same,
    and a decision that fell for its procedure alone may be repeated once the procedure is right.
    """
    anew, review = anew_of(case), case.legal_review
    if anew is None or anew.may_repeat or evidence != anew.evidence:
        return
    if anew.proposal is not None and is_lighter_kind(proposal, anew.proposal):
        return
    if review is None or review.verdict is not Verdict.PASS or not review.names_new_ground:
        raise _repeated(case, anew)


def require_no_same_outcome(case: Case, outcome: Outcome, evidence: bytes) -> None:
    """Raises Refusal CASE_DECISION_REPEATED where the fallen decision not to punish is made again on the same report
    and captures. It harms nobody who was to be punished, so another report is another ground.
    """
    anew = anew_of(case)
    if anew is None or anew.may_repeat or case.conclusion is None:
        return
    is_same_ground = case.conclusion.report == anew.report and evidence == anew.evidence
    if is_same_ground and outcome is anew.outcome:
        raise _repeated(case, anew)


def _repeated(case: Case, anew: Anew) -> Refusal:
    facts = {"case": case.id, "document_id": anew.fallen}
    return Refusal(Kind.CONFLICT, "CASE_DECISION_REPEATED", facts, article=ARL_64_2)
