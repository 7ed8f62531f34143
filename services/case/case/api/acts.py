"""One act, one fine (APL 29): the state ended, or two cases are one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from case.api.views import case_view, hand_of, terms_of
from case.contract import CaseView
from case.contract.acts import ActEndOrder, MergerOrder
from case.domain import merging
from case.domain.deadlines import Terms
from case.domain.incidents import found_together
from case.domain.lawoftime import ruleset_of
from case.domain.procedure import Case
from case.runtime import Run
from case.store import cases, dossiers, incidents
from common.door.uow import Tx, change
from common.policy import Action, Mandate
from common.values.ids import CaseId, OfficerId
from common.web.auth import Allow, Db

router = APIRouter()


@router.post(
    "/v1/cases/{case_id}/act-end", summary="确认状态结束 · Record that the state ended", status_code=201
)
async def end_act(
    case_id: CaseId,
    order: ActEndOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_END_ACT))],
) -> CaseView:
    """Record that the state ended: what is captured later is another act (APL 36(2))."""
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        fact = merging.end_act(
            case,
            ended_at=order.ended_at,
            shown_by=merging.EndShownBy(order.shown_by),
            note=await tx.commit_to(case_id, "act_end", order.note),
            hand=hand_of(mandate),
            at=tx.now,
        )
        case = await cases.save(tx, permit, case, fact)
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))


@router.post("/v1/cases/{case_id}/merger", summary="并案 · Merge the case into another one", status_code=201)
async def merge(
    case_id: CaseId,
    order: MergerOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_MERGE))],
) -> CaseView:
    """End this case as a duplicate: the other one goes on with the act and takes its captures (APL 29)."""
    async with change(db, mandate) as tx:
        line = await cases.get_line(tx, case_id)
        await incidents.take_turn(tx, line.agency_id, runtime.profile, line.violation_code)
        case, into = await _both(tx, case_id, order.into_case_id)
        ended, moved = merging.merge(
            case,
            into,
            reason=await tx.commit_to(case_id, "merger", order.reason),
            hand=hand_of(mandate),
            terms=terms_of(runtime),
            at=tx.now,
        )
        await cases.end_into(tx, case, into, ended, moved)
        return tx.answer(case_view(await dossiers.get(tx, case_id), runtime.profile, mandate.actor))


async def _both(tx: Tx, case_id: CaseId, into_id: CaseId) -> tuple[Case, Case]:
    """Both cases, locked in the order of their ids, so that two mergers of one pair do not wait for each other."""
    locked = {each: await cases.lock(tx, each) for each in sorted({case_id, into_id})}
    for case in locked.values():
        tx.permit(cases.resource(case))
    return locked[case_id], locked[into_id]


async def link_found(tx: Tx, case: Case, terms: Terms, *, by: OfficerId) -> None:
    """Link the cases that prove to be about one act now that the party is known. The caller holds the turn."""
    ruleset = ruleset_of(case, terms)
    own, others = await incidents.own_and_others(tx, case, terms)
    found = found_together(ruleset.merge, own, others)
    if found is None:
        return
    goes_on, linked = found
    for case_id in linked:
        other = await cases.lock(tx, case_id)
        fact = merging.link(other, goes_on, ruleset=ruleset.id, by=by)
        await cases.save(tx, tx.permit(cases.resource(other)), other, fact)
