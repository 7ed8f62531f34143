"""Objects on hold: acknowledged, durable, and no captures yet, because a picture is missing (ADR-0038).

    held_messages   a message, sealed under a secret of its own, once for all its objects that wait
    held_objects    one object of it: whose it is, what it waits for, until when
    held_parts      a picture that has come while others are missing, sealed like the message

The secret is destroyed when nothing of the message waits any more.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

import orjson
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from common.door.secrets import Secrets
from common.door.uow import Database, alone
from common.values.ids import AgencyId, DeviceId
from evidence.domain.capture import Flag, Transport

_LEASE: Final = timedelta(minutes=2)
_AFTERWARDS: Final = timedelta(days=7)


class State(StrEnum):
    """Where a held object stands. One whose pictures have all come is a capture, and no held object any more."""

    PENDING_MEDIA = "PENDING_MEDIA"
    GIVEN_UP = "GIVEN_UP"


@dataclass(frozen=True)
class Part:
    """A picture that an object waits for: the `n`th, at `url`, or the Data of `image_id` where that is None."""

    n: int
    url: str | None
    image_id: str | None


@dataclass(frozen=True)
class Come:
    """An awaited picture that has come: the `n`th."""

    n: int
    picture: bytes


@dataclass(frozen=True)
class Held:
    """An object on hold. `key` is equal for equal objects; `place` is its place in the message `message_id`.

    `sha256` is that of the message. `code` is the camera or host that sent it. `reason` is the last trouble with its
    pictures, or why it was given up.
    """

    key: str
    account: str
    agency_id: AgencyId
    device_id: DeviceId
    device_code: str
    object_id: str
    message_id: str
    sha256: str
    shape: str
    place: int
    awaited: tuple[Part, ...]
    transport: Transport
    relaxed: bool
    flags: tuple[Flag, ...]
    code: str
    state: State
    reason: str | None
    tries: int
    received_at: datetime
    until: datetime

    @property
    def stream(self) -> str:
        """The name of the secret under which the message and the pictures are sealed."""
        return _stream(self.message_id)


# ---- reading ------------------------------------------------------------------------------------------


async def get_body(conn: AsyncConnection, secrets: Secrets, held: Held) -> bytes:
    """The message in which `held` came."""
    query = sa.text("SELECT body FROM held_messages WHERE id = :id")
    body = (await conn.execute(query, {"id": held.message_id})).scalar_one()
    return secrets.open(held.stream, "body", body)


async def count_bytes(db: Database, held: Held) -> int:
    """The size of the message in which `held` came."""
    rows = await alone(
        db, "SELECT octet_length(body) AS size FROM held_messages WHERE id = $1", held.message_id
    )
    return int(rows[0]["size"])


async def list_parts(db: Database, held: Held) -> list[Come]:
    """The awaited pictures that have come."""
    rows = await alone(db, "SELECT n, picture FROM held_parts WHERE key = $1", held.key)
    return [
        Come(row["n"], db.secrets.open(held.stream, _part(held.key, row["n"]), row["picture"]))
        for row in rows
    ]


async def count_parts(conn: AsyncConnection, held: Held) -> int:
    """How many of the awaited pictures have come."""
    query = sa.text("SELECT count(*) FROM held_parts WHERE key = :key")
    return int(await conn.scalar(query, {"key": held.key}) or 0)


async def list_awaiting(conn: AsyncConnection, account: str, image_id: str) -> list[Held]:
    """The objects of this account that wait for the Data of this image, the oldest first; locked until commit."""
    query = sa.text(
        "SELECT * FROM held_objects WHERE account = :account AND state = 'PENDING_MEDIA'"
        " AND awaited @> cast(:part AS jsonb) ORDER BY received_at, key FOR UPDATE"
    )
    part = orjson.dumps([{"image_id": image_id, "url": None}]).decode()
    rows = (await conn.execute(query, {"account": account, "part": part})).mappings()
    return [_held(row) for row in rows]


async def list_of_agency(conn: AsyncConnection, agency: str, *, after: str, limit: int) -> list[Held]:
    """The objects on hold of this agency, in the order of their keys."""
    query = sa.text(
        "SELECT * FROM held_objects WHERE agency_id = :agency AND key > :after ORDER BY key LIMIT :limit"
    )
    rows = await conn.execute(query, {"agency": agency, "after": after, "limit": limit})
    return [_held(row) for row in rows.mappings()]


# ---- writing ------------------------------------------------------------------------------------------


async def put(
    conn: AsyncConnection, secrets: Secrets, rows: Sequence[Held], *, body: bytes, now: datetime
) -> None:
    """Objects of one message on hold. An equal object that waits already stays as it is.

    Each message has a secret of its own, also an equal one: the secret of the other may be destroyed at any time.
    """
    first = rows[0]
    sealed = await secrets.sealed(first.stream, "body", body)
    await conn.execute(
        sa.text("INSERT INTO held_messages (id, body, received_at) VALUES (:id, :body, :now)"),
        {"id": first.message_id, "body": sealed, "now": now},
    )
    # In the order of their keys, so that two equal messages never wait for each other in a circle.
    for row in sorted(rows, key=lambda row: row.key):
        by_url = any(part.url for part in row.awaited)
        await conn.execute(_INSERT, _columns(row) | {"next_try_at": now if by_url else row.until})


async def claim_due(
    conn: AsyncConnection, *, now: datetime, limit: int, of_one_account: int, under_way: Sequence[Held]
) -> list[Held]:
    """Objects whose pictures should be fetched now, or whose time is over; nobody else gets them for two minutes.

    None of those `under_way` here, however long they take. At most `of_one_account` of each account, those under way
    counted; first of the accounts that have fewest. So the slow host of one leaves the others alone.
    """
    busy = Counter(row.account for row in under_way)
    query = sa.text(
        "WITH due AS (SELECT key FROM (SELECT h.key, h.next_try_at, coalesce(b.count, 0) + row_number() OVER"
        " (PARTITION BY h.account ORDER BY h.next_try_at, h.key) AS n FROM held_objects AS h LEFT JOIN"
        " unnest(cast(:accounts AS text[]), cast(:counts AS int[])) AS b(account, count) ON b.account = h.account"
        " WHERE h.state = 'PENDING_MEDIA' AND (h.next_try_at <= :now OR h.until <= :now) AND"
        " (h.leased_until IS NULL OR h.leased_until <= :now) AND NOT h.key = ANY (cast(:own AS text[]))) AS ranked"
        " WHERE n <= :most ORDER BY n, next_try_at LIMIT :limit)"
        " UPDATE held_objects AS h SET leased_until = :lease FROM due WHERE h.key = due.key AND"
        " (h.leased_until IS NULL OR h.leased_until <= :now) RETURNING h.*"
    )
    values = {
        "now": now,
        "lease": now + _LEASE,
        "limit": limit,
        "most": of_one_account,
        "own": [row.key for row in under_way],
        "accounts": list(busy),
        "counts": list(busy.values()),
    }
    return [_held(row) for row in (await conn.execute(query, values)).mappings()]


async def add_parts(
    conn: AsyncConnection, secrets: Secrets, held: Held, pictures: dict[int, bytes], *, now: datetime
) -> None:
    """Pictures that came while others are missing."""
    for n, picture in pictures.items():
        sealed = await secrets.sealed(held.stream, _part(held.key, n), picture)
        await conn.execute(
            sa.text(
                "INSERT INTO held_parts (key, n, picture, received_at) VALUES (:key, :n, :picture, :now)"
                " ON CONFLICT DO NOTHING"
            ),
            {"key": held.key, "n": n, "picture": sealed, "now": now},
        )


async def put_off(conn: AsyncConnection, held: Held, *, next_try_at: datetime, reason: str | None) -> None:
    """Look at the object again at `next_try_at`."""
    await conn.execute(
        sa.text(
            "UPDATE held_objects SET tries = tries + 1, next_try_at = :at, leased_until = NULL, reason = :reason"
            " WHERE key = :key AND state = 'PENDING_MEDIA'"
        ),
        {"at": next_try_at, "reason": reason, "key": held.key},
    )


async def give_up(conn: AsyncConnection, held: Held, *, reason: str, now: datetime) -> None:
    """The object will not be a capture. Its row stays for a week, for the operator."""
    await conn.execute(sa.text("DELETE FROM held_parts WHERE key = :key"), {"key": held.key})
    await conn.execute(
        sa.text(
            "UPDATE held_objects SET state = 'GIVEN_UP', reason = :reason, leased_until = NULL, until = :until"
            " WHERE key = :key"
        ),
        {"reason": reason, "until": now + _AFTERWARDS, "key": held.key},
    )


async def remove(db: Database, held: Held) -> None:
    """The object is a capture now."""
    await alone(db, "DELETE FROM held_objects WHERE key = $1", held.key)


async def sweep(conn: AsyncConnection, secrets: Secrets, *, now: datetime) -> None:
    """Delete what was given up a week ago, then every message of which nothing waits, its secret first.

    A message and its objects come in one transaction, so a message without objects is never one that just comes.
    """
    over = "DELETE FROM held_objects WHERE state = 'GIVEN_UP' AND until <= :now"
    await conn.execute(sa.text(over), {"now": now})
    query = sa.text(
        "SELECT id FROM held_messages AS m WHERE NOT EXISTS"
        " (SELECT 1 FROM held_objects AS h WHERE h.message_id = m.id AND h.state = 'PENDING_MEDIA')"
    )
    for id in (await conn.scalars(query)).all():
        await asyncio.to_thread(secrets.discard, _stream(id))
        await conn.execute(sa.text("DELETE FROM held_messages WHERE id = :id"), {"id": id})


_NAMES: Final = tuple(Held.__dataclass_fields__)
_VALUES: Final = ", ".join("cast(:awaited AS jsonb)" if n == "awaited" else f":{n}" for n in _NAMES)
# An object that was given up and is pushed again waits again, for the message that came last.
_INSERT: Final = sa.text(
    f"INSERT INTO held_objects ({', '.join(_NAMES)}, next_try_at) VALUES ({_VALUES}, :next_try_at)"
    f" ON CONFLICT (key) DO UPDATE SET {', '.join(f'{n} = EXCLUDED.{n}' for n in (*_NAMES, 'next_try_at'))}"
    " WHERE held_objects.state = 'GIVEN_UP'"
)


def _columns(held: Held) -> dict[str, Any]:
    awaited = orjson.dumps([asdict(part) for part in held.awaited]).decode()
    return {**vars(held), "awaited": awaited, "flags": list(held.flags)}


def _held(row: Any) -> Held:
    values = {name: row[name] for name in _NAMES}
    return Held(
        **{
            **values,
            "agency_id": AgencyId(row["agency_id"]),
            "device_id": DeviceId(row["device_id"]),
            "awaited": tuple(Part(**part) for part in row["awaited"]),
            "transport": Transport(row["transport"]),
            "flags": tuple(Flag(flag) for flag in row["flags"]),
            "state": State(row["state"]),
        }
    )


def _stream(message_id: str) -> str:
    return f"held/{message_id}"


def _part(key: str, n: int) -> str:
    return f"{key}/{n}"
