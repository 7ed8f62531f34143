"""Where the objects of a message lie: the envelope of the standard, and those that platforms and forwarders send.

    {"MotorVehicleListObject": {"MotorVehicleObject": [ … ]}}     the standard; in any case of its letters
    … one object where a list belongs                             ENVELOPE_VARIANT, like everything below
    {"MotorVehicleObjectList": {"MotorVehicleObject": [ … ]}}     notifications; or {"MotorVehicleList": [ … ]} within
    {"MotorVehicleObjectList": [ … ]}                             a forwarder's bare list; also without any envelope
    {"MotorVehiclesListObject": {"MotorVehiclesObject": [ … ]}}   a query's answer, pushed on

NonMotorVehicles (electric bicycles) alike, with their own name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from common.values.errors import Kind, Refusal
from evidence.domain.capture import Flag
from evidence.intake.gat1400.values import text

MAX_OBJECTS: Final = 1_000


@dataclass(frozen=True)
class Sort:
    """A sort of object that is taken in, by the name from which the standard builds its keys."""

    name: str

    @property
    def envelope(self) -> str:
        """The key under which a push of the standard holds its objects."""
        return f"{self.name}ListObject"

    @property
    def id_key(self) -> str:
        """The key of an object's own id."""
        return f"{self.name}ID"


MOTOR_VEHICLE: Final = Sort("MotorVehicle")
NON_MOTOR_VEHICLE: Final = Sort("NonMotorVehicle")
PUSH: Final = MOTOR_VEHICLE.envelope
PUSHES: Final = frozenset({PUSH, NON_MOTOR_VEHICLE.envelope})
"""The envelopes of pushes: a request with one of them may be large, and its objects name their devices."""


def vehicles(document: Any, sort: Sort = MOTOR_VEHICLE) -> tuple[list[Any], frozenset[Flag]]:
    """The objects of a push. Raises Refusal MALFORMED where no known envelope holds them."""
    name = sort.name.lower()
    if isinstance(document, list) and document and all(_is_object(thing, sort) for thing in document):
        return document, frozenset({Flag.ENVELOPE_VARIANT})
    for key in (f"{name}listobject", f"{name}objectlist", f"{name}slistobject"):
        holder = document.get(key) if isinstance(document, dict) else None
        things = listed(holder, sort)
        if things is not None:
            is_standard = key == sort.envelope.lower() and things is _standard(holder, name)
            return things, frozenset() if is_standard else frozenset({Flag.ENVELOPE_VARIANT})
    raise Refusal(Kind.MALFORMED, "VIID_NO_ENVELOPE", {"envelope": sort.envelope})


def listed(holder: Any, sort: Sort) -> list[Any] | None:
    """The objects in the value of an envelope: a list, a list under one of its names, one object; None for neither."""
    if isinstance(holder, list):
        return holder
    if not isinstance(holder, dict):
        return None
    name = sort.name.lower()
    for key in (f"{name}object", f"{name}list", f"{name}sobject"):
        inner = holder.get(key)
        if inner is not None:
            return inner if isinstance(inner, list) else [inner]
    return [holder] if _is_object(holder, sort) else None


def device_id(document: Any, envelope: str) -> str | None:
    """The DeviceID of a system message, wrapped in `envelope` or flat; None where there is none."""
    if not isinstance(document, dict):
        return None
    inner = document.get(envelope.lower(), document)
    return text(inner.get("deviceid"), set(), 64) if isinstance(inner, dict) else None


def _standard(holder: Any, name: str) -> Any:
    return holder.get(f"{name}object") if isinstance(holder, dict) else None


def _is_object(thing: Any, sort: Sort) -> bool:
    return isinstance(thing, dict) and sort.id_key.lower() in thing
