"""A device with everything on record about it: its Dossier."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from common.door.uow import Tx, View
from common.policy import Permit
from common.values.ids import DeviceId
from device_registry.domain.application import ReviewKind
from device_registry.domain.corrections import Paper
from device_registry.domain.device import (
    AcceptanceTest,
    Approval,
    Certificate,
    Conformity,
    Contract,
    Device,
    Dossier,
    Function,
    PaperKind,
    Period,
    Publication,
    Result,
    Review,
    Sign,
    SignKind,
    State,
)
from device_registry.domain.facts import DeviceFact
from device_registry.domain.upkeep import (
    Fault,
    FaultCause,
    Maintenance,
    MaintenancePlan,
    Upkeep,
    Upkeeper,
)
from device_registry.store import (
    changes,
    citedlaw,
    devices,
    tables,
    tables_changes,
    tables_contracts,
    tables_watching,
)
from device_registry.store.texts import Texts


async def lock(tx: Tx, device_id: DeviceId, *, citing: Sequence[Function] = ()) -> Dossier:
    """The dossier of the device, which is held until commit. Papers are added under that lock alone.

    It also says what is known of the statutes that the functions `citing` rest on, for functions that it may get.
    """
    return (await _load(tx.conn, [await devices.lock(tx, device_id)], citing=citing))[0]


async def get(v: View, device_id: DeviceId) -> Dossier:
    """The dossier of the device. Refusal NOT_FOUND without one."""
    return (await _load(v.conn, [await devices.get(v, device_id)]))[0]


async def save(
    tx: Tx, permit: Permit, dossier: Dossier, *facts: DeviceFact, texts: Texts | None = None
) -> Dossier:
    """As `devices.save`; the dossier as it stands then."""
    return (await _load(tx.conn, [await devices.save(tx, permit, dossier.device, *facts, texts=texts)]))[0]


async def list_active(v: View, *, after: str, limit: int) -> list[Dossier]:
    """The dossiers of the devices in use after the id `after`, in the order of their ids."""
    return await _load(v.conn, await devices.list_active(v, after=after, limit=limit))


async def list_resting_on(tx: Tx, titles: Collection[str]) -> list[Dossier]:
    """The dossiers of the devices that were ever in service and cite one of `titles`, in the order of their ids."""
    if not titles:
        return []
    served = await devices.list_served(tx)
    return await _load(
        tx.conn, [device for device in served if citedlaw.titles(device.functions) & {*titles}]
    )


async def list_by_ids(v: View, ids: Sequence[DeviceId]) -> list[Dossier]:
    """The dossiers of those of `ids` that the caller sees, in the order of their ids."""
    return await _load(v.conn, await devices.list_by_ids(v, ids))


async def list_certificates(v: View, ids: Sequence[DeviceId]) -> dict[str, list[Certificate]]:
    """The metrology certificates by the device that they belong to, in the order of their recording."""
    certificates = await _rows(v.conn, tables.certificates, ids)
    invalid = await _rows(v.conn, tables_watching.invalid_papers, ids)
    return {id: [_certificate(row, invalid[id]) for row in certificates[id]] for id in ids}


async def _load(
    conn: AsyncConnection, found: Sequence[Device], *, citing: Sequence[Function] = ()
) -> list[Dossier]:
    """The dossiers of these devices in the same order, by one query a table however many devices there are."""
    ids = [device.id for device in found]
    reviews = await _rows(conn, tables.reviews, ids, "reviewed_at")
    approvals = await _rows(conn, tables.approvals, ids, "approved_at")
    conformities = await _rows(conn, tables.conformities, ids)
    certificates = await _rows(conn, tables.certificates, ids)
    signs = await _rows(conn, tables.signs, ids)
    publications = await _rows(conn, tables.publications, ids)
    tests = await _rows(conn, tables.tests, ids)
    contracts = await _rows(conn, tables_contracts.contracts, ids)
    periods = await _rows(conn, tables.periods, ids)
    invalid = await _rows(conn, tables_watching.invalid_papers, ids)
    changed = await _rows(conn, tables_changes.changes, ids)
    plans = await _rows(conn, tables_watching.maintenance_plans, ids)
    works = await _rows(conn, tables_watching.maintenances, ids)
    faults = await _rows(conn, tables_watching.faults, ids)
    functions = [function for device in found for function in device.functions]
    law = await citedlaw.list_cited(conn, [*functions, *citing])
    return [
        Dossier(
            device,
            legal_reviews=tuple(_review(r) for r in reviews[device.id] if r["kind"] == ReviewKind.LEGAL),
            technical_reviews=tuple(
                _review(r) for r in reviews[device.id] if r["kind"] == ReviewKind.TECHNICAL
            ),
            approvals=tuple(Approval(row["approver"], row["approved_at"]) for row in approvals[device.id]),
            conformities=tuple(_conformity(row, invalid[device.id]) for row in conformities[device.id]),
            certificates=tuple(_certificate(row, invalid[device.id]) for row in certificates[device.id]),
            contracts=tuple(
                Contract(row["contract"], row["declaration"], row["declared_on"], row["recorded_at"])
                for row in contracts[device.id]
            ),
            signs=tuple(
                Sign(
                    row["photo_sha256"],
                    row["from_on"],
                    row["until_on"],
                    row["recorded_at"],
                    SignKind(row["kind"]),
                )
                for row in signs[device.id]
            ),
            publications=tuple(
                Publication(
                    row["url"], row["channel"], row["published_at"], row["lead_ends_at"], row["recorded_at"]
                )
                for row in publications[device.id]
            ),
            acceptance_tests=tuple(
                AcceptanceTest(row["captures"], row["correct"], row["tested_on"], row["recorded_at"])
                for row in tests[device.id]
            ),
            periods=tuple(
                Period(State(row["state"]), row["effective_from"], row["recorded_at"], row["reason"])
                for row in periods[device.id]
            ),
            law=law,
            upkeep=Upkeep(
                tuple(
                    MaintenancePlan(Upkeeper(row["by"]), row["interval_d"], row["recorded_at"])
                    for row in plans[device.id]
                ),
                tuple(_maintenance(row) for row in works[device.id]),
                tuple(_fault(row) for row in faults[device.id]),
            ),
            former=tuple(changes.former_of(row) for row in changed[device.id]),
        )
        for device in found
    ]


async def _rows(
    conn: AsyncConnection, table: sa.Table, ids: Sequence[DeviceId], order: str = "n"
) -> dict[str, list[sa.RowMapping]]:
    """The rows of `table` by the device that they belong to, each device's in `order`."""
    rows: dict[str, list[sa.RowMapping]] = {id: [] for id in ids}
    query = sa.select(table).where(table.c.device_id.in_(ids)).order_by(table.c[order])
    for row in (await conn.execute(query)).mappings():
        rows[row["device_id"]].append(row)
    return rows


