"""What officers and parties wrote of a service: the values of its commitments, sealed, until its case is erased."""

from __future__ import annotations

from dataclasses import dataclass

import orjson
import sqlalchemy as sa

from common.door.secrets import Erased
from common.door.uow import Tx, View
from common.values.facts import Commitment
from common.values.ids import ServiceId


async def commit(
    tx: Tx, service_id: ServiceId, field: str, words: dict[str, str | None]
) -> Commitment | None:
    """A commitment to the words that were given; None where there are none."""
    given = {name: text for name, text in words.items() if text}
    if not given:
        return None
    return await tx.commit_to(service_id, field, orjson.dumps(given, option=orjson.OPT_SORT_KEYS).decode())


@dataclass(frozen=True)
class Written:
    """What was written under one field: `step/1`, `step/1/end`, `rebuttal/1`."""

    field: str
    words: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Opening:
    """The salt and the value of one commitment, for a reader who checks it."""

    field: str
    salt: bytes
    value: str


async def list_openings(at: Tx | View, service_id: ServiceId) -> list[Opening]:
    """What opens the commitments of the service; nothing once it was erased."""
    query = sa.text("SELECT stream, field, digest, sealed FROM disclosures WHERE stream = :stream")
    rows = (await at.conn.execute(query, {"stream": service_id.stream})).all()
    try:
        opened = [(row.field, at.secrets.open_disclosure(*row)) for row in rows]
    except Erased:
        return []
    return [Opening(field, each.salt, each.value) for field, each in opened]


async def list_words(at: Tx | View, service_id: ServiceId) -> list[Written]:
    """What was written of the service; nothing once it was erased."""
    opened = await list_openings(at, service_id)
    return [Written(each.field, tuple(orjson.loads(each.value).items())) for each in opened]
