"""The routes of case: the only files here that speak HTTP."""

from __future__ import annotations

from case.api import (
    catalogue,
    corrections,
    deciding,
    ending,
    erasing,
    exporting,
    filing,
    fines,
    notices,
    oversight,
    payments,
    procedure,
    querycodes,
    reading,
    refunds,
    remedies,
    searching,
    service,
    successions,
    verifying,
)

routers = [
    reading.router,
    notices.router,
    querycodes.router,
    filing.router,
    procedure.router,
    service.router,
    deciding.router,
    corrections.router,
    ending.router,
    remedies.router,
    payments.router,
    refunds.router,
    erasing.router,
    exporting.router,
    oversight.router,
    searching.router,
    fines.router,
    catalogue.router,
    successions.router,
    verifying.router,
]
