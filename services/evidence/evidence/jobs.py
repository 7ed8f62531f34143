"""What evidence does by itself: check what came in, copy what was accepted, freeze what was decided."""

from __future__ import annotations

import logging
from typing import cast

from common.app import Job
from common.blobs import BlobDamaged, BlobMissing, BlobStore, sha256_hex
from common.ids import CaseId, DeviceId, EvidenceId
from common.policy import Action, authorize, service_actor
from common.profile import RuleSet
from common.relay import LedgerEntry, follow
from common.runtime import Runtime
from common.uow import change, operational, view
from device_registry.contract import DeviceRegistry
from evidence import store
from evidence.domain.capture import State
from evidence.domain.checks import Standing, check
from evidence.domain.custody import back_up, freeze
from evidence.dossier import evidence_named_in, whole_stream
from evidence.intake import session
from evidence.ledger.reader import Log
from evidence.store import Capture

log = logging.getLogger(__name__)
SELF = service_actor("evidence")


async def check_captures(runtime: Runtime) -> None:
    """Ask the registry about the device of every new capture, and check the capture (Inv. 4)."""
    mandate = authorize(SELF, Action.CAPTURE_CHECK)
    async with view(runtime.db, mandate) as v:
        waiting = [await store.get(v, id) for id in await store.ids_that_wait(v)]
    for capture in waiting:
        # Asked before the change: a slow registry must not hold the row.
        standing = await _standing(runtime, capture)
        async with change(runtime.db, mandate) as tx:
            held = await store.lock(tx, capture.id)
            if held.row["state"] != State.INGESTED:
                continue
            rules = _rules(runtime, held, standing)
            fact = check(
                held.checked,
                standing,
                media=rules.media if rules else None,
                ruleset=rules.id if rules else None,
            )
            await store.save(tx, tx.permit(held.resource), fact, held)


async def _standing(runtime: Runtime, capture: Capture) -> Standing:
    row = capture.row
    # A camera whose clock runs ahead claims a future that the registry does not answer for; such a capture
    # fails for its clock whatever the answer is.
    at = min(row["captured_at"], row["received_at"])
    signed = await DeviceRegistry(runtime.peers).capability(DeviceId(row["device_id"]), at)
    sha256 = await cast(BlobStore, runtime.blobs).put(signed.note_bytes)
    stated = signed.capability
    allowed = tuple(function.code for function in stated.functions if function.lawful)
    return Standing(stated.lawful, tuple(stated.codes), sha256, allowed)


def _rules(runtime: Runtime, capture: Capture, standing: Standing) -> RuleSet | None:
    code = capture.row["violation_code"] or (
        standing.violation_codes[0] if len(standing.violation_codes) == 1 else None
    )
    return next((r for r in reversed(runtime.profile.rulesets) if code in r.violation_codes), None)


async def back_up_accepted(runtime: Runtime) -> None:
    """Copy the originals of accepted captures to the second store, and record it once they were read back (NJ 17)."""
    mandate = authorize(SELF, Action.CAPTURE_BACK_UP)
    async with view(runtime.db, mandate) as v:
        waiting = [await store.get(v, id) for id in await store.ids_without_copy(v)]
    for capture in waiting:
        try:
            reread = await _copied(runtime, capture)
        except (BlobDamaged, BlobMissing, OSError) as error:
            # One damaged original must not keep the others from being copied; fsck names it.
            log.error("couldn't back up %s: %s", capture.id, error)
            continue
        async with change(runtime.db, mandate) as tx:
            held = await store.lock(tx, capture.id)
            if held.row["backed_up_at"] is None:
                await store.save(tx, tx.permit(held.resource), back_up(held.kept, reread=reread), held)


async def _copied(runtime: Runtime, capture: Capture) -> tuple[str, ...]:
    """Hashes of what the second store gives back."""
    here, there = cast(BlobStore, runtime.blobs), cast(BlobStore, runtime.backup)
    for sha256 in capture.kept.originals:
        await there.put(await here.get(sha256))
    return tuple([sha256_hex(await there.get(sha256)) for sha256 in capture.kept.originals])


async def freeze_decided(runtime: Runtime) -> None:
    """Freeze the evidence that each new decision rests on (EvR 60(1))."""

    async def handle(entry: LedgerEntry) -> None:
        case_id = CaseId(entry.record["stream"].partition("/")[2])
        for evidence_id in await _evidence_of(runtime, case_id, until=entry.index):
            await _freeze(runtime, evidence_id, case_id)

    await follow(runtime.db, runtime.peers, "freeze", {"case.decided": "case"}, handle)


async def _evidence_of(runtime: Runtime, case_id: CaseId, *, until: int) -> list[EvidenceId]:
    """The captures that the case's records name, up to the decision: it holds their digest, not their ids."""
    async with view(runtime.db, authorize(SELF, Action.LEDGER_READ)) as v:
        rows = await whole_stream(await Log.within(v.conn), case_id.stream)
    return [EvidenceId(id) for id in evidence_named_in(row for row in rows if row.index <= until)]


async def _freeze(runtime: Runtime, evidence_id: EvidenceId, case_id: CaseId) -> None:
    mandate = authorize(SELF, Action.CAPTURE_FREEZE)
    async with change(runtime.db, mandate) as tx:
        held = await store.lock(tx, evidence_id)
        if held.row["state"] != State.ACCEPTED:
            # Frozen already, or named by the case and never accepted: no decision may rest on it.
            log.info("%s is %s: not frozen", evidence_id, held.row["state"])
            return
        await store.save(tx, tx.permit(held.resource), freeze(held.kept, case_id), held)


async def sweep(runtime: Runtime) -> None:
    """Forget old challenges, sessions and quarantined bodies."""
    async with operational(runtime.db) as conn:
        await session.sweep(conn, now=runtime.clock())


JOBS = (
    Job("check", check_captures),
    Job("backup", back_up_accepted),
    Job("freeze", freeze_decided),
    Job("sweep", sweep, every_s=30),
)
