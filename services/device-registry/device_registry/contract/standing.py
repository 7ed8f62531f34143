"""The signed statement about a device at an instant."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from common.values.ids import AgencyId, DeviceId
from common.web.wire import Out
from device_registry.contract.devices import MeasurementView
from device_registry.contract.words import StateName
from ledger.canonical import instant


class ViolationView(Out):
    code: str
    law: str
    detail: str


class GuardView(Out):
    guard: str
    passed: bool
    violations: list[ViolationView]


class FunctionStandingView(Out):
    """A function at the instant; `measures` is the limit, and the error that is deducted from its measured value."""

    code: str
    name: str
    lawful: bool
    measures: MeasurementView | None


class Capability(Out):
    """The statement about a device at `at`, as known at `known_at`; `state` is null before its first day.

    Since version 2 each function says what it measures.
    """

    v: Literal[2]
    device_id: DeviceId
    device_code: str | None
    agency_id: AgencyId
    at: datetime
    known_at: datetime
    state: StateName | None
    lawful: bool
    codes: list[str]
    functions: list[FunctionStandingView]
    guards: list[GuardView]
    place: str
    division: str | None
    longitude: str | None
    latitude: str | None
    profile: str

    def statement(self) -> dict[str, Any]:
        """The object that is signed: every field, instants with six decimals."""
        value = self.model_dump(mode="json")
        return value | {"at": instant(self.at), "known_at": instant(self.known_at)}

    def allows(self, violation_code: str) -> bool:
        """Whether the device might lawfully record this violation at `at`."""
        return any(function.code == violation_code and function.lawful for function in self.functions)


class SignedCapability(Out):
    """The statement as signed by the registry (`note`, UTF-8), its SHA-256, and its contents."""

    note: str
    sha256: str
    capability: Capability

    @property
    def note_bytes(self) -> bytes:
        """The exact bytes to keep: they verify against the registry's record key."""
        return self.note.encode()
