"""The status reports of providers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from common.policy import Action, Mandate
from common.web.auth import Allow
from common.web.openapi import sends, takes
from notification.channels.callbacks import require_provider
from notification.runtime import Run
from notification.store import callbacks

router = APIRouter()


@router.post(
    "/v1/provider-callbacks/{provider}",
    summary="通道状态报告 · A provider reports what became of orders",
    response_class=Response,
    responses=sends("application/json"),
    openapi_extra=takes("application/octet-stream"),
)
async def take_report(
    provider: str,
    request: Request,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.DELIVERY_REPORT, keyed=False))],
) -> Response:
    """Reports of a provider that the operator configured: from its addresses, signed with its secret (X-Signature).

    The answer comes once the body is stored. It is read afterwards, so a report about an unknown order is taken too.
    The same body a second time changes nothing.
    """
    body = await request.body()
    signature = request.headers.get("x-signature", "")
    reports = require_provider(
        runtime.roster, provider, address=mandate.actor.address, signature=signature, body=body
    )
    await callbacks.keep(runtime.db, provider, body)
    return Response(reports.answer, media_type="application/json")
