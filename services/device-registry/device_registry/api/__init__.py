"""The registry over HTTP: each route locks, asks for the permit, applies one rule and saves its fact."""

from __future__ import annotations

from device_registry.api import accounts, applications, directory, imports, papers, reading, service

ROUTERS = (
    reading.router,
    applications.router,
    papers.router,
    service.router,
    accounts.router,
    directory.router,
    imports.router,
)
