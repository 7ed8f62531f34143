"""Follows the ledger and opens an oversight item from each record that a rule names."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from case.domain.deadlines import Terms
from case.domain.oversight import Source, open_item
from case.oversight.rules import BY_RECORD, FOLLOWED
from case.runtime import CaseRuntime
from case.store import oversight
from case.store.oversight_texts import Facts, LoggedRecord
from common.calls.http import Peers
from common.door.feed import LedgerEntry, follow
from common.door.uow import change, view
from common.policy import Action, Resource, authorize, service_actor
from common.values.ids import OversightItemId
from ledger.canonical import parse_instant

_PAGE: Final = 256
_PERSONAL: Final = 3


async def follow_facts(runtime: CaseRuntime) -> None:
    """Open an item from every fact that a rule names, each once."""

    async def handle(entry: LedgerEntry) -> None:
        await _open(runtime, entry)

    while await follow(runtime.db, runtime.feed, "oversight", FOLLOWED, handle):
        continue


async def _open(runtime: CaseRuntime, entry: LedgerEntry) -> None:
    mandate = authorize(service_actor("case"), Action.OVERSIGHT_OPEN)
    record = entry.record
    rule, data = BY_RECORD[record["type"]], record["data"]
    if not rule.opens(data):
        return
    source = Source(str(entry.record_id), record["type"], record["stream"], record["seq"])
    async with view(runtime.db, mandate) as v:
        if await oversight.is_opened(v, entry.record_id):
            return
    log = await _log_of(runtime.peers, source)
    async with change(runtime.db, mandate) as tx:
        await oversight.hold_source(tx, entry.record_id)
        # Read again under the lock: another follower may have opened the item meanwhile.
        if await oversight.is_opened(tx, entry.record_id):
            return
        item_id, agency_id = OversightItemId.new(tx.now), rule.agency_of(data)
        permit = tx.permit(Resource(item_id, agency_id, level=_PERSONAL))
        fact = open_item(
            item_id,
            rule.type_of(data),
            agency_id=agency_id,
            source=source,
            consequence=rule.consequence_of(data),
            terms=Terms(runtime.profile, runtime.calendar),
            at=tx.now,
        )
        await oversight.add(tx, permit, fact, texts=Facts(log))


async def _log_of(peers: Peers, source: Source) -> tuple[LoggedRecord, ...]:
    """The records of the source's stream from its first to the source itself, as the ledger has them."""
    records: list[LoggedRecord] = []
    after = -1
    while after < source.seq:
        page = await peers.get(
            "evidence",
            f"/v1/ledger/streams/{source.stream}/records",
            {"after": str(after), "limit": str(_PAGE)},
        )
        shown = [item["record"] for item in page["items"]]
        if not shown:
            raise LookupError(f"couldn't read {source.stream} up to {source.seq}: it ends at {after}")
        records += [_logged(record) for record in shown if record["seq"] <= source.seq]
        after = shown[-1]["seq"]
    return tuple(records)


def _logged(record: dict[str, Any]) -> LoggedRecord:
    return LoggedRecord(UUID(record["id"]), record["type"], parse_instant(record["at"]))
