"""Work on many devices without a caller: each by itself, so that one that cannot be worked on holds up no other."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable

from common.values.ids import DeviceId

log = logging.getLogger(__name__)


async def each_device(
    ids: Iterable[DeviceId], act: Callable[[DeviceId], Awaitable[object]], *, doing: str
) -> None:
    """Do `act` for each device. One that fails is tried once more after the others; then it is logged and left.

    What is left comes with the next pass of the job. The night is not repeated for it: work on a whole city every few
    seconds would help nobody.
    """
    failed = [device_id for device_id in ids if await _failure(act, device_id) is not None]
    for device_id in failed:
        error = await _failure(act, device_id)
        if error is not None:
            log.error("couldn't %s %s: %s", doing, device_id, type(error).__name__)


async def _failure(act: Callable[[DeviceId], Awaitable[object]], device_id: DeviceId) -> Exception | None:
    try:
        await act(device_id)
    except Exception as error:  # noqa: BLE001 the work on the other devices goes on
        return error
    return None
