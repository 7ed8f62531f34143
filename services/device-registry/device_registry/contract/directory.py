"""The devices of a push account, as a platform above reads them (the directory of GA/T 1400.4)."""

from __future__ import annotations

from common.web.wire import Out
from device_registry.contract.words import KindShown, StateName


class ListedDeviceView(Out):
    """A device for which the account speaks. Coordinates are WGS-84 degrees with six decimals."""

    code: str
    kind: KindShown
    state: StateName
    place: str
    division: str | None
    direction: str
    longitude: str | None
    latitude: str | None


class ListedDevicesView(Out):
    """Devices in the order of their codes; `total` counts those on other pages too."""

    items: list[ListedDeviceView]
    total: int
