"""The registry over HTTP: each route locks, asks for the permit, applies one rule and saves its fact."""

from __future__ import annotations

from device_registry.api import (
    accounts,
    applications,
    basiswarnings,
    campaigns,
    certificates,
    cleanup_reports,
    contracts,
    corrections,
    coverage,
    directory,
    expiry,
    findings,
    imports,
    keys,
    papers,
    plans,
    reading,
    rectifying,
    secretaddresses,
    service,
)

ROUTERS = (
    reading.router,
    plans.router,
    applications.router,
    coverage.router,
    contracts.router,
    papers.router,
    corrections.router,
    service.router,
    expiry.router,
    accounts.router,
    directory.router,
    certificates.router,
    keys.router,
    secretaddresses.router,
    imports.router,
    findings.router,
    campaigns.router,
    cleanup_reports.router,
    rectifying.router,
    basiswarnings.router,
)
