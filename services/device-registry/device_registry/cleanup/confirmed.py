"""What people confirmed against a device, as the acts upon it ask."""

from __future__ import annotations

from collections.abc import Sequence

from common.door.uow import Tx
from device_registry.domain import confirmed as law
from device_registry.domain.cleanup import Category
from device_registry.domain.device import Device
from device_registry.store import findings, rectifications


async def list_unrectified(tx: Tx, device: Device) -> Sequence[Category]:
    """The categories of the confirmed findings of the device, which is held, that are not rectified."""
    attempts = await rectifications.list_by_device(tx, device.id)
    return law.unrectified(await findings.list_by_device(tx, device.id), attempts)


async def require_rectified(tx: Tx, device: Device) -> None:
    """Refusal CLN_NOT_RECTIFIED while a confirmed finding stands against the device, which is held (PJ §2)."""
    attempts = await rectifications.list_by_device(tx, device.id)
    law.require_rectified(device, await findings.list_by_device(tx, device.id), attempts)
