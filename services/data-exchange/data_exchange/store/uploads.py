"""Files on their way into a package. Their rows are operational; their exchange is locked while they change."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from common.door.secrets import Erased
from common.door.uow import Tx, View
from common.files.declared import Declared
from common.policy import not_found
from common.values.ids import ExchangeId
from data_exchange.domain.retention import erased
from data_exchange.domain.transfers import Enclosure
from data_exchange.domain.uploads import Part, Upload
from data_exchange.store import tables_transfers
from data_exchange.store.numbers import next_n
from data_exchange.store.rows import Row


async def get_upload(v: View | Tx, exchange_id: ExchangeId, n: int) -> Upload:
    """The upload with its parts. Refusal NOT_FOUND, DX_ERASED once the exchange was erased."""
    table, parts = tables_transfers.uploads, tables_transfers.parts
    query = sa.select(table).where(table.c.exchange_id == exchange_id, table.c.n == n)
    row = (await v.conn.execute(query)).mappings().one_or_none()
    if row is None:
        raise not_found(f"upload {n} of {exchange_id}")
    of_it = sa.select(parts).where(parts.c.exchange_id == exchange_id, parts.c.upload == n)
    came = (await v.conn.execute(of_it.order_by(parts.c.part))).mappings().all()
    return _upload(v, row, tuple(Part(part["part"], part["sha256"], part["size"]) for part in came))


async def begin(
    tx: Tx, exchange_id: ExchangeId, declared: Declared, *, enclosure: Enclosure, level: int
) -> Upload:
    """A new upload under the next number of its exchange."""
    table = tables_transfers.uploads
    n = await next_n(tx, table.c.exchange_id, exchange_id)
    upload = Upload(exchange_id, n, enclosure, level, declared)
    row: dict[str, Any] = {
        "exchange_id": exchange_id,
        "n": n,
        "enclosure": enclosure,
        "level": level,
        "media_type": declared.media_type,
        "size": declared.size,
        "sha256": declared.sha256,
        "sealed": await tx.secrets.sealed(exchange_id.stream, _name(exchange_id, n), declared.name.encode()),
    }
    await tx.conn.execute(sa.insert(table).values(**row))
    return upload


async def put_part(tx: Tx, upload: Upload, part: Part) -> None:
    """Note that a part came. The same number again replaces the earlier part."""
    table = tables_transfers.parts
    key = {"exchange_id": upload.exchange_id, "upload": upload.n, "part": part.n}
    same = [table.c[name] == value for name, value in key.items()]
    await tx.conn.execute(sa.delete(table).where(*same))
    await tx.conn.execute(sa.insert(table).values(**key, size=part.size, sha256=part.sha256))


async def end(tx: Tx, upload: Upload, codes: tuple[str, ...]) -> None:
    """Note the verdict."""
    table = tables_transfers.uploads
    same = (table.c.exchange_id == upload.exchange_id, table.c.n == upload.n)
    await tx.conn.execute(sa.update(table).where(*same).values(codes=list(codes)))


def _upload(v: View | Tx, row: Row, parts: tuple[Part, ...]) -> Upload:
    exchange_id = ExchangeId(row["exchange_id"])
    try:
        name = v.secrets.open(exchange_id.stream, _name(exchange_id, row["n"]), row["sealed"]).decode()
    except Erased:
        raise erased(exchange_id) from None
    return Upload(
        exchange_id,
        row["n"],
        Enclosure(row["enclosure"]),
        row["level"],
        Declared(name, row["media_type"], row["size"], row["sha256"]),
        None if row["codes"] is None else tuple(row["codes"]),
        parts,
    )


def _name(exchange_id: ExchangeId, n: int) -> str:
    return f"uploads/{exchange_id}/{n}"
