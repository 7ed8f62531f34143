"""Unmasking a party's data for a case, the budget that limits it, and the list of who looked (NJ 17; PIPL 45, 51)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from case.contract.readings import (
    ReadingList,
    ReadingView,
    UnmaskingGrantOrder,
    UnmaskingGrantView,
    UnmaskingOrder,
    UnmaskingView,
)
from case.domain import readings as rules
from case.domain.erasure import gone
from case.domain.readings import CaseUnmasked, Field
from case.domain.withdrawing import require_not_withdrawn
from case.runtime import Run
from case.store import cases, dossiers, erasures, readings
from case.store.dossiers import Dossier
from common.door.uow import change, view
from common.policy import Action, Mandate
from common.values.calendar import legal_day
from common.values.errors import Kind
from common.values.ids import CaseId, OfficerId
from common.web.auth import Allow, Db
from common.web.openapi import refuses
from common.web.pages import Cursor, Limit, after, next_cursor

router = APIRouter()


@router.post(
    "/v1/cases/{case_id}/unmaskings",
    summary="查看未脱敏信息 · Unmask data of the party",
    responses=refuses(Kind.GONE),
    status_code=201,
)
async def unmask(
    case_id: CaseId,
    order: UnmaskingOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_UNMASK))],
) -> UnmaskingView:
    """Single fields in clear, for the purpose of the header and the reason of the order; on record each time.

    Refusal UNMASKING_BUDGET_SPENT once the officer has unmasked as much as its day allows: a head grants more.
    """
    by, figures = OfficerId(mandate.actor.id), runtime.profile.reading
    async with change(db, mandate) as tx:
        # The case before the turn, as everybody who reads it takes them: two who wait for each other end in nothing.
        dossier = await dossiers.lock(tx, case_id)
        permit = tx.permit(cases.resource(dossier.case))
        require_not_withdrawn(dossier.case, by)
        await erasures.require_present(tx, dossier.case)
        await readings.take_turn(tx, by)
        fields = tuple(dict.fromkeys(Field(field) for field in order.fields))
        shown = _in_clear(dossier, fields)
        budget = await readings.budget_of(tx, by)
        facts = rules.unmask(
            dossier.case,
            by=by,
            purpose=mandate.actor.purpose or "",
            fields=fields,
            reason=await tx.commit_to(case_id, "unmasking", order.reason),
            budget=budget,
            rules=figures,
            at=tx.now,
        )
        await readings.record(tx, permit, *facts)
        nth = next(fact.nth for fact in facts if isinstance(fact, CaseUnmasked))
        left = figures.unmaskings_per_day + budget.granted - nth
        return tx.answer(
            UnmaskingView.model_validate({"case_id": case_id, "nth": nth, "left": left, **shown})
        )


def _in_clear(dossier: Dossier, fields: tuple[Field, ...]) -> dict[str, object]:
    """What the fields hold. Refusal CASE_ERASED where they were erased; null where nobody is known yet."""
    party = dossier.party
    if party is not None and party.texts is None:
        raise gone(dossier.case.id)
    texts = party.texts if party is not None else None
    plates = list(dict.fromkeys(each.plate for each in dossier.exhibits if each.plate))
    return {
        field.lower(): plates if field is Field.PLATES else getattr(texts, field.lower(), None)
        for field in fields
    }


@router.post(
    "/v1/cases/{case_id}/unmasking-grants",
    summary="增加当日脱敏查看额度 · Grant more unmaskings for today",
    responses=refuses(Kind.GONE),
    status_code=201,
)
async def grant(
    case_id: CaseId,
    order: UnmaskingGrantOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_GRANT_UNMASKING))],
) -> UnmaskingGrantView:
    """The head lets an officer unmask more today, because of this case; on record (PIPL 51)."""
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        require_not_withdrawn(case, mandate.actor.id)
        await erasures.require_present(tx, case)
        await readings.take_turn(tx, order.officer_id)
        granted, grants = await readings.grants_of(tx, order.officer_id)
        fact = rules.grant(
            case,
            to=order.officer_id,
            more=order.more,
            reason=await tx.commit_to(case_id, "unmasking_grant", order.reason),
            by=OfficerId(mandate.actor.id),
            granted=granted,
            grants=grants,
            rules=runtime.profile.reading,
            at=tx.now,
        )
        await readings.record(tx, permit, fact)
        view_ = UnmaskingGrantView(
            case_id=case_id, officer_id=fact.officer_id, more=fact.more, on=legal_day(tx.now)
        )
        return tx.answer(view_)


@router.get("/v1/cases/{case_id}/readings", summary="案件查阅记录 · List who looked at a case")
async def list_readings(
    case_id: CaseId,
    db: Db,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_READ_READINGS))],
    limit: Limit = 50,
    cursor: Cursor = "",
) -> ReadingList:
    """Which officers looked at the case, on which day, what for, and how much they saw: for its party and the head.

    One line for each officer, purpose, depth and day; an order to unmask is a line each time.
    """
    place = after(cursor, readings.Place.of)
    is_party = mandate.actor.kind == "party"
    async with view(db, mandate) as v:
        case = (await dossiers.get(v, case_id)).case
        v.permit(cases.resource(case))
        lines = await readings.list_page(v, case_id, place=place, limit=limit + 1)
    return ReadingList(
        items=[
            ReadingView(
                agency_id=case.agency_id,
                officer_id=None if is_party else line.reader,
                purpose=line.purpose,
                depth=line.depth,
                fields=list(line.fields),
                read_on=line.read_on,
                read_at=line.read_at,
            )
            for line in lines[:limit]
        ],
        next_cursor=next_cursor(lines, limit, readings.place_of),
    )
