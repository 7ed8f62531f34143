"""Comparisons of a file of subjects: announced, sent in parts, completed; a job compares it row by row."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from common.door.uow import change, view
from common.policy import Action, Mandate, Resource
from common.values.errors import Kind
from common.values.ids import ComparisonId
from common.web.auth import Allow, Db
from common.web.openapi import refuses, sends, takes
from data_exchange.api import batchviews
from data_exchange.api.asking import count, over_budget, require_same_agreement
from data_exchange.api.systems import Granted
from data_exchange.connectors import access
from data_exchange.contract.batches import BatchOrder, BatchView, CompletionOrder
from data_exchange.domain import batches as rules
from data_exchange.domain import comparing
from data_exchange.domain.comparison import ComparisonState
from data_exchange.domain.uses import require_readable
from data_exchange.runtime import Run
from data_exchange.store import batches, comparisons, subjects, uses

router = APIRouter()

Asking = Annotated[Mandate, Depends(Allow(Action.COMPARISON_ASK))]
Sending = Annotated[Mandate, Depends(Allow(Action.COMPARISON_ASK, keyed=False))]
Reading = Annotated[Mandate, Depends(Allow(Action.COMPARISON_READ))]


@router.post("/v1/comparison-batches", summary="批量比对 · Announce a file of subjects", status_code=201)
async def open_batch(order: BatchOrder, db: Db, runtime: Run, mandate: Asking, grant: Granted) -> BatchView:
    """Announce a file to compare for an open case (NJ 18). A refused one is on record too."""
    question = await batchviews.question_of(runtime, order, mandate, grant)
    refusal = comparing.objection(question)
    if refusal is None and question.register is not None:
        refusal = await access.pause_of(db, question.agency_id, question.register.name)
    async with change(db, mandate) as tx:
        comparison_id = ComparisonId.new(tx.now)
        permit = tx.permit(Resource(comparison_id, question.agency_id, level=3))
        if refusal is None:
            batch = await batchviews.find_or_add(tx, permit, comparison_id, question, order)
            return tx.answer(batchviews.batch_view(batch))
        fact, texts = await batchviews.refused(tx, comparison_id, question, refusal, order)
        await comparisons.add(tx, permit, fact, texts=texts)
    raise refusal


@router.put(
    "/v1/comparison-batches/{comparison_id}/parts/{n}",
    summary="上传一部分 · Send a part of the file",
    openapi_extra=takes("application/octet-stream"),
    responses=refuses(Kind.CONFLICT, Kind.TOO_LARGE),
)
async def put_part(
    comparison_id: ComparisonId,
    n: batchviews.PartNumber,
    request: Request,
    db: Db,
    runtime: Run,
    mandate: Sending,
    grant: Granted,
) -> BatchView:
    """Send one part with its Content-Digest (RFC 9530). The same part a second time changes nothing."""
    content = await request.body()
    sha256 = batchviews.digest_of(request.headers.get("content-digest", ""), content)
    async with view(db, mandate) as v:
        comparison = (await batches.get(v, comparison_id)).comparison
        v.permit(comparisons.resource(comparison))
        require_same_agreement(comparison, grant)
    await runtime.sealed.put(content, of=[comparison_id.stream])
    async with change(db, mandate) as tx:
        batch = await batches.lock(tx, comparison_id)
        permit = tx.permit(comparisons.resource(batch.comparison))
        fact = rules.receive_part(batch, n=n, sha256=sha256, size=len(content))
        if fact is not None:
            batch = await batches.save(tx, permit, batch, fact)
    return batchviews.batch_view(batch)


@router.post(
    "/v1/comparison-batches/{comparison_id}/completion",
    summary="上传完成 · Complete the file",
    status_code=201,
)
async def complete_batch(
    comparison_id: ComparisonId, order: CompletionOrder, db: Db, runtime: Run, mandate: Asking, grant: Granted
) -> BatchView:
    """The file is whole. It is queued if it is the file that was announced, within the budget of subjects."""
    async with view(db, mandate) as v:
        batch = await batches.get(v, comparison_id)
        v.permit(comparisons.resource(batch.comparison))
        require_same_agreement(batch.comparison, grant)
    texts = rules.require_whole(batch, await batchviews.content_of(runtime, batch))
    asked = [subject for subject in batchviews.subjects_of(batch, texts) if subject is not None]
    async with change(db, mandate) as tx:
        batch = await batches.lock(tx, comparison_id)
        permit = tx.permit(comparisons.resource(batch.comparison))
        rules.require_state(batch, ComparisonState.OPEN)
        abouts = sorted(set(await subjects.digests(tx.secrets, asked)))
        asker = await batchviews.asker_of(tx, batch)
        refusal = await over_budget(tx, runtime, abouts, asker=asker)
        if refusal is None:
            await count(tx, asker, abouts)
            batch = await batches.save(tx, permit, batch, rules.complete(batch, subjects=len(abouts)))
            return tx.answer(batchviews.batch_view(batch))
        await batches.save(tx, permit, batch, rules.fail(batch, refusal.code))
    raise refusal


@router.get("/v1/comparison-batches/{comparison_id}", summary="批量比对进度 · How far a file is compared")
async def get_batch(comparison_id: ComparisonId, db: Db, mandate: Reading, grant: Granted) -> BatchView:
    """A file and how far it is compared."""
    async with view(db, mandate) as v:
        batch = await batches.get(v, comparison_id)
        v.permit(comparisons.resource(batch.comparison))
        require_same_agreement(batch.comparison, grant)
    return batchviews.batch_view(batch)


@router.get(
    "/v1/comparison-batches/{comparison_id}/result",
    summary="批量比对结果 · Fetch the result of a file",
    response_class=Response,
    responses=sends("application/x-ndjson") | refuses(Kind.CONFLICT),
)
async def get_result(
    comparison_id: ComparisonId, db: Db, runtime: Run, mandate: Reading, grant: Granted
) -> Response:
    """One line for each row: its number, its verdict, and the fields that the agreement lets through. On record."""
    async with change(db, mandate) as tx:
        batch = await batches.lock(tx, comparison_id)
        permit = tx.permit(comparisons.resource(batch.comparison))
        require_same_agreement(batch.comparison, grant)
        rules.require_state(batch, ComparisonState.DONE)
        use = await uses.find_of_source(tx, comparison_id)
        if use is not None:
            require_readable(use)
        lines = await batches.list_lines(tx, comparison_id)
        fact = comparing.read(batch.comparison, None, agency_id=mandate.actor.agency_id)
        comparisons.record_reading(tx, permit, fact)
    content = "".join(f"{line}\n" for line in lines)
    return Response(content, media_type="application/x-ndjson", headers={"cache-control": "no-store"})
