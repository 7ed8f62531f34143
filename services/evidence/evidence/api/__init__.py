"""The HTTP surface of evidence: captures, bundles, the ledger, and the doors of cameras."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter

from evidence.api import (
    anchors,
    bundle,
    captures,
    counts,
    erasures,
    extracts,
    gaps,
    hearing,
    held,
    holds,
    ledger,
    queue,
    redactions,
    rejects,
    tiles,
    transfers,
    vouched,
)
from evidence.intake import native, routes_isapi
from evidence.intake import routes as cameras

ROUTERS: Final[tuple[APIRouter, ...]] = (
    captures.router,
    queue.router,
    redactions.router,
    gaps.router,
    transfers.router,
    erasures.router,
    bundle.router,
    ledger.router,
    extracts.router,
    vouched.router,
    tiles.router,
    anchors.router,
    rejects.router,
    held.router,
    holds.router,
    counts.router,
    hearing.router,
    cameras.router,
    native.router,
    routes_isapi.router,
)
