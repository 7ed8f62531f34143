"""What the device registry needs to start and holds while it runs: what every service has."""

from __future__ import annotations

from common.web.auth import Run
from common.web.runtime import Runtime, build_runtime
from common.web.settings import Settings

__all__ = ["Run", "Runtime", "Settings", "runtime_of"]


def runtime_of(settings: Settings, *, background: bool = True) -> Runtime:
    """Opens no connection. Raises ValueError or OSError for a key file that cannot be used."""
    return build_runtime("device-registry", settings, background=background)
