"""The contract with the market entity that sets a device up (PJ §1, PJ §2.6).

The agency files two documents: the contract, and the declaration in which the market entity signs that nothing it earns
hangs on the fines. Only both together are a paper in the device's favour.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from common.values.calendar import legal_day
from common.values.errors import Kind, Refusal, Violation
from common.values.facts import Commitment, Fact
from common.values.law import PJ_1
from device_registry.domain.device import Device, Dossier, InstallerType, State


class ContractDocument(StrEnum):
    CONTRACT = "CONTRACT"
    DECLARATION = "DECLARATION"


@dataclass(frozen=True)
class Filed:
    """A document that is on file."""

    sha256: str
    document: ContractDocument


@dataclass(frozen=True)
class DeviceContractFiled(Fact):
    """`document` came with these bytes. They stay sealed with the device: a contract names people."""

    type: ClassVar[str] = "device.contract_filed"
    document: ContractDocument
    sha256: str
    size: int


@dataclass(frozen=True)
class DeviceRevenueDeclared(Fact):
    """The market entity signed that it has no link to the fines. Commitments to its name and to who signed."""

    type: ClassVar[str] = "device.revenue_declared"
    contract_sha256: str
    declaration_sha256: str
    declared_on: date
    entity: Commitment
    signatory: Commitment


def file_document(
    device: Device,
    filed: Collection[Filed],
    *,
    document: ContractDocument,
    sha256: str,
    size: int,
) -> DeviceContractFiled | None:
    """Keep a document of the contract; None if these bytes are on file already as the same document.

    A device that the agency sets up itself has no such contract, and a document that names people is not kept for
    nothing.
    """
    require_entity(device)
    known = next((each.document for each in filed if each.sha256 == sha256), None)
    if known is document:
        return None
    if known is not None:
        facts = {"device": device.id, "sha256": sha256, "known": known}
        raise Refusal(Kind.CONFLICT, "DEV_CONTRACT_FILED", facts, article=PJ_1)
    return DeviceContractFiled(device.id, document, sha256, size)


def declare(
    device: Device,
    filed: Collection[Filed],
    *,
    contract_sha256: str,
    declaration_sha256: str,
    declared_on: date,
    entity: Commitment,
    signatory: Commitment,
    at: datetime,
) -> DeviceRevenueDeclared:
    """Record the declaration: both documents are on file, and it was signed on a day that has come (PJ §1)."""
    require_entity(device)
    wanted = (
        Filed(contract_sha256, ContractDocument.CONTRACT),
        Filed(declaration_sha256, ContractDocument.DECLARATION),
    )
    absent = [each.document for each in wanted if each not in filed]
    if absent:
        facts = {"device": device.id, "missing": absent}
        raise Refusal(Kind.INVALID, "DEV_CONTRACT_UNKNOWN", facts, article=PJ_1)
    if declared_on > legal_day(at):
        today = {"device": device.id, "today": legal_day(at)}
        raise Refusal(Kind.INVALID, "DEV_PAPER_PERIOD", today, wording="future", article=PJ_1)
    return DeviceRevenueDeclared(
        device.id, contract_sha256, declaration_sha256, declared_on, entity, signatory
    )


def missing(dossier: Dossier, at: datetime, *, since: datetime | None = None) -> Violation | None:
    """A device of a market entity has its contract and its declaration on record, signed by the day of `at` (PJ §1).

    With `since` only another contract counts than those that were on record by then.
    """
    if dossier.device.provision.installer is not InstallerType.MARKET_ENTITY:
        return None
    old = {c.contract_sha256 for c in dossier.contracts if since is not None and c.recorded_at <= since}
    recorded = [c for c in dossier.contracts if c.recorded_at <= at and c.declared_on <= legal_day(at)]
    if any(c.contract_sha256 not in old for c in recorded):
        return None
    return Violation("DEV_CONTRACT_MISSING", str(PJ_1))


def require_on_record(dossier: Dossier, at: datetime) -> None:
    """Refuse an application for a device of a market entity without both documents."""
    if (fault := missing(dossier, at)) is not None:
        raise Refusal(Kind.CONFLICT, fault.code, fault.facts, article=PJ_1)


def require_entity(device: Device) -> None:
    """Refuse a document for a device that no market entity sets up, or whose file is closed."""
    if device.state in (State.REJECTED, State.RETIRED):
        facts = {"device": device.id, "state": device.state}
        raise Refusal(Kind.CONFLICT, "DEV_TRANSITION_NOT_ALLOWED", facts, wording="papers", article=PJ_1)
    if device.provision.installer is not InstallerType.MARKET_ENTITY:
        installer = {"device": device.id, "installer": device.provision.installer}
        raise Refusal(Kind.CONFLICT, "DEV_CONTRACT_NOT_OF_AN_ENTITY", installer, article=PJ_1)
