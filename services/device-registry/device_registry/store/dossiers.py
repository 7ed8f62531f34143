"""A device with everything on record about it: its Dossier."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from common.door.uow import Tx, View
from common.values.ids import DeviceId
from device_registry.domain.application import ReviewKind
from device_registry.domain.device import (
    AcceptanceTest,
    Approval,
    Certificate,
    Conformity,
    Device,
    Dossier,
    PaperKind,
    Period,
    Publication,
    Result,
    Review,
    Sign,
    SignKind,
    State,
)
from device_registry.store import devices, tables


async def lock(tx: Tx, device_id: DeviceId) -> Dossier:
    """The dossier of the device, which is held until commit. Papers are added under that lock alone."""
    return await _load(tx.conn, await devices.lock(tx, device_id))


async def get(v: View, device_id: DeviceId) -> Dossier:
    """The dossier of the device. Refusal NOT_FOUND without one."""
    return await _load(v.conn, await devices.get(v, device_id))


async def _load(conn: AsyncConnection, device: Device) -> Dossier:
    reviews = await _rows(conn, tables.reviews, device, "reviewed_at")
    return Dossier(
        device,
        legal_reviews=tuple(_review(row) for row in reviews if row["kind"] == ReviewKind.LEGAL),
        technical_reviews=tuple(_review(row) for row in reviews if row["kind"] == ReviewKind.TECHNICAL),
        approvals=tuple(
            Approval(row["approver"], row["approved_at"])
            for row in await _rows(conn, tables.approvals, device, "approved_at")
        ),
        conformities=tuple(_conformity(row) for row in await _rows(conn, tables.conformities, device)),
        certificates=tuple(_certificate(row) for row in await _rows(conn, tables.certificates, device)),
        signs=tuple(
            Sign(
                row["photo_sha256"],
                row["from_on"],
                row["until_on"],
                row["recorded_at"],
                SignKind(row["kind"]),
            )
            for row in await _rows(conn, tables.signs, device)
        ),
        publications=tuple(
            Publication(
                row["url"], row["channel"], row["published_at"], row["lead_ends_at"], row["recorded_at"]
            )
            for row in await _rows(conn, tables.publications, device)
        ),
        acceptance_tests=tuple(
            AcceptanceTest(row["captures"], row["correct"], row["tested_on"], row["recorded_at"])
            for row in await _rows(conn, tables.tests, device)
        ),
        periods=tuple(
            Period(State(row["state"]), row["effective_from"], row["recorded_at"], row["reason"])
            for row in await _rows(conn, tables.periods, device)
        ),
    )


async def _rows(
    conn: AsyncConnection, table: sa.Table, device: Device, order: str = "n"
) -> Sequence[sa.RowMapping]:
    query = sa.select(table).where(table.c.device_id == device.id).order_by(table.c[order])
    return (await conn.execute(query)).mappings().all()


def _review(row: sa.RowMapping) -> Review:
    return Review(Result(row["result"]), row["reviewer"], row["reviewed_at"], tuple(row["failed_items"]))


def _conformity(row: sa.RowMapping) -> Conformity:
    return Conformity(
        standard=row["standard"],
        report_no=row["report_no"],
        issuer=row["issuer"],
        result=Result(row["result"]),
        from_day=row["from_on"],
        until_day=row["until_on"],
        recorded_at=row["recorded_at"],
    )


def _certificate(row: sa.RowMapping) -> Certificate:
    return Certificate(
        kind=PaperKind(row["kind"]),
        certificate_no=row["certificate_no"],
        issuer=row["issuer"],
        result=Result(row["result"]),
        functions=tuple(row["functions"]),
        verified_on=row["verified_on"],
        valid_until=row["valid_until"],
        recorded_at=row["recorded_at"],
    )
