"""A case leaves: the letter of a transfer to another agency, and a suspected crime on its way to the police."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends

from case.api import noting
from case.api.views import document_view, hand_of, terms_of
from case.contract import DocumentView
from case.contract.crimes import (
    CrimeDecisionOrder,
    CrimeReportOrder,
    CrimeTeamOrder,
    SuspectedCrimeView,
    SuspicionList,
    TransferLetterOrder,
    TransferPaperList,
    TransferPaperView,
)
from case.documents import DocumentKind, drafts
from case.documents.content import Officer
from case.documents.transfers import PAPERS, crime_transfer_of, transfer_letter_of
from case.domain import crimes
from case.domain.procedure import Case
from case.domain.readings import Depth
from case.domain.transferring import require_transferable, write_letter
from case.runtime import CaseRuntime, Run
from case.store import cases, documents, dossiers
from case.store import crimes as rows
from case.store.crimetexts import Judged
from case.store.documents import Document
from case.store.executiontexts import Said
from common.documents.glyphs import as_drawable
from common.door.uow import change, view
from common.policy import Action, Mandate
from common.values.ids import CaseId, OfficerId
from common.web.auth import Allow, Db
from gateway.identity.contract import Identity

router = APIRouter()

Deciding = Annotated[Mandate, Depends(Allow(Action.CASE_DECIDE_CRIME))]
Reporting = Annotated[Mandate, Depends(Allow(Action.CASE_REPORT_CRIME))]
Working = Annotated[Mandate, Depends(Allow(Action.CASE_READ_INVESTIGATION))]
Asking = Annotated[Mandate, Depends(Allow(Action.CASE_READ_STANDING))]


@router.post(
    "/v1/cases/{case_id}/transfer-letter",
    summary="制作移送函 · Write the letter of a transfer",
    status_code=201,
)
async def write(
    case_id: CaseId,
    order: TransferLetterOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_WRITE_TRANSFER))],
) -> DocumentView:
    """Write the letter (D-31) with its list and reply slip. The exchange takes it along with the package."""
    dossier, at = await drafts.look(db, mandate, case_id)
    require_transferable(dossier.case)
    office = runtime.profile.office(mandate.actor.agency_name)
    content = transfer_letter_of(dossier, office, terms_of(runtime), order)
    draft = await drafts.make(runtime, dossier, office, DocumentKind.TRANSFER, content, at)
    async with change(db, mandate) as tx:
        case, made = await cases.lock(tx, case_id), draft.document
        permit = tx.permit(cases.resource(case))
        draft.require_current(case, tx.now)
        reason = await tx.commit_to(case_id, "transfer", order.reason)
        fact = write_letter(
            case, reason=reason, document_id=made.id, sha256=made.sha256, hand=hand_of(mandate), at=tx.now
        )
        await cases.save(tx, permit, case, fact, texts=made)
        return tx.answer(document_view(await documents.get(tx, made.id)))


@router.get("/v1/cases/{case_id}/transfer-papers", summary="移送所附文书 · Ask which papers go along")
async def list_papers(case_id: CaseId, db: Db, mandate: Asking) -> TransferPaperList:
    """The latest paper of each kind that a transfer of the case takes along, for the exchange."""
    async with view(db, mandate) as v:
        dossier = await dossiers.get(v, case_id)
        v.permit(cases.resource_of_line(await cases.get_line(v, case_id)))
    latest: dict[str, Document] = {each.kind: each for each in dossier.documents if each.kind in PAPERS}
    return TransferPaperList(
        items=[
            TransferPaperView(document_id=each.id, kind=each.kind, number=each.number, sha256=each.sha256)
            for each in latest.values()
        ]
    )


@router.get("/v1/cases/{case_id}/criminal-transfer", summary="涉嫌犯罪移送情况 · Read the suspicions")
async def read(case_id: CaseId, db: Db, runtime: Run, mandate: Working) -> SuspicionList:
    """What was suspected, who looks into it, and what became of it."""
    async with view(db, mandate) as v:
        case = await cases.get(v, case_id)
        v.permit(cases.resource(case))
        is_due = await noting.is_due(v, case, Depth.MASKED)
    if is_due:
        await noting.note(db, mandate, case, runtime.profile.reading)
    return _view(case)


@router.post(
    "/v1/cases/{case_id}/criminal-transfer",
    summary="指定专案组 · Name the team for a suspected crime",
    status_code=201,
)
async def name_team(case_id: CaseId, order: CrimeTeamOrder, db: Db, mandate: Deciding) -> SuspicionList:
    """The head names two officers or more who look into the suspicion (CrimT 5(1)). Nobody is punished meanwhile."""
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        fact = crimes.name_team(case, tuple(order.team), hand=hand_of(mandate), at=tx.now)
        return tx.answer(_view(await cases.save(tx, permit, case, fact)))


@router.post(
    "/v1/cases/{case_id}/criminal-transfer/{number}/report",
    summary="提出移送报告 · Report a suspected crime",
    status_code=201,
)
async def report(
    case_id: CaseId, number: int, order: CrimeReportOrder, db: Db, runtime: Run, mandate: Reporting
) -> SuspicionList:
    """One of the team reports to the head, who decides within three days (CrimT 5(2))."""
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        fact = crimes.report_crime(
            case,
            number,
            report=await tx.commit_to(case_id, "crime_report", order.report),
            hand=hand_of(mandate),
            terms=terms_of(runtime),
            at=tx.now,
        )
        return tx.answer(_view(await cases.save(tx, permit, case, fact, texts=Said(order.report))))


@router.post(
    "/v1/cases/{case_id}/criminal-transfer/{number}/decision",
    summary="决定是否移送公安机关 · Decide on the transfer to the police",
    status_code=201,
)
async def decide(
    case_id: CaseId, number: int, order: CrimeDecisionOrder, db: Db, runtime: Run, mandate: Deciding
) -> SuspicionList:
    """The head approves the transfer by a D-32, which the exchange takes along, or says on record why not."""
    hand = hand_of(mandate)
    dossier, at = await drafts.look(db, mandate, case_id)
    crime = crimes.require_reported(dossier.case, number)
    made: Document | None = None
    draft = None
    if order.approved:
        async with view(db, mandate) as v:
            v.permit(cases.resource(dossier.case))
            said = await rows.report_of(v, case_id, number)
        office, team = runtime.profile.office(mandate.actor.agency_name), await _people(runtime, crime.team)
        content = crime_transfer_of(
            dossier, office, terms_of(runtime), order, report=said.words, team=team, at=at
        )
        draft = await drafts.make(runtime, dossier, office, DocumentKind.CRIME, content, at)
        made = draft.document
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        if draft is not None:
            draft.require_current(case, tx.now)
        fact = crimes.decide_transfer(
            case,
            number,
            approved=order.approved,
            reason=await tx.commit_to(case_id, "crime_decision", order.reason),
            document=(made.id, made.sha256) if made else None,
            hand=hand,
            at=tx.now,
        )
        texts = Judged(made, order.reason)
        return tx.answer(_view(await cases.save(tx, permit, case, fact, texts=texts)))


async def _people(runtime: CaseRuntime, team: tuple[OfficerId, ...]) -> tuple[Officer, ...]:
    """The team as the directory has it: names and certificates."""
    asked = Identity(runtime.peers)
    found = [await asked.officer(officer_id) for officer_id in team]
    return tuple(
        Officer(as_drawable(known.name or officer_id), known.certificate or "无")
        for officer_id, known in zip(team, found, strict=True)
    )


def _view(case: Case) -> SuspicionList:
    return SuspicionList(
        case_id=case.id,
        state=case.state,
        crimes=[
            SuspectedCrimeView.model_validate(asdict(crime) | {"bars_penalty": crime.bars_penalty})
            for crime in case.crimes
        ],
    )
