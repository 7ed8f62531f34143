"""The jobs of inventories: what a request did not finish, and files that were answered long ago."""

from __future__ import annotations

import logging
from datetime import timedelta

from common.door.uow import operational, view
from common.policy import Action, authorize, service_actor
from device_registry.inventories.carrying import carry_out
from device_registry.runtime import RegistryRuntime
from device_registry.store import imports

log = logging.getLogger(__name__)


async def carry_imports(runtime: RegistryRuntime) -> None:
    """Go on with every inventory that is under way, the oldest first.

    An import that cannot go on does not keep the others waiting: it is tried again at the next pass.
    """
    mandate = authorize(service_actor("device-registry"), Action.DEVICE_CARRY_IMPORT)
    async with view(runtime.db, mandate) as v:
        waiting = await imports.list_under_way(v)
    faults: list[Exception] = []
    for import_id in waiting:
        try:
            await carry_out(runtime, import_id)
        except Exception as fault:  # noqa: BLE001
            log.error("couldn't go on with import %s", import_id, exc_info=True)
            faults.append(fault)
    if faults:
        raise faults[0]


async def forget_files(runtime: RegistryRuntime) -> None:
    """Drop the bytes of files that were answered long ago. Their digests, rows and devices stay."""
    before = runtime.db.clock() - timedelta(days=runtime.settings.import_file_days)
    async with operational(runtime.db) as conn:
        await imports.forget_files(conn, before)
