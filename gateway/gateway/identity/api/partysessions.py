"""The sign-in of a party without an account, with the query code of its document and a second factor."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response

from common.policy import Action, Mandate
from common.values.errors import Kind
from common.web.auth import Allow
from common.web.openapi import refuses
from gateway.identity.contract import PartySessionOrder, PartySessionView
from gateway.identity.issuer.querycodes import QueryCodes

PATH: Final = "/v1/party-sessions"

Opening = Annotated[Mandate, Depends(Allow(Action.SESSION_OPEN, keyed=False))]


def party_session_router(codes: QueryCodes) -> APIRouter:
    """The route over `codes`."""
    router = APIRouter(tags=["identity"])

    @router.post(
        PATH,
        summary="凭查询码登录 · Sign in with a query code",
        responses=refuses(Kind.NOT_FOUND, Kind.LIMITED, Kind.UNAUTHENTICATED),
        status_code=201,
    )
    async def begin_party_session(
        order: PartySessionOrder, request: Request, response: Response, mandate: Opening
    ) -> PartySessionView:
        """A session for one case: the code stands on the 告知提示 and on the 行政处罚事先告知书.

        It reads that case, its documents and its messages, and states a defence; nothing else of the party. Like every
        session it is bound to the key of the device: send a DPoP proof, here and with every call (RFC 9449).
        """
        answer = await codes.begin(
            order, request.headers.get("dpop"), path=PATH, address=mandate.actor.address
        )
        response.headers["cache-control"] = "no-store"
        return PartySessionView(**answer)

    return router
