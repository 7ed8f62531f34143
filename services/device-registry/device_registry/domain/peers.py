"""With which devices a device is compared: those that watch for the same, of the same kind, at the same class of place.

Two cameras for speeding on roads are alike; one for parking at a school is not like them. The class of a road is not on
record, so the type of the place stands for it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeVar

from device_registry.domain.device import DeviceKind, PlaceType


class Scope(StrEnum):
    """How wide the group is that a device was compared with. NOBODY: too few devices of the city are like it."""

    PEERS = "PEERS"
    CITY = "CITY"
    NOBODY = "NOBODY"


@dataclass(frozen=True)
class Peer:
    """What devices must have in common: the groups of their violation codes, their kind, the type of their place."""

    codes: tuple[str, ...]
    kind: DeviceKind
    place_type: PlaceType


class Comparable(Protocol):
    """A thing that has peers."""

    @property
    def peer(self) -> Peer: ...


C = TypeVar("C", bound=Comparable)


def peer_of(codes: Iterable[str], kind: DeviceKind, place_type: PlaceType) -> Peer:
    """The peers of a device that watches for the violations `codes`: those that watch for the same ones."""
    return Peer(tuple(sorted({code_group(code) for code in codes})), kind, place_type)


def code_group(code: str) -> str:
    """The group of a violation code: the code without its last two digits, `CM-0107` to `CM-01`."""
    return re.sub(r"(?<=\d\d)\d\d$", "", code)


def grouped(devices: Iterable[C], *, least: int) -> Mapping[Peer, tuple[Scope, tuple[C, ...]]]:
    """The devices that each kind of peer is compared with, itself included.

    Its peers where there are at least `least` of them; else all of the city with the same groups of codes; nobody where
    these are too few as well.
    """
    close: dict[Peer, list[C]] = defaultdict(list)
    wide: dict[tuple[str, ...], list[C]] = defaultdict(list)
    for device in devices:
        close[device.peer].append(device)
        wide[device.peer.codes].append(device)
    answer: dict[Peer, tuple[Scope, tuple[C, ...]]] = {}
    for peer, group in close.items():
        if len(group) >= least:
            answer[peer] = (Scope.PEERS, tuple(group))
        elif len(wide[peer.codes]) >= least:
            answer[peer] = (Scope.CITY, tuple(wide[peer.codes]))
        else:
            answer[peer] = (Scope.NOBODY, ())
    return answer
