"""Comparisons of one subject: a register is asked for an open case, and every question is on record."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from common.door.uow import change, view
from common.policy import Action, Mandate, Resource
from common.values.ids import CaseId, ComparisonId
from common.web.auth import Allow, Db
from common.web.pages import Cursor, Limit, after, next_cursor
from common.web.wire import Page
from data_exchange import inquiry
from data_exchange.api import asking
from data_exchange.api.systems import Granted
from data_exchange.connectors import noting
from data_exchange.contract.comparisons import ComparisonOrder, ComparisonSummary, ComparisonView
from data_exchange.domain import comparing
from data_exchange.domain.comparison import ComparisonState
from data_exchange.domain.uses import require_readable
from data_exchange.runtime import Run
from data_exchange.store import comparisons, uses

router = APIRouter()

Asking = Annotated[Mandate, Depends(Allow(Action.COMPARISON_ASK))]
Reading = Annotated[Mandate, Depends(Allow(Action.COMPARISON_READ))]


@router.post("/v1/comparisons", summary="数据比对 · Ask a register about one subject", status_code=201)
async def compare(
    order: ComparisonOrder, db: Db, runtime: Run, mandate: Asking, grant: Granted
) -> ComparisonView:
    """Ask a register about one subject, for an open case (NJ 18). A refused question is on record too.

    A partner's system gets what its agreement lets through, at most (GDS 20).
    """
    question = await asking.question_of(runtime, order, mandate, grant)
    # The register is asked outside the change. What it said reaches nobody unless the change commits.
    outcome = await asking.outcome_of(runtime, question)
    async with change(db, mandate) as tx:
        comparison_id = ComparisonId.new(tx.now)
        permit = tx.permit(Resource(comparison_id, question.agency_id, level=3))
        fact, texts, refusal = await asking.judged(
            tx, comparison_id, question, outcome, order=order, runtime=runtime
        )
        comparison = await comparisons.add(tx, permit, fact, texts=texts)
        await noting.note_question(tx, permit, fact, question.subject)
        if refusal is None:
            return tx.answer(asking.comparison_view(comparison, texts))
    raise refusal


@router.get("/v1/comparisons", summary="比对列表 · List comparisons")
async def list_comparisons(
    db: Db,
    mandate: Reading,
    grant: Granted,
    case_id: CaseId | None = None,
    state: ComparisonState | None = None,
    limit: Limit = 50,
    cursor: Cursor = "",
) -> Page[ComparisonSummary]:
    """The comparisons of the caller's agency in the order of asking, without what was answered.

    A partner's system sees those under its agreement.
    """
    async with view(db, mandate) as v:
        listed = await comparisons.list_page(
            v,
            after_id=after(cursor, ComparisonId) or "",
            case_id=case_id,
            state=state,
            agreement_id=grant.agreement.id if grant else None,
            limit=limit + 1,
        )
    return Page(
        items=[asking.summary_view(comparison) for comparison in listed[:limit]],
        next_cursor=next_cursor(listed, limit, lambda comparison: comparison.id),
    )


@router.get("/v1/comparisons/{comparison_id}", summary="比对详情 · Read what a register answered")
async def get_comparison(
    comparison_id: ComparisonId, db: Db, runtime: Run, mandate: Reading, grant: Granted
) -> ComparisonView:
    """What a register answered. Each reading is on record; a sealed answer opens while its case is open."""
    async with view(db, mandate) as v:
        comparison = await comparisons.get(v, comparison_id)
        v.permit(comparisons.resource(comparison))
        asking.require_same_agreement(comparison, grant)
    case = await inquiry.standing_of(runtime, comparison.case_id)
    async with change(db, mandate) as tx:
        comparison = await comparisons.lock(tx, comparison_id)
        permit = tx.permit(comparisons.resource(comparison))
        use = await uses.find_of_source(tx, comparison_id)
        if use is not None:
            require_readable(use)
        texts = await comparisons.find_texts(tx, comparison_id)
        if comparison.case_id is not None:
            fact = comparing.read(comparison, case, agency_id=mandate.actor.agency_id)
            comparisons.record_reading(tx, permit, fact)
            await noting.note_reading(tx, permit, comparison, fact)
    return asking.comparison_view(comparison, texts)
