"""The device registry as an ASGI app."""

from __future__ import annotations

from fastapi import FastAPI

from common.web.app import Job, create_app
from device_registry.abnormality.monthly import LOOK, look_at_months
from device_registry.api import ROUTERS
from device_registry.cleanup.campaigning import note_overdue, take_baselines
from device_registry.cleanup.nightly import evaluate_devices, stop_expired
from device_registry.cleanup.yearly import watch_reports
from device_registry.inventories.queue import carry_imports, forget_files
from device_registry.jobs import end_shared_devices, follow_law, recheck_guards
from device_registry.publishing.daily import take_public_list
from device_registry.runtime import RegistryRuntime
from device_registry.watching.listening import note_signals

MAX_BODY = 16 * 1024 * 1024  # the file of an inventory of 50,000 rows


def create(runtime: RegistryRuntime) -> FastAPI:
    """The app of one registry process."""
    jobs = [
        Job("law", follow_law),
        Job("guards", recheck_guards, 2.0),
        Job("signals", note_signals, 10.0),
        Job("situations", evaluate_devices, 2.0),
        Job("legacy", stop_expired, 2.0),
        Job("sharings", end_shared_devices, 2.0),
        Job("baselines", take_baselines, 0.5),
        Job("overdue-reports", note_overdue, 2.0),
        Job("yearly-reports", watch_reports, 2.0),
        Job(LOOK, look_at_months, 600.0),
        Job("imports", carry_imports),
        Job("import-files", forget_files, 3_600.0),
        Job("public-list", take_public_list, 2.0),
    ]
    return create_app(runtime, routers=ROUTERS, jobs=jobs, max_body=MAX_BODY)
