"""The routes of the exchange: each locks, asks for the permit, applies one rule and saves its fact."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter

from data_exchange.api import answering, reading, requesting, urging

ROUTERS: Final[tuple[APIRouter, ...]] = (
    reading.router,
    requesting.router,
    answering.router,
    urging.router,
)
