"""Business tables: the record of a change names the rows that it wrote, each with a digest.

`./mz ledger fsck` computes the digest again from the row in the database:

    SHA-256( row_salt || {"column": value, …} )     every column but `row_salt` and the columns marked aside

Each row has its own salt of 128 random bits, so a digest in the ledger tells nothing about a plate or a name. A column
is set aside only with a reason: `Column(…, info={"aside": "…"})`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from typing import Any, Final
from uuid import UUID

import orjson
import sqlalchemy as sa

from ledger.canonical import instant

SALT: Final = "row_salt"
_NO_FLOAT: Final = "a guarded row holds no float; use numeric or integer units"


def business_table(name: str, metadata: sa.MetaData, *columns: sa.Column[Any], owner: str) -> sa.Table:
    """A table whose rows are named in records. `owner` is the column that names the stream's object."""
    salt = sa.Column(
        SALT, sa.LargeBinary, nullable=False, server_default=sa.text("uuid_send(gen_random_uuid())")
    )
    return sa.Table(name, metadata, *columns, salt, info={"owner": owner})


@cache
def evidential(table: sa.Table) -> tuple[str, ...]:
    """The columns of `table` that its rows' digests cover, in order."""
    return tuple(str(c.name) for c in table.columns if c.name != SALT and "aside" not in c.info)


@cache
def vouched_columns(table: sa.Table) -> tuple[sa.Column[Any], ...]:
    """The columns of a row that `key_of` and `digest_of` need, for the RETURNING of a statement."""
    names = {SALT, *evidential(table), *table.primary_key.columns.keys()}
    return tuple(column for column in table.columns if column.name in names)


@cache
def _key_names(table: sa.Table) -> tuple[str, ...]:
    return tuple(str(column.name) for column in table.primary_key.columns)


def key_of(table: sa.Table, row: Mapping[Any, Any]) -> str:
    """The primary key of `row` as a record writes it: its values joined by `/`."""
    return "/".join([str(row[name]) for name in _key_names(table)])


def name_of(table: sa.Table, row: Mapping[Any, Any]) -> str:
    """The name of `row` among all rows of a database, under which its words are sealed: its table and its key."""
    return f"{table.name}/{key_of(table, row)}"


def changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of `new` whose values are not those of `old`."""
    return {name: value for name, value in new.items() if value != old[name]}


def digest_of(table: sa.Table, row: Mapping[Any, Any]) -> str:
    """The digest of `row`, lowercase hex. `row` holds every column as the database gives it."""
    body = {name: row[name] for name in evidential(table)}
    # An import writes thousands of rows: orjson asks `_plain` for what it cannot write, and takes lists and words of
    # the law as they are. A float alone it would write.
    kinds = {*map(type, body.values())}
    if float in kinds or (list in kinds and any(_holds_float(v) for v in body.values() if type(v) is list)):
        raise TypeError(_NO_FLOAT)
    written = orjson.dumps(
        body, default=_plain, option=orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME
    )
    return hashlib.sha256(bytes(row[SALT]) + written).hexdigest()


def _holds_float(items: list[Any]) -> bool:
    return any(type(item) is float or (type(item) is list and _holds_float(item)) for item in items)


def _plain(value: Any) -> str:
    """A value that JSON has no form for."""
    match value:
        case datetime():
            return instant(value)
        case date() | time():
            return value.isoformat()
        case Decimal():
            return format(value, "f")
        case UUID():
            return str(value)
        case bytes() | bytearray() | memoryview():
            return bytes(value).hex()
    raise TypeError(f"a guarded row holds no {type(value).__name__}")
