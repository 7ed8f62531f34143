"""The papers that prove a device."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from common.web.wire import Code, Day, Digest, In, Text
from device_registry.contract.words import Count, PaperNo, ResultName, SignKindName


class AcceptanceTestOrder(In):
    """How many captures of the trial were looked at, and how many of them were right."""

    captures: Count
    correct: Count
    tested_on: Day


class ConformityOrder(In):
    """检测报告 against a national or industry standard, from its date on; without a last day it does not expire."""

    standard: PaperNo
    report_no: PaperNo
    issuer: Text
    result: ResultName
    from_on: Day
    until_on: Day | None = None


class VerificationOrder(In):
    """检定证书 (or a calibration, or a type test): validity as printed on it, functions by violation code."""

    kind: Literal["VERIFICATION", "CALIBRATION", "TYPE_TEST"] = "VERIFICATION"
    certificate_no: PaperNo
    issuer: Text
    result: ResultName
    functions: list[Code] = Field(min_length=1, max_length=20)
    verified_on: Day
    valid_until: Day


class SignageOrder(In):
    """标志标识: where it stands, its words, the digest of its photograph, its first day, and its last if it is gone.

    A vehicle has a LIVERY and a drone a ROUTE_NOTICE; every other device has a SIGN.
    """

    kind: SignKindName = "SIGN"
    photo_sha256: Digest
    position: Text
    text: Text
    from_on: Day
    until_on: Day | None = None
