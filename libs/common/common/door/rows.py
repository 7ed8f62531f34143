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
_AS_THEY_ARE: Final = frozenset({str, int, bool})
_SIMPLE: Final = frozenset({str, int, bool, type(None), datetime, Decimal})


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
    # An import writes thousands of rows: what JSON holds by itself, or `_plain` writes, needs no look at each value.
    if not _SIMPLE.issuperset(map(type, body.values())):
        body = {name: value if type(value) in _SIMPLE else _plain(value) for name, value in body.items()}
    written = orjson.dumps(
        body, default=_plain, option=orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME
    )
    return hashlib.sha256(bytes(row[SALT]) + written).hexdigest()


def _plain(value: Any) -> Any:
    # Most columns hold text, and an import writes thousands of rows: ask for the frequent types first.
    if value is None or type(value) in _AS_THEY_ARE:
        return value
    match value:
        case datetime():
            return instant(value)
        case date():
            return value.isoformat()
        case time():
            return value.isoformat()
        case Decimal():
            return format(value, "f")
        case UUID():
            return str(value)
        case bytes() | bytearray() | memoryview():
            return bytes(value).hex()
        case float():
            raise TypeError("a guarded row holds no float; use numeric or integer units")
        case list() | tuple():
            return [_plain(item) for item in value]
    return value
