"""The registry over HTTP: each route is the pipeline of architecture.md §3 and nothing else."""

from __future__ import annotations

from device_registry.api import accounts, applications, imports, papers, reading, service

ROUTERS = (
    reading.router,
    applications.router,
    papers.router,
    service.router,
    accounts.router,
    imports.router,
)
