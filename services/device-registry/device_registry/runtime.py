"""What the device registry needs to start, what it holds while it runs, and how its jobs go over many devices."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field

from common.door.blobs import BlobStore
from common.door.sealed import SealedBlobs
from common.values.ids import DeviceId, ImportId
from common.web.auth import the_runtime
from common.web.keeping import KeepingSettings, Place
from common.web.runtime import Runtime, build_runtime
from device_registry.domain.inventory import Row
from device_registry.store.remembered import Remembered


class LastRead:
    """The rows of the inventory that was received last, so that its job need not read the same file again.

    One file at the most, because a large one takes 100 MB; another process, or a later start, reads the file itself.
    """

    def __init__(self) -> None:
        self._import_id: ImportId | None = None
        self._rows: list[Row] = []

    def keep(self, import_id: ImportId, rows: list[Row]) -> None:
        self._import_id, self._rows = import_id, rows

    def take(self, import_id: ImportId) -> list[Row] | None:
        """The rows, once; None for an import that is not the last one."""
        if import_id != self._import_id:
            return None
        rows, self._import_id, self._rows = self._rows, None, []
        return rows


log = logging.getLogger(__name__)


class RegistrySettings(KeepingSettings):
    """Beside its database the registry keeps the contracts with market entities, and the public lists of past days."""

    port: int = Field(8010, description="监听端口 · the port to listen on")
    blobs: Place = Field(description="合同与公开名录目录 · the folder of contracts and public lists")
    import_most_rows: int = Field(
        50_000,
        description="一份清单至多多少行,更大者分份报送 · rows of one inventory; a larger one is sent in parts",
    )
    import_at_once: int = Field(
        500, description="多少行以内当场答复,更多者转为作业 · rows that are answered at once; more are a job"
    )
    import_file_days: int = Field(
        30,
        description="清单原件保存天数 · how long the bytes of a file are kept, for the same file with its answers",
    )


@dataclass(frozen=True, kw_only=True)
class RegistryRuntime(Runtime):
    """The registry's surroundings. `sealed` holds contracts, each readable under the secret of its device,
    `blobs` the public lists."""

    settings: RegistrySettings
    sealed: SealedBlobs
    blobs: BlobStore
    dossiers: Remembered = field(default_factory=Remembered, compare=False, repr=False)
    last_read: LastRead = field(default_factory=LastRead, compare=False, repr=False)


def runtime_of(settings: RegistrySettings, *, background: bool = True) -> RegistryRuntime:
    """Opens no connection. Raises ValueError or OSError for a key file that cannot be used."""
    core = build_runtime("device-registry", settings, background=background)
    store = settings.store(settings.blobs)
    return RegistryRuntime(
        **vars(core),
        sealed=SealedBlobs(store, core.db.secrets),
        blobs=BlobStore(store),
    )


Run = Annotated[RegistryRuntime, the_runtime]


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
