"""Follows the ledger, and makes a notice of each record that pulls a trigger."""

from __future__ import annotations

from common.door.feed import LedgerEntry, follow
from common.values.ids import CaseId, DocumentId, PartyId
from notification.runtime import NotificationRuntime
from notification.telling.context import Asked, Paper
from notification.telling.making import tell
from notification.telling.triggers import FOLLOWED, Trigger, trigger_of


async def follow_triggers(runtime: NotificationRuntime) -> None:
    """Make the notice that each new record asks for, each once."""

    async def handle(entry: LedgerEntry) -> None:
        trigger = trigger_of(entry)
        if trigger is not None:
            await tell(runtime, asked_by(trigger, entry))

    while await follow(runtime.db, runtime.feed, "notices", FOLLOWED, handle):
        continue


def asked_by(trigger: Trigger, entry: LedgerEntry) -> Asked:
    """The notice for which the record of `entry` asks."""
    data = entry.record["data"]
    paper = None
    if trigger.document_kind is not None:
        paper = Paper(DocumentId(data["document_id"]), trigger.document_kind, data["sha256"])
    case_id = CaseId(entry.record["stream"].partition("/")[2])
    party_id = PartyId(data["party_id"]) if trigger.to_named_party else None
    return Asked(trigger.code, case_id, str(entry.record_id), paper, trigger.says, party_id=party_id)
