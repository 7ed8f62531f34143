"""What goes with the facts of an oversight item: the log of its object, and the words of the two sides.

The words are encrypted in the column `sealed`, under the secret of the item. The log holds nothing personal.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias
from uuid import UUID

import orjson
import sqlalchemy as sa
from pydantic import TypeAdapter

from case.store import oversight_tables as tables
from common.door.rows import name_of
from common.door.secrets import Erased
from common.door.uow import Tx, View
from common.values.facts import Fact
from common.values.ids import AgencyId, OversightItemId


@dataclass(frozen=True)
class LoggedRecord:
    """One record of the object, as the ledger has it. `at` is when its service made it."""

    record_id: UUID
    type: str
    at: datetime


@dataclass(frozen=True)
class Facts:
    """The facts of an item: every record of its object up to the one that opened it."""

    log: tuple[LoggedRecord, ...]


@dataclass(frozen=True)
class ReplyTexts:
    """The agency's explanation."""

    text: str


@dataclass(frozen=True)
class ResultTexts:
    """Why the supervisor closed the item so, and the organ that a referral goes to."""

    text: str
    organ: str | None


Texts: TypeAlias = ReplyTexts | ResultTexts
_KINDS: Final[dict[str, TypeAdapter[Any]]] = {
    "REPLY": TypeAdapter(ReplyTexts),
    "RESULT": TypeAdapter(ResultTexts),
}


@dataclass(frozen=True)
class Paper:
    """The words of one side; `texts` is None once the item's secret is gone."""

    kind: str
    agency_id: AgencyId
    made_at: datetime
    texts: Texts | None


async def add_paper(tx: Tx, fact: Fact, item_id: OversightItemId, texts: Texts) -> None:
    """The words that `fact` commits to, in the name of the acting agency."""
    row: dict[str, Any] = {
        "item_id": item_id,
        "kind": "REPLY" if isinstance(texts, ReplyTexts) else "RESULT",
        "agency_id": tx.mandate.actor.agency_id,
        "made_at": tx.now,
    }
    row["sealed"] = await tx.secrets.sealed(item_id.stream, _name(row), orjson.dumps(asdict(texts)))
    await tx.add(fact, tables.papers, row)


async def list_papers(v: View | Tx, item_id: OversightItemId) -> list[Paper]:
    """The words on record, the agency's before the supervisor's."""
    table = tables.papers
    query = sa.select(table).where(table.c.item_id == item_id).order_by(table.c.kind)
    return [
        Paper(row["kind"], AgencyId(row["agency_id"]), row["made_at"], _texts(v, row))
        for row in (await v.conn.execute(query)).mappings()
    ]


def _texts(v: View | Tx, row: Any) -> Texts | None:
    try:
        plain = v.secrets.open(OversightItemId(row["item_id"]).stream, _name(row), row["sealed"])
    except Erased:
        return None
    texts: Texts = _KINDS[row["kind"]].validate_json(plain)
    return texts


def _name(row: Any) -> str:
    return name_of(tables.papers, row)
