"""What the two sides told each other: one dataclass for each kind of paper, and how rows seal them.

The text is encrypted in the column `sealed`, under the secret of the exchange. Once that secret is destroyed it reads
as None.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias

import orjson
import sqlalchemy as sa
from pydantic import TypeAdapter

from common.door.rows import name_of
from common.door.secrets import Erased
from common.door.uow import Tx, View
from common.values.facts import Fact
from common.values.ids import AgencyId, ExchangeId
from data_exchange.store import tables
from data_exchange.store.numbers import next_n
from data_exchange.store.rows import Row


@dataclass(frozen=True)
class BasisTexts:
    """One provision that the request rests on: the name of the law and the article."""

    name: str
    article: str


@dataclass(frozen=True)
class RequestTexts:
    """What is asked, why, and on which provisions. `items` are the things wanted, one a line."""

    year: int
    serial: int
    subject: str
    reason: str
    basis: tuple[BasisTexts, ...]
    items: tuple[str, ...]
    contact: str


@dataclass(frozen=True)
class AnswerTexts:
    """What one side says after the request, in words. `citation` is given with the refusals R2 and R7."""

    kind: str
    text: str
    citation: str | None = None


Texts: TypeAlias = RequestTexts | AnswerTexts
_READERS: Final[dict[str, TypeAdapter[Any]]] = {"REQUEST": TypeAdapter(RequestTexts)}
_ANSWER: Final = TypeAdapter(AnswerTexts)


@dataclass(frozen=True)
class Paper:
    """One paper; `texts` is None once its exchange was erased."""

    n: int
    kind: str
    agency_id: AgencyId
    made_at: datetime
    texts: Texts | None


async def add_paper(tx: Tx, fact: Fact, exchange_id: ExchangeId, agency_id: AgencyId, texts: Texts) -> None:
    """The next paper of the exchange, explained by `fact`."""
    kind = "REQUEST" if isinstance(texts, RequestTexts) else texts.kind
    table = tables.papers
    row: dict[str, Any] = {
        "exchange_id": exchange_id,
        "n": await next_n(tx, table.c.exchange_id, exchange_id),
        "kind": kind,
        "agency_id": agency_id,
        "made_at": tx.now,
    }
    name = name_of(table, row)
    row["sealed"] = await tx.secrets.sealed(exchange_id.stream, name, orjson.dumps(asdict(texts)))
    await tx.add(fact, table, row)


async def list_papers(v: View | Tx, exchange_id: ExchangeId) -> list[Paper]:
    """The papers of the exchange in the order of telling."""
    table = tables.papers
    query = sa.select(table).where(table.c.exchange_id == exchange_id).order_by(table.c.n)
    return [_paper(v, row) for row in (await v.conn.execute(query)).mappings()]


async def request_texts(v: View | Tx, exchange_id: ExchangeId) -> RequestTexts:
    """The request itself, the first paper. Raises Erased."""
    table = tables.papers
    query = sa.select(table).where(table.c.exchange_id == exchange_id, table.c.n == 1)
    texts = _texts(v, (await v.conn.execute(query)).mappings().one())
    if not isinstance(texts, RequestTexts):
        raise Erased(f"{exchange_id} was erased")
    return texts


def _paper(v: View | Tx, row: Row) -> Paper:
    return Paper(row["n"], row["kind"], AgencyId(row["agency_id"]), row["made_at"], _texts(v, row))


def _texts(v: View | Tx, row: Row) -> Texts | None:
    stream = ExchangeId(row["exchange_id"]).stream
    try:
        plain = v.secrets.open(stream, name_of(tables.papers, row), row["sealed"])
    except Erased:
        return None
    texts: Texts = _READERS.get(row["kind"], _ANSWER).validate_json(plain)
    return texts
