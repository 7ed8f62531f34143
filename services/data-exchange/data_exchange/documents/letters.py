"""What each act of an exchange puts into its letter (D-37).

    async with reply(…) as draft, change(db, mandate) as tx:
        exchange = await exchanges.lock(tx, exchange_id)
        fact = accept(exchange, …, letter=draft.current(exchange, tx.now))

Each is drafted before the change opens, and its series waits until the change has taken the number.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from common.door.uow import change
from common.policy import Mandate, Resource
from common.values.calendar import legal_day
from common.values.ids import AgencyId, ExchangeId
from data_exchange.documents.addresses import Addresses, addresses_of
from data_exchange.documents.content import ReplyLetter, RequestLetter
from data_exchange.documents.drafts import UNWRITTEN, Draft, Sheet, drafted, make
from data_exchange.documents.wording import GROUNDS, PURPOSE, one_line, prefix_of
from data_exchange.domain.answering import RefusalCode
from data_exchange.domain.exchange import Exchange
from data_exchange.domain.letters import LetterKind
from data_exchange.domain.requesting import ExchangeRequested
from data_exchange.domain.standing import CaseStanding
from data_exchange.runtime import DataExchangeRuntime
from data_exchange.store.letters import next_letter_number, series_of
from data_exchange.store.papers import RequestTexts

ACCEPTED: Final = "同意协助"
REFUSED: Final = "不予协助"
DELIVERED: Final = "现提供所请求的全部内容"
DELIVERED_IN_PART: Final = "现提供所请求的部分内容"
NOT_GIVEN: Final = "-"
"""The number of an exchange while its rule is tried."""


@dataclass(frozen=True)
class Reply:
    """What a reply says. `code`, `citation` and `competent_agency_id` come with a refusal alone."""

    result: str
    text: str
    code: RefusalCode | None = None
    citation: str | None = None
    competent_agency_id: AgencyId | None = None


@asynccontextmanager
async def request(
    runtime: DataExchangeRuntime,
    mandate: Mandate,
    texts: RequestTexts,
    *,
    author: AgencyId,
    addresses: Addresses,
    case: CaseStanding | None,
    ask: Callable[..., ExchangeRequested],
) -> AsyncIterator[Draft]:
    """The letter of a request that is about to be sent. `ask` tries the rule, and says until when to answer."""
    kind = LetterKind.REQUEST
    prefix = prefix_of(addresses.office(author), kind)
    async with runtime.turns.of(series_of(author, kind)):
        async with change(runtime.db, mandate) as tx:
            exchange_id, year = ExchangeId.new(tx.now), legal_day(tx.now).year
            tx.permit(Resource(exchange_id, author, level=3))
            number = await next_letter_number(tx, author, kind, prefix=prefix, year=year)
            at = tx.now
        fact = ask(exchange_id, at=at, number=NOT_GIVEN, content=UNWRITTEN)
        content = RequestLetter(
            number=str(number),
            agency=addresses.head(author),
            recipient=addresses.name(fact.to_agency_id),
            exchange_id=exchange_id,
            subject=one_line(texts.subject),
            basis=tuple(f"《{one_line(basis.name)}》{one_line(basis.article)}" for basis in texts.basis),
            purpose=PURPOSE[fact.purpose],
            reason=one_line(texts.reason),
            items=tuple(map(one_line, texts.items)),
            acknowledge_by=(fact.acknowledge_by or fact.answer_by).due_on,
            answer_by=fact.answer_by.due_on,
            contact=one_line(texts.contact),
            case_code=case.number if case else None,
        )
        yield Draft(exchange_id, 0, await make(runtime, exchange_id, kind, content, number, at))


@asynccontextmanager
async def reply(
    runtime: DataExchangeRuntime,
    mandate: Mandate,
    exchange_id: ExchangeId,
    answer: Reply,
    *,
    trial: Callable[[Exchange], object],
) -> AsyncIterator[Draft]:
    """The receiver's answer as a letter. `trial` tries the rule."""
    addresses = await addresses_of(runtime)

    def write(sheet: Sheet) -> ReplyLetter:
        trial(sheet.exchange)
        competent = answer.competent_agency_id
        return ReplyLetter(
            number=str(sheet.number),
            agency=addresses.head(sheet.exchange.to_agency_id),
            recipient=addresses.name(sheet.exchange.agency_id),
            exchange_number=sheet.exchange.number,
            subject=one_line(sheet.subject),
            sent_on=legal_day(sheet.exchange.requested_at),
            result=answer.result,
            text=one_line(answer.text),
            grounds=GROUNDS[answer.code] if answer.code else None,
            citation=one_line(answer.citation) if answer.citation else None,
            competent_agency=addresses.name(competent) if competent else None,
        )

    author = mandate.actor.agency_id
    assert author is not None
    async with drafted(
        runtime, mandate, exchange_id, LetterKind.REPLY, author=author, addresses=addresses, write=write
    ) as draft:
        yield draft
