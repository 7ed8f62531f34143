"""The report between its two signatures, for those who work on the case."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from case.api.views import terms_of
from case.contract.investigating import (
    FactorView,
    InvestigationView,
    SignedFindingsView,
    UnsignedReportView,
)
from case.domain.discretion import circumstances_of, stated_in
from case.domain.lawoftime import item_of
from case.runtime import Run
from case.store import cases, dossiers
from case.store.dossiers import Dossier
from common.door.uow import view
from common.policy import Action, Mandate
from common.values.ids import CaseId
from common.web.auth import Allow, Db

router = APIRouter()


@router.get("/v1/cases/{case_id}/investigation-conclusion", summary="调查终结报告 · Read the report to sign")
async def read_conclusion(
    case_id: CaseId,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_READ_DELIBERATION))],
) -> InvestigationView:
    """What the benchmark asks for, and the report as it was signed first: both officers sign the same words (APL 42).

    The party is told by the prior notice, and never reads what the agency says to itself before.
    """
    async with view(db, mandate) as v:
        dossier = await dossiers.get(v, case_id)
        v.permit(cases.resource(dossier.case))
    case = dossier.case
    known = circumstances_of(item_of(case, terms_of(runtime)))
    return InvestigationView(
        case_id=case.id,
        factors=[FactorView(code=code, values=sorted(values)) for code, values in sorted(known.items())],
        signed_by=[signature.hand.officer_id for signature in case.signatures],
        report=_report(dossier),
    )


def _report(dossier: Dossier) -> UnsignedReportView | None:
    case, texts = dossier.case, dossier.report
    conclusion = case.conclusion
    if conclusion is None:
        return None
    findings = conclusion.findings
    return UnsignedReportView(
        facts=list(texts.facts) if texts else None,
        reasons=list(texts.reasons) if texts else None,
        circumstances=stated_in(case.weighings[-1].applied.trace) if case.weighings else {},
        fine_fen=conclusion.proposal.fine_fen,
        findings=SignedFindingsView(
            minor=findings.minor,
            promptly_corrected=findings.promptly_corrected,
            harmless=findings.harmless,
        ),
        complex_case=conclusion.complex_case,
        outcome=conclusion.outcome,
    )
