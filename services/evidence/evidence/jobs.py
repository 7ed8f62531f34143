"""What evidence does by itself: check what came in, copy what was accepted, freeze what was decided."""

from __future__ import annotations

import logging

from common.door import erasure
from common.door.blobs import BlobDamaged, BlobMissing, sha256_hex
from common.door.erasure import Due
from common.door.relay import LedgerEntry, follow
from common.door.secrets import Erased, SecretMissing
from common.door.uow import change, operational, view
from common.policy import Action, Resource, authorize, service_actor
from common.values.ids import NO_AGENCY, CaseId, DeviceId, EvidenceId
from common.values.rulesets import RuleSet
from common.web.app import Job
from device_registry.contract import DeviceRegistry
from evidence import erasures, store
from evidence.bundles.dossier import evidence_named_in
from evidence.bundles.extract import whole_stream
from evidence.domain.anchoring import anchor
from evidence.domain.capture import State
from evidence.domain.checks import Standing, check
from evidence.domain.custody import back_up, freeze
from evidence.intake import session
from evidence.ledger import witnessing
from evidence.ledger.log import Log, Twin
from evidence.ledger.timestamp import LOOK_S
from evidence.runtime import EvidenceRuntime
from evidence.store import Capture
from ledger.twin import twin_origin

log = logging.getLogger(__name__)
SELF = service_actor("evidence")


async def check_captures(runtime: EvidenceRuntime) -> None:
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


async def _standing(runtime: EvidenceRuntime, capture: Capture) -> Standing:
    row = capture.row
    # A camera whose clock runs ahead claims a future that the registry does not answer for; such a capture
    # fails for its clock whatever the answer is.
    at = min(row["captured_at"], row["received_at"])
    signed = await DeviceRegistry(runtime.peers).capability(DeviceId(row["device_id"]), at)
    sha256 = await runtime.blobs.put(signed.note_bytes)
    stated = signed.capability
    allowed = tuple(function.code for function in stated.functions if function.lawful)
    return Standing(stated.lawful, tuple(stated.codes), sha256, allowed)


def _rules(runtime: EvidenceRuntime, capture: Capture, standing: Standing) -> RuleSet | None:
    code = capture.row["violation_code"] or (
        standing.violation_codes[0] if len(standing.violation_codes) == 1 else None
    )
    return next((r for r in reversed(runtime.profile.rulesets) if code in r.violation_codes), None)


async def back_up_accepted(runtime: EvidenceRuntime) -> None:
    """Copy the originals of accepted captures to the second store, and record it once they were read back (NJ 17)."""
    mandate = authorize(SELF, Action.CAPTURE_BACK_UP)
    async with view(runtime.db, mandate) as v:
        waiting = [await store.get(v, id) for id in await store.ids_without_copy(v)]
    for capture in waiting:
        try:
            reread = await _copied(runtime, capture)
        except (BlobDamaged, BlobMissing, Erased, SecretMissing, OSError) as error:
            # One damaged original must not keep the others from being copied; fsck names it.
            log.error("couldn't back up %s: %s", capture.id, error)
            continue
        async with change(runtime.db, mandate) as tx:
            held = await store.lock(tx, capture.id)
            if held.row["backed_up_at"] is None:
                await store.save(tx, tx.permit(held.resource), back_up(held.kept, reread=reread), held)


async def _copied(runtime: EvidenceRuntime, capture: Capture) -> tuple[str, ...]:
    """Hashes of what the second store gives back."""
    here, there = runtime.sealed, runtime.sealed_backup
    stated, stream = capture.row["capability_sha256"], capture.id.stream
    reread = []
    for sha256 in capture.kept.originals:
        if sha256 == stated:  # the registry's word on the device concerns nobody
            copies = runtime.backup
            await copies.put(await runtime.blobs.get(sha256))
            reread.append(sha256_hex(await copies.get(sha256)))
        else:
            await here.copy_to(there, sha256, of=stream)
            reread.append(sha256_hex(await there.get(sha256, of=stream)))
    return tuple(reread)


