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
    overview,
    ledger,
):
    router.include_router(_page.router)
