"""Rows and records of a batch that are made before the database has the rows, so that neither waits for the other.

    this process   make batch 1 ─┬─ make batch 2 ─┬─ make batch 3 …
    the database                 └─ store batch 1 ┴─ store batch 2 …

A change waits for the database to return each row, because the record holds the digest of the row as it is stored. For
an inventory of thousands of rows, two thirds of the time were spent waiting. Here the row gets its salt in this
process, its digest is that of the values as the columns hold them, and the record is signed as the first one of its
stream. Nothing of it is in the change before `Tx.write_ahead`: a batch that is not written leaves no trace.

`./mz ledger fsck` computes the digests from the database as for any other row.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any, Final

import orjson
import sqlalchemy as sa

from common.door.records import Recorded
from common.door.rows import SALT, digest_of, evidential, key_of
from common.values.facts import Fact

Rows = Sequence[tuple[Fact, Mapping[str, Any]]]
"""The rows of one table, all with the same columns, each with the fact that explains it."""

_AT_A_TIME: Final = 20


@dataclass(frozen=True)
class Insert:
    """A statement that takes its rows as one JSON text, and how many rows it has to store."""

    statement: str
    rows: str
    count: int


@dataclass(frozen=True)
class Ahead:
    """What `Tx.write_ahead` records and stores."""

    recorded: Sequence[Recorded]
    digests: Mapping[tuple[str, str], str]
    inserts: Sequence[Insert]


async def rows_ahead(
    recorded: Mapping[int, Recorded], tables: Sequence[tuple[sa.Table, Rows]]
) -> tuple[dict[tuple[str, str], str], list[Insert]]:
    """The digests of these rows by their names, and the statements that store them. `recorded` is by id of the fact.

    It yields to other work every few rows.
    """
    digests: dict[tuple[str, str], str] = {}
    inserts: list[Insert] = []
    for table, rows in tables:
        given: list[dict[str, Any]] = []
        name = str(table.name)
        # One system call for the salts of all rows, instead of one for each row.
        salts = secrets.token_bytes(16 * len(rows))
        for at, (fact, values) in enumerate(rows):
            row = stored(table, values, salt=salts[16 * at : 16 * (at + 1)])
            named = (name, key_of(table, row))
            recorded[id(fact)].rows.add(named)
            digests[named] = digest_of(table, row)
            given.append(row)
            if at % _AT_A_TIME == 0:
                await asyncio.sleep(0)
        if given:
            inserts.append(Insert(_insert_many(table, tuple(given[0])), as_json(given), len(given)))
    return digests, inserts


def stored(table: sa.Table, values: Mapping[str, Any], *, salt: bytes) -> dict[str, Any]:
    """The row of `values` with its own `salt`, as the database will return it.

    Raises ValueError unless it has every column.
    """
    if len(values) != len(evidential(table)):
        raise ValueError(f"a row of {table.name} that is written ahead has every column")
    row = {**values, SALT: salt}
    for column, step in _scales(table):
        if row[column] is not None:
            row[column] = row[column].quantize(step)
    return row


def as_json(rows: Sequence[Mapping[str, Any]]) -> str:
    """`rows` as json_populate_recordset reads them back: bytes in PostgreSQL's hex, times to the microsecond."""
    return orjson.dumps(rows, default=_text).decode()


@cache
def _scales(table: sa.Table) -> tuple[tuple[str, Decimal], ...]:
    """The columns of decimal numbers, and the step that each is kept to."""
    return tuple(
        (str(column.name), Decimal(1).scaleb(-(column.type.scale or 0)))
        for column in table.columns
        if isinstance(column.type, sa.Numeric)
    )


@cache
def _insert_many(table: sa.Table, columns: tuple[str, ...]) -> str:
    names = ", ".join(columns)
    source = f"json_populate_recordset(NULL::{table.name}, $1::json)"
    return f"INSERT INTO {table.name} ({names}) SELECT {names} FROM {source}"


def _text(value: Any) -> str:
    return f"\\x{value.hex()}" if isinstance(value, bytes) else str(value)
