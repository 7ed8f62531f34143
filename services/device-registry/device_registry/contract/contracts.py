"""The contract with a market entity, and its declaration."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from common.values.ids import DeviceId
from common.web.wire import Day, Digest, In, Name, Out


class RevenueDeclarationOrder(In):
    """无收益挂钩声明: the two documents by their digests, the market entity, who signed for it, and on which day.

    Both documents were uploaded before.
    """

    contract_sha256: Digest
    declaration_sha256: Digest
    entity: Name
    signatory: Name
    declared_on: Day


class ContractFileView(Out):
    """A document of a contract, as it is on file."""

    sha256: str
    document: Literal["CONTRACT", "DECLARATION"]


class RevenueDeclarationView(Out):
    contract_sha256: str
    declaration_sha256: str
    entity: str
    signatory: str
    declared_on: date
    recorded_at: datetime


class ContractsView(Out):
    """The contracts with market entities about one device. Without a declaration it is not submitted (PJ §1)."""

    device_id: DeviceId
    files: list[ContractFileView]
    declarations: list[RevenueDeclarationView]


class ContractFiledView(Out):
    """The document that was filed, by the digest of its bytes."""

    device_id: DeviceId
    document: Literal["CONTRACT", "DECLARATION"]
    sha256: str
