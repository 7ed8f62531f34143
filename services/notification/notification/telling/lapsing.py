"""Follows the ledger, and notes which notices lapse: the dispatcher asks for it just before each call."""

from __future__ import annotations

from typing import Final

from case.contract import Case
from common.door.feed import LedgerEntry, follow
from common.door.uow import operational
from common.values.ids import CaseId
from notification.domain.lapsing import LAPSES, PAID, lapsed_by
from notification.runtime import NotificationRuntime
from notification.store import lapsings

_FOLLOWED: Final = dict.fromkeys(LAPSES, "case")


async def follow_lapses(runtime: NotificationRuntime) -> None:
    """Note for each new record the notices for which its case has no reason any more."""

    async def handle(entry: LedgerEntry) -> None:
        case_id, record_type = CaseId(entry.record["stream"].partition("/")[2]), entry.record["type"]
        is_paid = record_type == PAID and (await Case(runtime.peers).notice_context(case_id)).is_paid
        codes = lapsed_by(record_type, is_paid=is_paid)
        if codes:
            async with operational(runtime.db) as conn:
                await lapsings.put(conn, case_id, codes, at=entry.time)

    while await follow(runtime.db, runtime.feed, "lapses", _FOLLOWED, handle):
        continue
