"""The officers' desk and the supervisor's view."""

from __future__ import annotations

from fastapi import APIRouter

from gateway.web.console import (
    case,
    caseacts,
    cases,
    cleanup,
    devices,
    exchange,
    imports,
    ledger,
    overview,
    purposes,
    requests,
    review,
    today,
)

router = APIRouter()
for _page in (
    today,
    purposes,
    review,
    cases,
    case,
    caseacts,
    devices,
    imports,
    cleanup,
    exchange,
    requests,
    overview,
    ledger,
):
    router.include_router(_page.router)