def _review(row: sa.RowMapping) -> Review:
    return Review(Result(row["result"]), row["reviewer"], row["reviewed_at"], tuple(row["failed_items"]))


def _conformity(row: sa.RowMapping, invalid: Sequence[sa.RowMapping]) -> Conformity:
    return Conformity(
        standard=row["standard"],
        report_no=row["report_no"],
        issuer=row["issuer"],
        result=Result(row["result"]),
        from_day=row["from_on"],
        until_day=row["until_on"],
        recorded_at=row["recorded_at"],
        invalid_from=_invalid_from(invalid, Paper.REPORT, row["report_no"]),
    )


def _certificate(row: sa.RowMapping, invalid: Sequence[sa.RowMapping]) -> Certificate:
    return Certificate(
        kind=PaperKind(row["kind"]),
        certificate_no=row["certificate_no"],
        issuer=row["issuer"],
        result=Result(row["result"]),
        functions=tuple(row["functions"]),
        verified_on=row["verified_on"],
        valid_until=row["valid_until"],
        recorded_at=row["recorded_at"],
        invalid_from=_invalid_from(invalid, Paper.CERTIFICATE, row["certificate_no"]),
    )


def _maintenance(row: sa.RowMapping) -> Maintenance:
    by = Upkeeper(row["by"])
    return Maintenance(row["n"], by, row["recorded_at"], row["ended_at"], row["is_metrology"])


def _fault(row: sa.RowMapping) -> Fault:
    return Fault(row["n"], FaultCause(row["cause"]), row["began_at"], row["closed_at"])


def _invalid_from(found: Sequence[sa.RowMapping], paper: Paper, number: str) -> date | None:
    """The earliest day since which the papers of this number were found to be invalid."""
    days = [row["invalid_from"] for row in found if (row["paper"], row["number"]) == (paper, number)]
    return min(days, default=None)
