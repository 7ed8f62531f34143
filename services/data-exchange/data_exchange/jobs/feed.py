"""The feed of events: filled from the ledger, and emptied behind what it keeps."""

from __future__ import annotations

from collections.abc import Sequence

from common.door.feed import LedgerEntry, follow_streams
from common.door.uow import change
from common.policy import Action, Mandate, authorize, service_actor
from data_exchange.domain.events import KEPT, NOUNS
from data_exchange.runtime import DataExchangeRuntime
from data_exchange.store import events


async def fill_feed(runtime: DataExchangeRuntime) -> None:
    """Put what the ledger has taken since into the feed (AES 37)."""

    async def handle(entries: Sequence[LedgerEntry]) -> None:
        async with change(runtime.db, _mandate()) as tx:
            await events.add_events(tx, entries)

    while await follow_streams(runtime.db, runtime.feed, events.CURSOR, NOUNS, handle):
        continue


async def forget_events(runtime: DataExchangeRuntime) -> None:
    """Remove events that are older than the feed keeps them."""
    async with change(runtime.db, _mandate()) as tx:
        await events.forget_before(tx, tx.now - KEPT)


def _mandate() -> Mandate:
    return authorize(service_actor("data-exchange"), Action.EVENT_FILL)
