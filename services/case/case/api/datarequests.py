"""The desk for a party's own data: it asks, the agency decides with reasons, the party reads its copy (PIPL 44–50)."""

from __future__ import annotations

from typing import Annotated, assert_never

from fastapi import APIRouter, Depends, Path

from case.api import noting
from case.api.views import hand_of, terms_of
from case.contract.datarequests import (
    DataRequestDecisionOrder,
    DataRequestList,
    DataRequestOrder,
    DataRequestView,
    PersonalDataView,
    StatementCopy,
)
from case.domain import datarequests as rules
from case.domain.datarequests import DataRequestDecided, Ground, Right
from case.domain.erasure import CaseErasureProposed, gone
from case.domain.readings import Depth
from case.domain.withdrawing import require_not_withdrawn
from case.runtime import Run
from case.store import cases, datarequests, dossiers, erasures, readings
from case.store.datarequests import RequestLine
from common.door.uow import change, view
from common.policy import Action, Mandate, not_found
from common.values.errors import InputError, Kind, Refusal
from common.values.ids import CaseId, PartyId
from common.values.law import PIPL_50
from common.web.auth import Allow, Db
from common.web.openapi import refuses

router = APIRouter()
Nth = Annotated[int, Path(ge=1, le=1000)]
Reading = Annotated[Mandate, Depends(Allow(Action.CASE_READ_DATA_REQUESTS))]


@router.post(
    "/v1/cases/{case_id}/data-requests",
    summary="申请查阅、更正个人信息 · Ask about one's data",
    status_code=201,
)
async def ask(
    case_id: CaseId,
    order: DataRequestOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_REQUEST_DATA))],
) -> DataRequestView:
    """The party asks to see its data, for a copy, a correction or an erasure. The agency answers by the city's day."""
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        await erasures.require_present(tx, case)
        known = await datarequests.list_of_case(tx, case_id)
        fact = rules.ask(
            case,
            Right(order.right),
            party_id=PartyId(mandate.actor.id),
            words=await tx.commit_to(case_id, "data_request", order.words),
            known=tuple(each.request for each in known),
            number=await datarequests.next_number(tx, case_id),
            terms=terms_of(runtime),
            at=tx.now,
        )
        await datarequests.record_request(tx, permit, case, fact, order.words)
        return tx.answer(_view(case_id, await datarequests.get(tx, case_id, fact.number)))


@router.get("/v1/cases/{case_id}/data-requests", summary="个人信息申请列表 · List the requests about data")
async def list_requests(case_id: CaseId, db: Db, runtime: Run, mandate: Reading) -> DataRequestList:
    """Every request in the case with its answer: for the party, and for those who decide, who say what for."""
    async with view(db, mandate) as v:
        case = await cases.get(v, case_id)
        v.permit(cases.resource(case))
        lines = await datarequests.list_of_case(v, case_id)
        is_due = await noting.is_due(v, case, Depth.DOCUMENTS)
    if is_due:
        await noting.note(db, mandate, case, runtime.profile.reading, Depth.DOCUMENTS)
    is_shown = [each for each in lines if mandate.actor.party_id in (None, each.party_id)]
    return DataRequestList(items=[_view(case_id, line) for line in is_shown])


