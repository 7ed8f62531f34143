"""What a partner's system may call, and the keys with which the platform signs its answers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from common.door.uow import view
from common.policy import Action, Mandate, Resource
from common.values.calendar import legal_day
from common.values.ids import ApplicationId
from common.web.auth import Allow, Db
from common.web.openapi import api_routes
from data_exchange.api.partnerviews import agreement_view, purpose_view
from data_exchange.api.views import agency_of
from data_exchange.contract.agreements import AllowedGrant, AllowedView, OperationView
from data_exchange.contract.partners import AnswerKeysView, AnswerKeyView
from data_exchange.domain import grants
from data_exchange.domain.agreements import Service
from data_exchange.runtime import Run
from data_exchange.store import agreements, applications, purposes
from data_exchange.wire.operations import operations_of

router = APIRouter()


@router.get("/v1/catalog/allowed", summary="可调用的接口 · What this application may call")
async def list_allowed(
    request: Request,
    db: Db,
    mandate: Annotated[Mandate, Depends(Allow(Action.PARTNER_LIST_ALLOWED))],
) -> AllowedView:
    """The agreements and purposes in force, the operations that they open, and what each signature must cover."""
    application_id = ApplicationId(mandate.actor.id)
    async with view(db, mandate) as v:
        application = await applications.get(v, application_id)
        v.permit(Resource(application_id, agency_of(mandate)))
        active = [
            agreement
            for agreement in await agreements.list_of_application(v, application_id, grants.State.ACTIVE)
            if agreement.is_valid_on(legal_day(v.now))
        ]
        used = await purposes.list_of(v, [agreement.id for agreement in active], grants.State.ACTIVE)
    operations = operations_of(api_routes(request.app))
    return AllowedView(
        application_id=application_id,
        state=application.state,
        grants=[
            AllowedGrant(
                agreement=agreement_view(agreement),
                purposes=[purpose_view(purpose) for purpose in used if purpose.agreement_id == agreement.id],
                operations=[_operation(each) for each in operations if each[2] in agreement.scope.services],
            )
            for agreement in active
        ],
        always=[_operation(each) for each in operations if each[2] is None],
    )


@router.get("/v1/public/answer-keys", summary="应答签名公钥 · The keys of signed answers")
async def list_answer_keys(
    runtime: Run, mandate: Annotated[Mandate, Depends(Allow(Action.ANSWER_KEY_LIST))]
) -> AnswerKeysView:
    """The public key that signs the answers to partners' systems (RFC 7517)."""
    key = runtime.answer_key.public
    return AnswerKeysView(keys=[AnswerKeyView(kid=key.kid, x=key.members["x"])])


def _operation(operation: tuple[str, str, Service | None, list[str]]) -> OperationView:
    method, path, service, components = operation
    return OperationView(method=method, path=path, service=service, components=components)
