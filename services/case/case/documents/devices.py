"""The devices of a case as the decision prints them, read from the public list of the registry."""

from __future__ import annotations

from case.documents.content import DeviceLine
from case.runtime import CaseRuntime
from case.store.dossiers import Dossier
from common.values.calendar import legal_day
from common.values.errors import Kind, Refusal
from common.values.law import APL_41
from device_registry.contract import DeviceRegistry


async def published_devices(runtime: CaseRuntime, dossier: Dossier) -> tuple[DeviceLine, ...]:
    """The devices of the case, each with the day on which its location was published (APL 41(1)).

    The decision tells the party what anyone can look up, so each device is read from the public list, with the address
    at which the list shows it.
    """
    registry = DeviceRegistry(runtime.peers)
    exhibits = {exhibit.device_code: exhibit for exhibit in dossier.exhibits}
    devices, missing = [], []
    for code, exhibit in sorted(exhibits.items()):
        try:
            public = await registry.published(exhibit.device_id)
        except Refusal as refusal:
            if refusal.kind is not Kind.NOT_FOUND:
                raise
            missing.append(code)
            continue
        if public.published_at is not None:
            published_on = legal_day(public.published_at)
            devices.append(DeviceLine(code, exhibit.place, published_on, public.address))
    if missing:
        raise Refusal(
            Kind.CONFLICT, "CASE_DEVICE_INVALID", {"missing": missing}, wording="unpublished", article=APL_41
        )
    return tuple(devices)