@router.post(
    "/v1/cases/{case_id}/data-requests/{number}/decision",
    summary="决定个人信息申请 · Decide a request about data",
    responses=refuses(Kind.GONE),
    status_code=201,
)
async def decide(
    case_id: CaseId,
    number: Nth,
    order: DataRequestDecisionOrder,
    db: Db,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_DECIDE_DATA_REQUEST))],
) -> DataRequestView:
    """Grant the request, or refuse it with a ground of the law and its reasons (PIPL 50).

    Evidence of a case that is pending or kept by law is not erased: CASE_RETENTION_RUNS (PIPL 47, NJ 17). An erasure
    that is granted waits for the second officer.
    """
    if order.granted is not (order.ground is None):
        raise Refusal(
            Kind.INVALID,
            "CASE_DATA_GROUND_MISSING",
            article=PIPL_50,
            errors=(InputError("/ground", "CASE_DATA_GROUND_MISSING"),),
        )
    corrected = order.corrected.model_dump(exclude_none=True) if order.corrected else {}
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        require_not_withdrawn(case, mandate.actor.id)
        request = (await datarequests.get(tx, case_id, number)).request
        # The reasons of an answer are sealed with the secret of the case: once it is gone nobody can write them.
        await erasures.require_present(tx, case)
        reasons = await tx.commit_to(case_id, "data_request_answer", order.reasons)
        hand = hand_of(mandate)
        if order.ground is not None:
            refused = rules.refuse(case, request, Ground(order.ground), reasons=reasons, hand=hand)
            await datarequests.record_answer(tx, permit, case, refused, order.reasons)
            return tx.answer(_view(case_id, await datarequests.get(tx, case_id, number)))
        file = await erasures.get_file(tx, case)
        granted = rules.grant(
            case, request, reasons=reasons, is_corrected=bool(corrected), file=file, hand=hand, at=tx.now
        )
        for fact in granted:
            match fact:
                case DataRequestDecided():
                    await datarequests.record_answer(tx, permit, case, fact, order.reasons)
                    if corrected:
                        texts = (await dossiers.get(tx, case_id)).party
                        if texts is None or texts.texts is None:
                            raise gone(case_id)
                        await datarequests.correct_party(tx, fact, case, texts.texts, corrected)
                case CaseErasureProposed():
                    await cases.save(tx, permit, case, fact)
                case _:
                    assert_never(fact)
        return tx.answer(_view(case_id, await datarequests.get(tx, case_id, number)))


@router.get(
    "/v1/cases/{case_id}/data-requests/{number}/copy",
    summary="个人信息副本 · Fetch one's data",
    responses=refuses(Kind.GONE),
)
async def read_copy(
    case_id: CaseId,
    number: Nth,
    db: Db,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_REQUEST_DATA))],
) -> PersonalDataView:
    """What the case holds about the party, in clear and machine-readable, once the agency has granted it (PIPL 45).

    The record says each time that the copy was handed out.
    """
    async with change(db, mandate) as tx:
        dossier = await dossiers.lock(tx, case_id)
        permit = tx.permit(cases.resource(dossier.case))
        line = await datarequests.get(tx, case_id, number)
        if not line.request.gives_copy or line.party_id != mandate.actor.party_id:
            raise not_found(f"{case_id}/{number}")
        if dossier.party is None or dossier.party.texts is None:
            raise gone(case_id)
        purposes = await readings.list_purposes(tx, case_id)
        datarequests.record_copy(tx, permit, rules.hand_out(dossier.case, line.request))
    texts = dossier.party.texts
    return PersonalDataView(
        case_id=case_id,
        name=texts.name,
        identity_kind=texts.identity_kind,
        identity_number=texts.identity_number,
        address=texts.address,
        phone=texts.phone,
        email=texts.email,
        representative=texts.representative,
        plates=list(dict.fromkeys(each.plate for each in dossier.exhibits if each.plate)),
        statements=[
            StatementCopy(statement=each.texts.statement, answer=each.texts.reason)
            for each in dossier.defences
            if each.texts is not None
        ],
        read_for=purposes,
    )


def _view(case_id: CaseId, line: RequestLine) -> DataRequestView:
    request = line.request
    return DataRequestView(
        case_id=case_id,
        number=request.number,
        right=request.right,
        words=line.said.words if line.said else None,
        asked_at=request.asked_at,
        granted=request.granted,
        ground=line.ground,
        law=line.law,
        reasons=line.said.answer if line.said else None,
        decided_at=line.decided_at,
        copy_href=f"/v1/cases/{case_id}/data-requests/{request.number}/copy" if request.gives_copy else None,
    )
