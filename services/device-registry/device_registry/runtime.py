"""What the device registry needs to start, and what it holds while it runs, beside what every service has."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from common.door.blobs import BlobStore
from common.door.sealed import SealedBlobs
from common.web.auth import the_runtime
from common.web.runtime import Runtime, build_runtime
from common.web.settings import Settings
from device_registry.store.remembered import Remembered


class RegistrySettings(Settings):
    """Beside its database the registry keeps the contracts with market entities, and the public lists of past days."""

    port: int = 8010
    blobs: Path
    import_most_rows: int = 50_000  # rows of one inventory; a larger one is sent in parts
    import_at_once: int = 500  # rows of a file that is answered within its request; a larger one is a job
    import_file_days: int = 30  # how long the bytes of a file are kept, for the same file with its answers


@dataclass(frozen=True, kw_only=True)
class RegistryRuntime(Runtime):
    """The registry's surroundings. `sealed` holds contracts, each readable under the secret of its device,
    `blobs` the public lists."""

    settings: RegistrySettings
    sealed: SealedBlobs
    blobs: BlobStore
    dossiers: Remembered = field(default_factory=Remembered, compare=False, repr=False)


def runtime_of(settings: RegistrySettings, *, background: bool = True) -> RegistryRuntime:
    """Opens no connection. Raises ValueError or OSError for a key file that cannot be used."""
    core = build_runtime("device-registry", settings, background=background)
    return RegistryRuntime(
        **vars(core),
        sealed=SealedBlobs(settings.blobs, core.db.secrets),
        blobs=BlobStore(settings.blobs),
    )


Run = Annotated[RegistryRuntime, the_runtime]
