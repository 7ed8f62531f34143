"""The contracts with market entities, and the documents that they rest on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from common.door.uow import Tx, View
from common.policy import Permit
from common.values.ids import DeviceId
from device_registry.domain.contracts import (
    ContractDocument,
    DeviceContractFiled,
    DeviceRevenueDeclared,
    Filed,
)
from device_registry.store import tables_contracts as tables


@dataclass(frozen=True)
class DeclarationTexts:
    """The name of the market entity, and of the person who signed for it."""

    entity: str
    signatory: str


@dataclass(frozen=True)
class Declaration:
    """A contract with its declaration: the market entity, who signed for it, and when."""

    contract_sha256: str
    declaration_sha256: str
    entity: str
    signatory: str
    declared_on: date
    recorded_at: datetime


async def list_files(at: Tx | View, device_id: DeviceId) -> list[Filed]:
    """The documents of the device's contracts, in the order of their digests."""
    table = tables.files
    query = sa.select(table.c.sha256, table.c.document).where(table.c.device_id == device_id)
    rows = await at.conn.execute(query.order_by(table.c.sha256))
    return [Filed(row.sha256, ContractDocument(row.document)) for row in rows]


async def list_declared(v: View, device_id: DeviceId) -> list[Declaration]:
    """The contracts of the device with their declarations, oldest first."""
    table = tables.contracts
    query = sa.select(table).where(table.c.device_id == device_id).order_by(table.c.n)
    return [
        Declaration(
            row.contract,
            row.declaration,
            row.entity,
            v.secrets.open(device_id.stream, _name(row.n), bytes(row.signatory_sealed)).decode(),
            row.declared_on,
            row.recorded_at,
        )
        for row in await v.conn.execute(query)
    ]


async def add_file(tx: Tx, permit: Permit, fact: DeviceContractFiled) -> None:
    """The document that `fact` files. Its bytes are kept already."""
    tx.record(permit, fact)
    row = {
        "device_id": fact.owner,
        "sha256": fact.sha256,
        "document": fact.document,
        "size": fact.size,
        "filed_at": tx.now,
    }
    await tx.add(fact, tables.files, row)


async def add(tx: Tx, permit: Permit, fact: DeviceRevenueDeclared, *, texts: DeclarationTexts) -> Declaration:
    """The contract and the declaration that `fact` records."""
    tx.record(permit, fact)
    table = tables.contracts
    newest = sa.select(sa.func.coalesce(sa.func.max(table.c.n), 0)).where(table.c.device_id == fact.owner)
    n = int(await tx.conn.scalar(newest) or 0) + 1
    row = {
        "device_id": fact.owner,
        "n": n,
        "contract": fact.contract_sha256,
        "declaration": fact.declaration_sha256,
        "entity": texts.entity,
        "signatory_sealed": await tx.secrets.sealed(fact.stream, _name(n), texts.signatory.encode()),
        "declared_on": fact.declared_on,
        "recorded_at": tx.now,
    }
    await tx.add(fact, table, row)
    return Declaration(
        fact.contract_sha256,
        fact.declaration_sha256,
        texts.entity,
        texts.signatory,
        fact.declared_on,
        tx.now,
    )


def _name(n: int) -> str:
    """The name that a sealed signatory is bound to: moved to another contract it does not open."""
    return f"signatory of contract {n}"
