"""A request for data is answered with the officer's consent, and its period is the data authority's to extend."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from common.door.uow import change
from common.policy import Action, Mandate
from common.values.ids import ExchangeId
from common.web.auth import Allow, Db
from data_exchange.api.datarequests import Consenting, request_view
from data_exchange.api.views import terms_of
from data_exchange.contract.datarequests import AnswerConsentOrder, DataRequestView
from data_exchange.contract.exchanges import ExtensionConsentOrder, ExtensionRefusalOrder
from data_exchange.domain import answeringdata, datarequests
from data_exchange.runtime import Run
from data_exchange.store import datarequests as store
from data_exchange.store import exchanges
from data_exchange.store.papers import AnswerTexts

router = APIRouter()

Extending = Annotated[Mandate, Depends(Allow(Action.DATA_EXTEND))]


@router.post(
    "/v1/data-requests/{exchange_id}/answer-consent",
    summary="政务数据共享工作机构负责人同意答复 · Consent to an answer",
    status_code=201,
)
async def consent_to_answer(
    exchange_id: ExchangeId, order: AnswerConsentOrder, db: Db, mandate: Consenting
) -> DataRequestView:
    """The data-sharing officer of the provider consents to sharing, or to refusing, before the answer (GDS 20(3))."""
    async with change(db, mandate) as tx:
        exchange = await exchanges.lock(tx, exchange_id)
        request = await store.lock(tx, exchange_id)
        permit = tx.permit(store.resource(request, mandate.actor))
        answer = datarequests.Answer(order.answer)
        fact = datarequests.consent_to_answer(request, exchange, answer, agency_id=mandate.actor.agency_id)
        request = await store.save(tx, permit, request, fact)
        return tx.answer(await request_view(tx, request, mandate.actor))


@router.post(
    "/v1/data-requests/{exchange_id}/extension-consent",
    summary="主管部门同意延长答复期限 · The authority consents to an extension",
    status_code=201,
)
async def grant_extension(
    exchange_id: ExchangeId, order: ExtensionConsentOrder, db: Db, runtime: Run, mandate: Extending
) -> DataRequestView:
    """The data authority consents to the days that the provider asked for (GDS 21(1)). The asker sees it at once."""
    async with change(db, mandate) as tx:
        exchange = await exchanges.lock(tx, exchange_id)
        request = await store.get(tx, exchange_id)
        permit = tx.permit(store.resource(request, mandate.actor))
        fact = answeringdata.grant_extension(
            exchange, request, agency_id=mandate.actor.agency_id, terms=terms_of(runtime)
        )
        await exchanges.save(tx, permit, exchange, fact)
        return tx.answer(await request_view(tx, request, mandate.actor))


@router.post(
    "/v1/data-requests/{exchange_id}/extension-refusal",
    summary="主管部门不同意延长 · The authority declines an extension",
    status_code=201,
)
async def decline_extension(
    exchange_id: ExchangeId, order: ExtensionRefusalOrder, db: Db, mandate: Extending
) -> DataRequestView:
    """The data authority declines, with a reason. The period runs on as it was."""
    async with change(db, mandate) as tx:
        exchange = await exchanges.lock(tx, exchange_id)
        request = await store.get(tx, exchange_id)
        permit = tx.permit(store.resource(request, mandate.actor))
        fact = answeringdata.decline_extension(
            exchange,
            request,
            agency_id=mandate.actor.agency_id,
            reason=await tx.commit_to(exchange_id, "extension-refusal", order.reason),
        )
        texts = AnswerTexts("EXTENSION_DECLINED", order.reason)
        await exchanges.save(tx, permit, exchange, fact, texts=texts)
        return tx.answer(await request_view(tx, request, mandate.actor))
