"""`python -m device_registry serve | relay | migrate`."""

from __future__ import annotations

from common.web.serve import main
from device_registry.app import create

main("device-registry", create)
