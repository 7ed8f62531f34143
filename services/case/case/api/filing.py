"""Acts before filing: the party, the prompt, the application and its approval."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from case import inquiry
from case.api.acts import link_found
from case.api.views import case_view, findings_of, hand_of, terms_of
from case.contract import CaseView, FilingApplicationOrder, FilingOrder, PartyOrder, PromptOrder
from case.documents import DocumentKind, drafts
from case.documents.filling import prompt_of
from case.domain import filing
from case.domain.lawoftime import ruleset_of
from case.domain.people import AgeGroup, Party, PartyKind
from case.domain.procedure import after
from case.domain.prompting import draft_prompt
from case.runtime import Run
from case.store import cases, dossiers, incidents
from case.store.texts import PartyTexts, PromptTexts, SentPrompt
from common.door.uow import change
from common.policy import Action, Mandate
from common.values.ids import CaseId, DocumentId, PartyId
from common.values.querycodes import new_code
from common.web.auth import Allow, Db
from gateway.identity.contract import Identity
from ledger.canonical import canonical

router = APIRouter()


@router.post("/v1/cases/{case_id}/party", summary="确认当事人 · Confirm who the party is", status_code=201)
async def identify_party(
    case_id: CaseId,
    order: PartyOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_IDENTIFY_PARTY))],
) -> CaseView:
    """An officer confirms who the party is (APL 40). A draft of the prompt is there at once (NJ 15)."""
    async with change(db, mandate) as tx:
        line = await cases.get_line(tx, case_id)
        await incidents.take_turn(tx, line.agency_id, runtime.profile, line.violation_code)
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        party_id = order.party_id or PartyId.new(tx.now)
        identity = canonical([order.name, order.identity_kind, order.identity_number]).decode()
        fact = filing.identify_party(
            case,
            party=Party(party_id, PartyKind(order.kind), AgeGroup(order.age_group)),
            birth=filing.born_on(order.identity_number),
            identity=await tx.commit_to(case_id, "identity", identity),
            address=await tx.commit_to(case_id, "address", order.address),
            sources=tuple(order.sources),
            hand=hand_of(mandate),
            has_note=order.note is not None,
            has_representative=order.representative is not None,
            at=tx.now,
        )
        drafted = draft_prompt(after(case, fact), terms=terms_of(runtime), at=tx.now)
        texts = PartyTexts(
            order.name,
            order.identity_kind,
            order.identity_number,
            order.address,
            order.note,
            order.phone,
            order.email,
            order.representative,
        )
        case = await cases.save(tx, permit, case, fact, *drafted, texts=texts)
        await link_found(tx, case, terms_of(runtime), by=hand_of(mandate).officer_id)
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))


@router.post("/v1/cases/{case_id}/prompt", summary="告知提示 · Prompt the party to correct", status_code=201)
async def prompt(
    case_id: CaseId,
    order: PromptOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_PROMPT))],
) -> CaseView:
    """Send the 告知提示 and open the correction window (NJ 4, 15)."""
    terms, hand = terms_of(runtime), hand_of(mandate)
    dossier, at = await drafts.look(db, mandate, case_id)
    tried = filing.prompt(
        dossier.case,
        document_id=DocumentId.new(at),
        sha256="",
        template="",
        hand=hand,
        terms=terms,
        at=at,
    )
    office = runtime.profile.office(mandate.actor.agency_name)
    ruleset = ruleset_of(dossier.case, terms)
    correction = order.correction or ruleset.correction.how
    # A prompt that reached nobody is sent anew with the same code: an earlier copy may lie somewhere.
    code = dossier.query_code or new_code()
    content = prompt_of(
        dossier, office, terms, correction=correction, until=tried.correction_until, query_code=code
    )
    draft = await drafts.make(runtime, dossier, office, DocumentKind.PROMPT, content, at)
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        draft.require_current(case, tx.now)
        # The window as the document prints it: from the hour it was made, not from the hour it was recorded.
        fact = filing.prompt(
            case,
            document_id=draft.document.id,
            sha256=draft.document.sha256,
            template=draft.document.template,
            hand=hand,
            terms=terms,
            at=at,
        )
        made = code if dossier.query_code is None else None
        texts = SentPrompt(draft.document, PromptTexts(correction), made)
        case = await cases.save(tx, permit, case, fact, texts=texts)
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))


@router.post("/v1/cases/{case_id}/filing-application", summary="申请立案 · Apply for filing", status_code=201)
async def apply_filing(
    case_id: CaseId,
    order: FilingApplicationOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_APPLY_FILING))],
) -> CaseView:
    """Apply for filing with a second officer, once the correction window is over (APL 54)."""
    second = await Identity(runtime.peers).officer(order.second_officer_id)
    is_ours = second.agency_id == mandate.actor.agency_id
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        fact = filing.apply_filing(
            case,
            second_officer=order.second_officer_id,
            second_until=second.certificate_until_on if is_ours else None,
            findings=findings_of(order.findings),
            reason=await tx.commit_to(case_id, "filing_reason", order.reason),
            hand=hand_of(mandate),
            terms=terms_of(runtime),
            at=tx.now,
        )
        case = await cases.save(tx, permit, case, fact)
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))


@router.post("/v1/cases/{case_id}/filing", summary="批准立案 · Approve the filing", status_code=201)
async def file(
    case_id: CaseId,
    order: FilingOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_FILE))],
) -> CaseView:
    """Approve the filing (立案): the ninety days begin (APL 54, 60)."""
    dossier, _ = await drafts.look(db, mandate, case_id)
    exhibits = await inquiry.ask_for_filing(runtime, dossier.case)
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        office = runtime.profile.office(mandate.actor.agency_name)
        fact = filing.file(
            case, exhibits, office=office, hand=hand_of(mandate), terms=terms_of(runtime), at=tx.now
        )
        case = await cases.save(tx, permit, case, fact)
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))
