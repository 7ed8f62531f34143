"""`python -m device_registry serve | relay | migrate`."""

from __future__ import annotations

from common.web.serve import main
from common.web.settings import Settings
from device_registry.app import create
from device_registry.runtime import runtime_of

main("device-registry", Settings, lambda settings: create(runtime_of(settings)))
