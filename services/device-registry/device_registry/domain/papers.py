"""The papers of a device: they prove standard, measurement, sign and trial (NJ 8, 10; Metrology 9).

A paper is recorded as it stands, also one that says FAIL: the guards judge it, for the instant they are asked
about. Nothing is ever replaced; the next paper stands beside the last.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from common.values.calendar import legal_day
from common.values.errors import Kind, Refusal
from common.values.facts import Fact
from common.values.law import APL_41_1, METROLOGY_9, NJ_8, NJ_10, PD_7, Article
from device_registry.domain.device import Device, PaperKind, Result, SignKind, State
from device_registry.domain.lifecycle import Act, require
from device_registry.domain.mobile import sign_of

_CLOSED = {State.REJECTED, State.RETIRED}


@dataclass(frozen=True)
class DeviceAcceptanceTested(Fact):
    type: ClassVar[str] = "device.acceptance_tested"
    captures: int
    correct: int
    tested_on: date


@dataclass(frozen=True)
class DeviceConformityRecorded(Fact):
    type: ClassVar[str] = "device.conformity_recorded"
    standard: str
    report_no: str
    result: Result
    from_on: date
    until_on: date | None


@dataclass(frozen=True)
class DeviceVerificationRecorded(Fact):
    type: ClassVar[str] = "device.verification_recorded"
    kind: PaperKind
    certificate_no: str
    result: Result
    functions: tuple[str, ...]
    verified_on: date
    valid_until: date


@dataclass(frozen=True)
class DeviceSignageRecorded(Fact):
    type: ClassVar[str] = "device.signage_recorded"
    v: ClassVar[int] = 2
    kind: SignKind
    photo_sha256: str
    from_on: date
    until_on: date | None


def record_acceptance_test(
    device: Device, *, captures: int, correct: int, tested_on: date, by: str, at: datetime
) -> DeviceAcceptanceTested:
    """The outcome of a trial as two counts (D-T9). A test that falls short is recorded too; the guard refuses it.

    The applicant, who wants the device, may not count how often it was right (Inv. 2).
    """
    require(device, Act.TEST)
    if by in (device.registered_by, device.submitted_by):
        raise Refusal(
            Kind.FORBIDDEN, "DEV_DUTY_SEPARATION", {"device": device.id}, wording="applied", article=APL_41_1
        )
    _require_past(device, tested_on, at, NJ_8)
    if not 0 <= correct <= captures:
        raise Refusal(Kind.INVALID, "DEV_ACCEPTANCE_COUNTS", {"captures": captures}, article=NJ_8)
    return DeviceAcceptanceTested(device.id, captures, correct, tested_on)


def record_conformity(
    device: Device,
    *,
    standard: str,
    report_no: str,
    result: Result,
    from_on: date,
    until_on: date | None,
    at: datetime,
) -> DeviceConformityRecorded:
    """A test report against a national or industry standard (APL 41(1); NJ 8)."""
    _require_open(device)
    _require_past(device, from_on, at, NJ_8)
    _require_order(device, from_on, until_on, NJ_8)
    return DeviceConformityRecorded(device.id, standard, report_no, result, from_on, until_on)


def record_verification(
    device: Device,
    *,
    kind: PaperKind,
    certificate_no: str,
    result: Result,
    functions: tuple[str, ...],
    verified_on: date,
    valid_until: date,
    at: datetime,
) -> DeviceVerificationRecorded:
    """A metrology certificate for functions that the device has (Metrology 9). Its validity is the paper's own."""
    _require_open(device)
    _require_past(device, verified_on, at, METROLOGY_9)
    _require_order(device, verified_on, valid_until, METROLOGY_9)
    known = {function.code for function in device.functions}
    if not functions or not set(functions) <= known:
        raise Refusal(
            Kind.INVALID,
            "DEV_FUNCTION_UNKNOWN",
            {"device": device.id, "functions": sorted(known)},
            article=METROLOGY_9,
        )
    return DeviceVerificationRecorded(
        device.id, kind, certificate_no, result, functions, verified_on, valid_until
    )


def record_signage(
    device: Device, *, kind: SignKind, photo_sha256: str, from_on: date, until_on: date | None, at: datetime
) -> DeviceSignageRecorded:
    """A sign as its photograph shows it, from the day it stood (APL 41(1); NJ 10).

    A post at the roadside tells nobody that a vehicle or a drone watches: they have a livery and a notice of the route.
    """
    _require_open(device)
    needed = sign_of(device.kind)
    if kind is not needed:
        facts = {"device": device.id, "kind": device.kind, "needed": needed}
        raise Refusal(Kind.INVALID, "DEV_SIGNAGE_KIND", facts, article=PD_7)
    _require_past(device, from_on, at, NJ_10)
    _require_order(device, from_on, until_on, NJ_10)
    return DeviceSignageRecorded(device.id, kind, photo_sha256, from_on, until_on)


def _require_open(device: Device) -> None:
    if device.state in _CLOSED:
        raise Refusal(
            Kind.CONFLICT,
            "DEV_TRANSITION_NOT_ALLOWED",
            {"device": device.id, "state": device.state},
            wording="papers",
            article=APL_41_1,
        )


def _require_past(device: Device, day: date, at: datetime, article: Article) -> None:
    if day > legal_day(at):
        raise Refusal(
            Kind.INVALID,
            "DEV_PAPER_PERIOD",
            {"device": device.id, "today": legal_day(at)},
            wording="future",
            article=article,
        )


def _require_order(device: Device, first: date, last: date | None, article: Article) -> None:
    if last is not None and last < first:
        raise Refusal(
            Kind.INVALID, "DEV_PAPER_PERIOD", {"device": device.id, "first": first}, article=article
        )
