"""The public list of each day that is over, fixed in the ledger (NJ 10)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from typing import Final

from common.door.uow import change, view
from common.policy import Action, Mandate, authorize, service_actor
from common.values.calendar import end_of
from common.values.ids import PublicListId
from device_registry.domain.publiclist import due_day, lines_of, take
from device_registry.publishing.views import public_view
from device_registry.runtime import RegistryRuntime
from device_registry.store import public, publiclists

SERVICE: Final = "device-registry"
_IN_A_LIST: Final = 2_000
"""So many devices are read at a time."""


async def take_public_list(runtime: RegistryRuntime) -> None:
    """When a day is over, fix its public list in the ledger (NJ 10). The file is stored before the record names it."""
    mandate = authorize(service_actor(SERVICE), Action.DEVICE_TAKE_PUBLIC_LIST)
    async with view(runtime.db, mandate) as v:
        day = due_day(await publiclists.find_last_day(v), at=v.now)
    lines = [] if day is None else [line async for line in _public_lines(runtime, mandate, day)]
    if day is None or not lines:
        return
    async with change(runtime.db, mandate) as tx:
        await publiclists.hold(tx)
        # Asked again: another process may have taken it meanwhile.
        if due_day(await publiclists.find_last_day(tx), at=tx.now) != day:
            return
        list_id = PublicListId.new(tx.now)
        fact, content = take(list_id, day, lines)
        await runtime.blobs.put(content)
        await publiclists.add(tx, tx.permit(publiclists.resource(list_id)), fact)


async def _public_lines(runtime: RegistryRuntime, mandate: Mandate, day: date) -> AsyncIterator[bytes]:
    """The lines of the devices that were on record as published when `day` was over."""
    last = ""
    while True:
        async with view(runtime.db, mandate) as v:
            some = await public.list_published(v, after=last, limit=_IN_A_LIST, before=end_of(day))
        shown = [public_view(device, city_domain=runtime.profile.city_domain) for device in some]
        for line in lines_of([device.model_dump(mode="json") for device in shown]):
            yield line
        if len(some) < _IN_A_LIST:
            return
        last = some[-1].id