async def freeze_decided(runtime: EvidenceRuntime) -> None:
    """Freeze the evidence that each new decision rests on (EvR 60(1))."""

    async def handle(entry: LedgerEntry) -> None:
        case_id = CaseId(entry.record["stream"].partition("/")[2])
        for evidence_id in await _evidence_of(runtime, case_id, until=entry.index):
            await _freeze(runtime, evidence_id, case_id)

    await follow(runtime.db, runtime.peers, "freeze", {"case.decided": "case"}, handle)


async def _evidence_of(runtime: EvidenceRuntime, case_id: CaseId, *, until: int) -> list[EvidenceId]:
    """The captures that the case's records name, up to the decision: it holds their digest, not their ids."""
    async with view(runtime.db, authorize(SELF, Action.LEDGER_READ)) as v:
        rows = await whole_stream(await Log.within(v.conn), case_id.stream)
    return [EvidenceId(id) for id in evidence_named_in(row for row in rows if row.index <= until)]


async def _freeze(runtime: EvidenceRuntime, evidence_id: EvidenceId, case_id: CaseId) -> None:
    mandate = authorize(SELF, Action.CAPTURE_FREEZE)
    async with change(runtime.db, mandate) as tx:
        held = await store.lock(tx, evidence_id)
        if held.row["state"] != State.ACCEPTED:
            # Frozen already, or named by the case and never accepted: no decision may rest on it.
            log.info("%s is %s: not frozen", evidence_id, held.row["state"])
            return
        await store.save(tx, tx.permit(held.resource), freeze(held.kept, case_id), held)


async def note_holds(runtime: EvidenceRuntime) -> None:
    """Note which cases rest on which captures, and how far they are: until then nothing is erased."""

    async def handle(entry: LedgerEntry) -> None:
        await erasures.note_hold(runtime.db, entry.record)

    await follow(runtime.db, runtime.peers, erasures.HOLDS, erasures.HOLDING, handle)


async def destroy_erased(runtime: EvidenceRuntime) -> None:
    """Destroy what approved erasures name. Every start looks at all of them again."""
    stores = (runtime.sealed, runtime.sealed_backup)

    async def remove(erased: Due) -> None:
        for blobs in stores:
            await blobs.remove(erasures.digests_of(erased), of=erased.stream)

    await erasure.carry_out(runtime.db, remove)


async def sweep(runtime: EvidenceRuntime) -> None:
    """Forget old challenges, sessions and quarantined bodies."""
    async with operational(runtime.db) as conn:
        await session.sweep(conn, runtime.db.secrets, now=runtime.clock())


async def anchor_twin(runtime: EvidenceRuntime) -> None:
    """Enter the newest checkpoint of the SM3 twin in the log, so that each tree commits to the other."""
    sequencer = runtime.ledger
    if not sequencer.settings.twin or not sequencer.leads:
        return
    mandate = authorize(SELF, Action.LEDGER_APPEND)
    async with view(runtime.db, mandate) as v:
        newest = await (await Twin.within(v.conn)).checkpoint()
        last = await store.last_anchor(v)
    if newest is None:
        return
    size, note = newest
    origin = twin_origin(sequencer.origin)
    fact = anchor(origin=origin, size=size, checkpoint=note.decode(), last=last, at=runtime.clock())
    if fact is not None:
        async with change(runtime.db, mandate) as tx:
            tx.record(tx.permit(Resource(id=fact.stream, agency_id=NO_AGENCY, level=1)), fact)


async def witness(runtime: EvidenceRuntime) -> None:
    """Have the newest checkpoint cosigned by each witness that has not, or not lately."""
    if (witnesses := runtime.ledger.settings.witnesses) is not None:
        await witnessing.witness(runtime.db, witnesses)


async def stamp(runtime: EvidenceRuntime) -> None:
    """Have the newest checkpoint stamped by each authority whose last token is old enough."""
    stamper = runtime.ledger.settings.stamper
    # A process that stands by leaves it to the leader, or every process would ask for tokens of its own.
    if stamper is not None and runtime.ledger.leads:
        await stamper.stamp_due(runtime)


JOBS = (
    Job("check", check_captures),
    Job("backup", back_up_accepted),
    Job("freeze", freeze_decided),
    Job("holds", note_holds),
    Job("erase", destroy_erased),
    Job("sweep", sweep, every_s=30),
    Job("anchor", anchor_twin, every_s=30),
    Job("witness", witness, every_s=1),
    Job("time-stamp", stamp, every_s=LOOK_S),
)
