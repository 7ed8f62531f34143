"""A letter on its way: read, rendered and stored before the change that makes it valid.

    turn of the series ─▶ look (the rule is tried, nothing is written) ─▶ render ─▶ blob ─▶ change: is all as it was?

Rendering and the blob store stay outside the transaction. If the exchange moved on or midnight passed in between, the
act is refused, no number is taken, and the blob is an orphan that no record names.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from common.documents.content import Content
from common.documents.series import DocumentNumber
from common.door.secrets import Erased
from common.door.uow import Tx, change
from common.policy import Mandate
from common.values.calendar import legal_day
from common.values.errors import Kind, Refusal
from common.values.facts import Commitment
from common.values.ids import AgencyId, ExchangeId
from data_exchange.documents import render, template_of
from data_exchange.documents.addresses import Addresses
from data_exchange.documents.wording import prefix_of
from data_exchange.domain.exchange import Exchange
from data_exchange.domain.letters import Letter, LetterKind
from data_exchange.domain.retention import erased
from data_exchange.runtime import DataExchangeRuntime
from data_exchange.store import exchanges
from data_exchange.store.letters import StoredLetter, next_letter_number, series_of
from data_exchange.store.papers import RequestTexts, list_papers

UNWRITTEN: Final = Commitment(bytes(32))
"""Stands for a text while a rule is tried; no record ever holds it."""


@dataclass(frozen=True)
class Draft:
    """A letter that exists as bytes and not yet in law. `revision` is that of the exchange it was made from."""

    exchange_id: ExchangeId
    revision: int
    letter: Letter

    def current(self, exchange: Exchange, at: datetime) -> Letter:
        """The letter. Raises Refusal DX_CHANGED_MEANWHILE if the exchange changed, or the day, since it was made."""
        if exchange.revision != self.revision:
            raise _changed(exchange.id)
        return self.of_today(at)

    def of_today(self, at: datetime) -> Letter:
        """The letter of a request, which no exchange is there for yet: only midnight can have passed."""
        if legal_day(at) != legal_day(self.letter.made_at):
            raise _changed(self.exchange_id)
        return self.letter


@dataclass(frozen=True)
class Sheet:
    """What a letter about an existing exchange is written from. `request` is None once the exchange was erased."""

    exchange: Exchange
    request: RequestTexts | None
    number: DocumentNumber
    at: datetime

    @property
    def subject(self) -> str:
        return self.request.subject if self.request else self.exchange.number


@asynccontextmanager
async def drafted(
    runtime: DataExchangeRuntime,
    mandate: Mandate,
    exchange_id: ExchangeId,
    kind: LetterKind,
    *,
    author: AgencyId,
    addresses: Addresses,
    write: Callable[[Sheet], Content],
) -> AsyncIterator[Draft]:
    """The letter that `write` writes, while its series waits for the change that takes its number.

    `write` tries the rule, so that an act that is refused makes no letter. A repeated request is answered here already.
    """
    prefix = prefix_of(addresses.office(author), kind)
    async with runtime.turns.of(series_of(author, kind)):
        async with change(runtime.db, mandate) as tx:
            exchange = await exchanges.lock(tx, exchange_id)
            tx.permit(exchanges.resource(exchange, mandate.actor))
            number = await _next(tx, author, kind, prefix)
            sheet = Sheet(exchange, await _request_of(tx, exchange_id), number, tx.now)
        letter = await make(runtime, exchange_id, kind, write(sheet), number, sheet.at)
        yield Draft(exchange_id, exchange.revision, letter)


def _changed(exchange_id: ExchangeId) -> Refusal:
    return Refusal(Kind.CONFLICT, "DX_CHANGED_MEANWHILE", {"exchange": exchange_id})


async def _next(tx: Tx, author: AgencyId, kind: LetterKind, prefix: str) -> DocumentNumber:
    return await next_letter_number(tx, author, kind, prefix=prefix, year=legal_day(tx.now).year)


async def make(
    runtime: DataExchangeRuntime,
    exchange_id: ExchangeId,
    kind: LetterKind,
    content: Content,
    number: DocumentNumber,
    at: datetime,
) -> Letter:
    """Render `content` and store the bytes under their hash, sealed for the exchange."""
    # The salt hides the content from a person who knows only the digest and guesses.
    pdf = await asyncio.to_thread(render, kind, content, at, salt=secrets.token_hex(16))
    sha256 = await runtime.sealed.put(pdf, of=[exchange_id.stream])
    printed = str(number)
    return Letter(kind, number.series, number.year, number.serial, printed, template_of(kind), sha256, at)


async def bytes_of(runtime: DataExchangeRuntime, exchange_id: ExchangeId, stored: StoredLetter) -> bytes:
    """The bytes of a letter as they were made. Refusal DX_ERASED once its exchange was erased."""
    try:
        return await runtime.sealed.get(stored.letter.sha256, of=exchange_id.stream)
    except Erased:
        raise erased(exchange_id) from None


async def _request_of(tx: Tx, exchange_id: ExchangeId) -> RequestTexts | None:
    texts = (paper.texts for paper in await list_papers(tx, exchange_id))
    return next((text for text in texts if isinstance(text, RequestTexts)), None)
