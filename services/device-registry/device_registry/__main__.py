"""`python -m device_registry serve | relay | migrate | check`."""

from __future__ import annotations

from common.web.serve import main
from device_registry.app import create
from device_registry.runtime import RegistrySettings, runtime_of

main("device-registry", RegistrySettings, lambda settings: create(runtime_of(settings)))
