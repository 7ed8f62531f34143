"""The letters of exchanges (D-37). Their bytes lie in the blob store, sealed for their exchange."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from common.documents.series import DocumentNumber, next_number, take
from common.door.rows import business_table
from common.door.uow import Tx, View
from common.policy import not_found
from common.values.facts import Fact
from common.values.ids import AgencyId, ExchangeId
from data_exchange.domain.letters import Letter, LetterKind
from data_exchange.store.numbers import next_n
from data_exchange.store.rows import Row
from data_exchange.store.tables import metadata

_INSTANT = sa.DateTime(timezone=True)

table = business_table(
    "exchange_letters",
    metadata,
    sa.Column("exchange_id", sa.Text, primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True),
    sa.Column("kind", sa.Text),
    sa.Column("agency_id", sa.Text),
    sa.Column("series", sa.Text),
    sa.Column("year", sa.Integer),
    sa.Column("serial", sa.Integer),
    sa.Column("number", sa.Text),
    sa.Column("template", sa.Text),
    sa.Column("sha256", sa.Text, info={"blobs": "blobs"}),
    sa.Column("made_at", _INSTANT),
    sa.Column("voided_at", _INSTANT),
    owner="exchange_id",
)


@dataclass(frozen=True)
class StoredLetter:
    """The `n`th letter of an exchange, by `agency_id`. `voided_at` is None while it stands."""

    n: int
    agency_id: AgencyId
    letter: Letter
    voided_at: datetime | None


async def next_letter_number(
    v: View | Tx, agency_id: AgencyId, kind: LetterKind, *, prefix: str, year: int
) -> DocumentNumber:
    """The number of the agency's next letter of `kind`, if it writes no other before."""
    return await next_number(v, table, series=series_of(agency_id, kind), prefix=prefix, year=year)


def series_of(agency_id: AgencyId, kind: LetterKind) -> str:
    """The series of an agency's letters of one kind."""
    return f"{agency_id}/{kind}"


async def add_letter(
    tx: Tx, fact: Fact, exchange_id: ExchangeId, agency_id: AgencyId, letter: Letter
) -> None:
    """The letter of `fact`, and its number with it. Refusal DOC_NUMBER_TAKEN if another letter took that meanwhile."""
    await take(tx, table, series=letter.series, year=letter.year, serial=letter.serial)
    row: dict[str, Any] = {
        "exchange_id": exchange_id,
        "n": await next_n(tx, table.c.exchange_id, exchange_id),
        "kind": letter.kind,
        "agency_id": agency_id,
        "series": letter.series,
        "year": letter.year,
        "serial": letter.serial,
        "number": letter.number,
        "template": letter.template,
        "sha256": letter.sha256,
        "made_at": letter.made_at,
        "voided_at": None,
    }
    await tx.add(fact, table, row)


async def void_letters(tx: Tx, fact: Fact, exchange_id: ExchangeId) -> None:
    """Mark the letters of the exchange, which was taken back before its arrival was confirmed, as void."""
    for stored in await list_letters(tx, exchange_id):
        key = {"exchange_id": exchange_id, "n": stored.n}
        await tx.set(fact, table, key, {"voided_at": tx.now})


async def list_letters(v: View | Tx, exchange_id: ExchangeId) -> list[StoredLetter]:
    """The letters of the exchange in the order of making."""
    query = sa.select(table).where(table.c.exchange_id == exchange_id).order_by(table.c.n)
    return [_stored(row) for row in (await v.conn.execute(query)).mappings()]


async def get_letter(v: View | Tx, exchange_id: ExchangeId, n: int) -> StoredLetter:
    """The `n`th letter. Refusal NOT_FOUND without one."""
    query = sa.select(table).where(table.c.exchange_id == exchange_id, table.c.n == n)
    row = (await v.conn.execute(query)).mappings().one_or_none()
    if row is None:
        raise not_found(exchange_id)
    return _stored(row)


def _stored(row: Row) -> StoredLetter:
    letter = Letter(
        LetterKind(row["kind"]),
        row["series"],
        row["year"],
        row["serial"],
        row["number"],
        row["template"],
        row["sha256"],
        row["made_at"],
    )
    return StoredLetter(row["n"], AgencyId(row["agency_id"]), letter, row["voided_at"])
