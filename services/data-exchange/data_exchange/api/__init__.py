"""The routes of the exchange: each locks, asks for the permit, applies one rule and saves its fact."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter

from data_exchange.api import (
    agreements,
    answering,
    applications,
    calendars,
    catalogue,
    cataloguereading,
    cataloguereview,
    comparing,
    dataanswers,
    datarequests,
    erasures,
    events,
    fetching,
    keys,
    letters,
    packages,
    partners,
    penalties,
    periods,
    purposes,
    reading,
    receipts,
    receiving,
    requesting,
    talking,
    transferring,
    urging,
)

ROUTERS: Final[tuple[APIRouter, ...]] = (
    calendars.router,
    reading.router,
    letters.router,
    requesting.router,
    answering.router,
    talking.router,
    periods.router,
    urging.router,
    receipts.router,
    cataloguereading.router,
    catalogue.router,
    cataloguereview.router,
    comparing.router,
    partners.router,
    applications.router,
    keys.router,
    agreements.router,
    purposes.router,
    datarequests.router,
    dataanswers.router,
    transferring.router,
    packages.router,
    receiving.router,
    events.router,
    erasures.router,
    penalties.router,
    fetching.router,
)
