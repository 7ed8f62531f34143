"""What records of other services mean for captures: a decision freezes them, a case holds them, their device fell."""

from __future__ import annotations

import logging

from common.door.feed import LedgerEntry, follow
from common.door.uow import change, view
from common.policy import Action, authorize
from common.values.ids import CaseId, DeviceId, EvidenceId
from evidence.domain.capture import State
from evidence.domain.checks import Code
from evidence.domain.custody import freeze
from evidence.domain.invalidation import Invalidation, invalidate
from evidence.runtime import SELF, EvidenceRuntime
from evidence.store import captures, erasures, held_devices
from ledger.canonical import parse_instant

log = logging.getLogger(__name__)


async def freeze_decided(runtime: EvidenceRuntime) -> None:
    """Freeze the evidence that each new decision rests on (EvR 60(1))."""

    async def handle(entry: LedgerEntry) -> None:
        case_id = _case_of(entry)
        for evidence_id in entry.record["data"]["evidence_ids"]:
            await _freeze(runtime, EvidenceId(evidence_id), case_id)

    await follow(runtime.db, runtime.feed, "freeze", {"case.decided": "case"}, handle)


async def _freeze(runtime: EvidenceRuntime, evidence_id: EvidenceId, case_id: CaseId) -> None:
    async with change(runtime.db, authorize(SELF, Action.CAPTURE_FREEZE)) as tx:
        capture = await captures.lock(tx, evidence_id)
        if capture.state is not State.ACCEPTED:
            # The capture is frozen already: this pass repeats one that did not finish.
            log.info("%s is %s: not frozen", evidence_id, capture.state)
            return
        permit = tx.permit(captures.resource(capture))
        await captures.save(tx, permit, capture, freeze(capture.in_custody, case_id))


async def mark_invalidated(runtime: EvidenceRuntime) -> None:
    """Mark the captures of every interval in which their device was found, later, not to have been lawful (APL 41)."""

    async def handle(entry: LedgerEntry) -> None:
        data = entry.record["data"]
        device_id = DeviceId(entry.record["stream"].partition("/")[2])
        found = Invalidation(
            str(entry.record_id),
            data["guard"],
            tuple(map(Code, data["codes"])),
            parse_instant(data["invalid_from"]),
            parse_instant(data["invalid_until"]),
        )
        while await _mark(runtime, device_id, found):
            continue

    types = {"device.capability.invalidated": "device"}
    await follow(runtime.db, runtime.feed, "invalidations", types, handle)


async def _mark(runtime: EvidenceRuntime, device_id: DeviceId, found: Invalidation) -> bool:
    """Mark some of the captures of the interval; whether there were any."""
    mandate = authorize(SELF, Action.CAPTURE_INVALIDATE)
    async with view(runtime.db, mandate) as v:
        ids = await captures.list_of_interval(
            v, device_id, since=found.invalid_from, until=found.invalid_until, source=found.source
        )
    for evidence_id in ids:
        async with change(runtime.db, mandate) as tx:
            capture = await captures.lock(tx, evidence_id)
            if found in capture.invalidations:
                continue
            permit = tx.permit(captures.resource(capture))
            moment = min(capture.captured_at, capture.received_at)
            await captures.save(tx, permit, capture, invalidate(evidence_id, device_id, moment, found))
    return bool(ids)


def _case_of(entry: LedgerEntry) -> CaseId:
    return CaseId(entry.record["stream"].partition("/")[2])


async def note_holds(runtime: EvidenceRuntime) -> None:
    """Note which cases rest on which captures, and how far they are: until then nothing is erased."""
    db = runtime.db

    async def handle(entry: LedgerEntry) -> None:
        case_id, data = _case_of(entry), entry.record["data"]
        match entry.record["type"]:
            case "case.opened" | "case.capture_joined":
                await erasures.note_opened(db, case_id, EvidenceId(data["evidence_id"]))
            case "case.merged":
                at = parse_instant(data["merged_at"])
                await erasures.note_closed(db, case_id, at)
                if data["kept_until"]:
                    await erasures.note_archived(
                        db, case_id, at, kept_until=parse_instant(data["kept_until"])
                    )
            case "case.closed":
                await erasures.note_closed(db, case_id, parse_instant(data["closed_at"]))
            case "case.not_filed":
                # A lead that became no case holds its captures while it may count, and not longer.
                at = parse_instant(data["not_filed_at"])
                await erasures.note_closed(db, case_id, at)
                await erasures.note_archived(db, case_id, at, kept_until=parse_instant(data["kept_until"]))
            case "case.transferred_out":
                at = parse_instant(data["transferred_at"])
                await erasures.note_closed(db, case_id, at)
                await erasures.note_archived(db, case_id, at, kept_until=parse_instant(data["kept_until"]))
            case "case.reopened":
                await erasures.note_reopened(db, case_id)
            case "case.archived":
                at, until = parse_instant(data["archived_at"]), data["kept_until"]
                kept_until = parse_instant(until) if until else None
                await erasures.note_archived(db, case_id, at, kept_until=kept_until)

    noted = (
        "case.opened",
        "case.capture_joined",
        "case.merged",
        "case.transferred_out",
        "case.closed",
        "case.reopened",
        "case.not_filed",
        "case.archived",
    )
    types = dict.fromkeys(noted, "case")
    await follow(db, runtime.feed, erasures.HOLDS, types, handle)


async def hold_devices(runtime: EvidenceRuntime) -> None:
    """Note which devices wait for a person, because their figures are out of line: nothing of them is accepted."""

    async def handle(entry: LedgerEntry) -> None:
        data = entry.record["data"]
        device_id = DeviceId(data["device_id"])
        if entry.record["type"] == "anomaly.decided":
            await held_devices.note_free(runtime.db, device_id)
        elif data["held"]:
            await held_devices.note_held(runtime.db, device_id, parse_instant(entry.record["at"]))

    types = {"anomaly.opened": "anomaly", "anomaly.widened": "anomaly", "anomaly.decided": "anomaly"}
    await follow(runtime.db, runtime.feed, "held-devices", types, handle)
