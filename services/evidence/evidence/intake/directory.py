"""The directory for platforms above: the devices on the list of their account, as GA/T 1400.4 names them.

    cameras (type 119, 132) ─▶ APEs      collecting systems (120) ─▶ APSs      tollgates (121) ─▶ Tollgates

The registry says what is told: place, code, division, coordinates. Addresses and passwords of cameras are not told to
anybody, so IPAddr is 0.0.0.0 and Port 0.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from common.calls.http import Peers
from common.values.errors import Kind, Refusal
from device_registry.contract import DeviceRegistry, ListedDeviceView

_MOST: Final = 1_000
_USUAL: Final = 100
_ONLINE, _OFFLINE, _UNKNOWN = "1", "2", "9"
_CODE: Final = re.compile(r"[0-9]{20}")


@dataclass(frozen=True)
class Catalogue:
    """One list of the directory: its names in the protocol, and the types of code that belong to it."""

    resource: str
    envelope: str
    name: str
    types: tuple[str, ...]
    written: Callable[[ListedDeviceView], dict[str, Any]]


def _ape(device: ListedDeviceView) -> dict[str, Any]:
    return {
        "ApeID": device.code,
        "Name": device.place[:100],
        "Model": "",
        "IPAddr": "0.0.0.0",  # noqa: S104 an address that is not told, and none that we listen on
        "Port": 0,
        **_place(device),
        "IsOnline": _state(device),
        "FunctionType": "1",
    }


def _aps(device: ListedDeviceView) -> dict[str, Any]:
    return {
        "ApsID": device.code,
        "Name": device.place[:100],
        "IPAddr": "0.0.0.0",  # noqa: S104 as above
        "Port": 0,
        "IsOnline": _state(device),
    }


def _tollgate(device: ListedDeviceView) -> dict[str, Any]:
    return {
        "TollgateID": device.code,
        "Name": device.place[:100],
        **_place(device),
        "Status": "1" if device.state == "ACTIVE" else "2",
        "TollgateCat": "99",
        "TollgateUsage": 81,
    }


def _place(device: ListedDeviceView) -> dict[str, Any]:
    return {
        "Longitude": float(device.longitude or 0),
        "Latitude": float(device.latitude or 0),
        "PlaceCode": (device.division or device.code)[:6],
        "Place": device.place[:256],
    }


def _state(device: ListedDeviceView) -> str:
    """Whether it is in service. Nobody measures here whether it answers, so it is never said to be online."""
    return _UNKNOWN if device.state == "ACTIVE" else _OFFLINE


APES: Final = Catalogue("APEs", "APEListObject", "APEObject", ("119", "132", "131"), _ape)
APSS: Final = Catalogue("APSs", "APSListObject", "APSObject", ("120",), _aps)
TOLLGATES: Final = Catalogue("Tollgates", "TollgateListObject", "TollgateObject", ("121",), _tollgate)


async def page(peers: Peers, account: str, catalogue: Catalogue, query: Mapping[str, str]) -> dict[str, Any]:
    """One page of a list of the directory. Refusal MALFORMED for a query in another dialect than we read."""
    asked = _Query.read(query)
    listed = await DeviceRegistry(peers).account_devices(
        account, types=catalogue.types, codes=asked.codes, first=asked.first, limit=asked.most
    )
    objects = [catalogue.written(device) for device in listed.items]
    counts = {"Pages": -(-listed.total // asked.most), "PageNum": (asked.first - 1) // asked.most + 1}
    head = {"TotalNum": listed.total, "RecordStartNo": asked.first, "PageRecordNum": len(objects), **counts}
    return {catalogue.envelope: {**head, catalogue.name: objects}}


@dataclass(frozen=True)
class _Query:
    """`IDList=a,b`, `RecordStartNo` from 1, `PageRecordNum` up to 1,000; names in any case."""

    codes: tuple[str, ...]
    first: int
    most: int

    @classmethod
    def read(cls, query: Mapping[str, str]) -> _Query:
        values = {
            name.lower().strip("()").rpartition(".")[2]: value.strip("()") for name, value in query.items()
        }
        codes = tuple(code.strip() for code in values.pop("idlist", "").split(",") if code.strip())
        first = _whole(values.pop("recordstartno", ""), 1)
        most = min(_whole(values.pop("pagerecordnum", ""), _USUAL), _MOST)
        if values or not all(_CODE.fullmatch(code) for code in codes) or len(codes) > _MOST:
            raise Refusal(Kind.MALFORMED, "VIID_QUERY_NOT_READ")
        return cls(codes, first, most)


def _whole(text: str, otherwise: int) -> int:
    if not text:
        return otherwise
    if not re.fullmatch(r"[1-9][0-9]{0,5}", text.strip()):
        raise Refusal(Kind.MALFORMED, "VIID_QUERY_NOT_READ")
    return int(text)
