"""The officers' desk and the supervisor's view."""

from __future__ import annotations

from fastapi import APIRouter

from gateway.web.console import ledger, review

router = APIRouter()
router.include_router(review.router)
router.include_router(ledger.router)
