"""The letter of each urging (D-37 催促函): by an officer, or by the service where the sender has not urged."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace

from common.policy import Mandate
from common.values.calendar import legal_day
from common.values.ids import AgencyId, ExchangeId
from data_exchange.documents.addresses import Addresses, addresses_of
from data_exchange.documents.content import UrgingLetter
from data_exchange.documents.drafts import Draft, Sheet, drafted
from data_exchange.documents.wording import follows, one_line, passed_line
from data_exchange.domain import urging
from data_exchange.domain.clocks import COMPLETE, Terms
from data_exchange.domain.exchange import Exchange
from data_exchange.domain.letters import LetterKind
from data_exchange.domain.urging import ExchangeUrged
from data_exchange.runtime import DataExchangeRuntime

log = logging.getLogger(__name__)


@asynccontextmanager
async def urged(
    runtime: DataExchangeRuntime, mandate: Mandate, exchange_id: ExchangeId
) -> AsyncIterator[Draft]:
    """The letter of an urging by the sender's officer."""
    author, terms = mandate.actor.agency_id, Terms(runtime.profile, runtime.calendar)

    def urge(sheet: Sheet) -> ExchangeUrged:
        return urging.urge(sheet.exchange, agency_id=author, terms=terms, at=sheet.at)

    assert author is not None
    addresses = await addresses_of(runtime)
    async with _letter(runtime, mandate, exchange_id, author=author, addresses=addresses, urge=urge) as draft:
        yield draft


@asynccontextmanager
async def followed(
    runtime: DataExchangeRuntime, mandate: Mandate, exchange: Exchange
) -> AsyncIterator[Draft | None]:
    """The letter of the urging that follows by itself from the periods of `exchange` that have passed.

    None if no urging follows, and if the profile cannot print a letter of the sender: silence is urged all the same.
    """
    terms = Terms(runtime.profile, runtime.calendar)
    if not isinstance(urging.follow(exchange, terms=terms, at=runtime.clock()), ExchangeUrged):
        yield None
        return
    addresses = await addresses_of(runtime)
    if not addresses.has_office(exchange.agency_id):
        log.error("couldn't print the urging of %s: the profile has no office of its sender", exchange.id)
        yield None
        return

    def urge(sheet: Sheet) -> ExchangeUrged:
        # An answer may have come meanwhile: then the rule refuses, and nothing is urged.
        return urging.urge(sheet.exchange, agency_id=exchange.agency_id, terms=terms, at=sheet.at)

    async with _letter(
        runtime, mandate, exchange.id, author=exchange.agency_id, addresses=addresses, urge=urge
    ) as draft:
        yield draft


def _letter(
    runtime: DataExchangeRuntime,
    mandate: Mandate,
    exchange_id: ExchangeId,
    *,
    author: AgencyId,
    addresses: Addresses,
    urge: Callable[[Sheet], ExchangeUrged],
) -> AbstractAsyncContextManager[Draft]:
    """`urge` tries the rule, and says until when to answer."""

    def write(sheet: Sheet) -> UrgingLetter:
        # A period may have passed since the service last looked: it is recorded with the urging.
        exchange = urging.after_silence(sheet.exchange, at=sheet.at)
        fact = urge(replace(sheet, exchange=exchange))
        missed = [c.deadline for c in exchange.clocks if c.missed and c.deadline.rule != COMPLETE]
        missed.sort(key=lambda deadline: (deadline.due_on, deadline.trigger_on))
        return UrgingLetter(
            number=str(sheet.number),
            agency=addresses.head(exchange.agency_id),
            recipient=addresses.name(exchange.to_agency_id),
            exchange_number=exchange.number,
            subject=one_line(sheet.subject),
            sent_on=legal_day(exchange.requested_at),
            passed=tuple(map(passed_line, missed)),
            nth=fact.nth,
            reply_by=fact.reply_by.due_on,
            follows=follows(exchange.kind, fact.nth),
        )

    return drafted(
        runtime, mandate, exchange_id, LetterKind.URGING, author=author, addresses=addresses, write=write
    )
