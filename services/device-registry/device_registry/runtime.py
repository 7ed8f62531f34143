"""What the device registry needs to start, and what it holds while it runs, beside what every service has."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from common.web.auth import the_runtime
from common.web.runtime import Runtime, build_runtime
from common.web.settings import Settings
from device_registry.store.remembered import Remembered


class RegistrySettings(Settings):
    """The registry keeps nothing outside its database."""

    port: int = 8010


@dataclass(frozen=True, kw_only=True)
class RegistryRuntime(Runtime):
    """The registry's surroundings."""

    settings: RegistrySettings
    dossiers: Remembered = field(default_factory=Remembered, compare=False, repr=False)


def runtime_of(settings: RegistrySettings, *, background: bool = True) -> RegistryRuntime:
    """Opens no connection. Raises ValueError or OSError for a key file that cannot be used."""
    return RegistryRuntime(**vars(build_runtime("device-registry", settings, background=background)))


Run = Annotated[RegistryRuntime, the_runtime]
