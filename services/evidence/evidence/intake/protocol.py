"""What every route of GA/T 1400 shares: its answers are in the protocol, whatever happens.

Nothing here answers with a problem document: a camera reads ResponseStatusObject or nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from common.calls.tokens import AuthError
from common.door.uow import operational
from common.policy import Action, Mandate
from common.values.errors import Kind, Refusal
from common.web.auth import ADMITTED_HEADER, Allow
from common.web.openapi import takes
from common.web.problem import is_storage_away
from evidence.intake import answers, digest
from evidence.intake.door import REALM, Challenged, Known, intake_of
from evidence.runtime import EvidenceRuntime
from evidence.store import challenges

log = logging.getLogger(__name__)


class ViidRoute(APIRoute):
    """A route whose every answer, refusals and our own bugs included, is in the protocol."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def within_budget(request: Request) -> Response:
            try:
                async with intake_of(request).budget.room(length_of(request)):
                    return await handle(request)
            except AuthError:
                raise
            except Known as known:
                # The gateway asks who speaks before it reads the body, which then comes with this answer's word.
                return Response(status_code=204, headers={ADMITTED_HEADER: known.speaker.written})
            except Refusal as refusal:
                return await _refused(request, refusal)
            except HTTPException as error:
                if error.status_code == 413:
                    return await _refused(request, Refusal(Kind.TOO_LARGE, "BODY_TOO_LARGE", wording="push"))
                return await _refused(request, Refusal(Kind.MALFORMED, "VIID_REQUEST"))

        async def answered(request: Request) -> Response:
            try:
                return await within_budget(request)
            except AuthError:
                raise
            except Exception as error:  # noqa: BLE001
                return _failed(request, error)

        return answered


_IN_PROTOCOL: dict[str, Any] = {"content": {"application/VIID+JSON": {"schema": {"type": "object"}}}}


def camera_router() -> APIRouter:
    """A router for addresses of GA/T 1400."""
    responses: dict[int | str, dict[str, Any]] = dict.fromkeys(
        (200, 400, 401, 403, 404, 409, 413, 415, 429, 500, 501, 503), _IN_PROTOCOL
    )
    return APIRouter(route_class=ViidRoute, default_response_class=Response, responses=responses)


PUSHES: Final = takes("application/VIID+JSON")
Connecting = Annotated[Mandate, Depends(Allow(Action.CAPTURE_CONNECT, keyed=False))]


def length_of(request: Request) -> int:
    """The bytes of the body, as the gateway states them."""
    length = request.headers.get("content-length", "0")
    return int(length) if length.isascii() and length.isdigit() else 0


def _failed(request: Request, error: Exception) -> Response:
    """503 where storage is away or full, because a camera may send again then; else 500 for a bug of ours."""
    runtime: EvidenceRuntime = request.app.state.runtime
    if is_storage_away(error):
        log.error("couldn't reach storage for %s: %s", request.url.path, type(error).__name__)
        refusal = Refusal(Kind.UNAVAILABLE, "STORAGE_UNAVAILABLE")
    else:
        log.error("couldn't answer %s", request.url.path, exc_info=error)
        refusal = Refusal(Kind.CONFLICT, "VIID_INTERNAL")
    return answers.refused(refusal, url=request.url.path, at=runtime.clock())


async def _refused(request: Request, refusal: Refusal) -> Response:
    runtime: EvidenceRuntime = request.app.state.runtime
    now, challenge = runtime.clock(), None
    if isinstance(refusal, Challenged):
        async with operational(runtime.db) as conn:
            nonce = await challenges.add_nonce(conn, now=now)
        challenge = digest.challenge(REALM, nonce, stale=refusal.is_stale)
    return answers.refused(refusal, url=request.url.path, at=now, challenge=challenge)
