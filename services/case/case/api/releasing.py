"""The wrong party is released, and the case goes on without one (APL 40)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from case.api.views import case_view, hand_of, terms_of
from case.contract import CaseView
from case.contract.filing import PartyReleaseOrder
from case.domain.releasing import WrongBecause, release_party
from case.runtime import Run
from case.store import cases, dossiers
from common.door.uow import change
from common.policy import Action, Mandate
from common.values.ids import CaseId
from common.web.auth import Allow, Db

router = APIRouter()


@router.post(
    "/v1/cases/{case_id}/party-release", summary="更正当事人 · Release the wrong party", status_code=201
)
async def release(
    case_id: CaseId,
    order: PartyReleaseOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_RELEASE_PARTY))],
) -> CaseView:
    """Release a party that is the wrong one. The case is a lead again, and the right party is prompted anew."""
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        fact = release_party(
            case,
            cause=WrongBecause(order.cause),
            note=await tx.commit_to(case_id, "release", order.note),
            hand=hand_of(mandate),
            terms=terms_of(runtime),
            at=tx.now,
        )
        case = await cases.save(tx, permit, case, fact)
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))
