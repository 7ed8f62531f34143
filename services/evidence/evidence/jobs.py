"""What evidence does by itself: check new captures, copy accepted ones, freeze those that a decision rests on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from prometheus_client import Gauge

from common.door import erasure
from common.door.blobs import BlobDamaged, BlobMissing, sha256_hex
from common.door.erasure import SealedFiles
from common.door.feed import LedgerEntry, follow
from common.door.secrets import Erased, SecretMissing
from common.door.uow import Database, change, operational, view
from common.policy import Action, Mandate, Resource, authorize, service_actor
from common.values.calendar import legal_day
from common.values.facts import Fact
from common.values.ids import NO_AGENCY, CaseId, DeviceId, EvidenceId
from common.values.rulesets import RuleSet
from common.web.app import Job
from device_registry.contract import DeviceRegistry, MeasurementView
from evidence.domain.anchoring import anchor
from evidence.domain.capture import State
from evidence.domain.checks import Code, Standing, check
from evidence.domain.custody import back_up, freeze
from evidence.domain.invalidation import Invalidation, invalidate
from evidence.domain.lifecycle import Capture
from evidence.domain.likeness import near_duplicate
from evidence.domain.measurement import PermissibleError, Quantity, Requirement
from evidence.ledger import witnessing
from evidence.ledger.log import Twin
from evidence.ledger.timestamp import LOOK_S
from evidence.runtime import EvidenceRuntime
from evidence.store import (
    captures,
    challenges,
    erasures,
    held,
    held_devices,
    likeness,
    outbox,
    quarantine,
    rejects,
    sessions,
)
from evidence.store.captures import Unchecked
from ledger.canonical import parse_instant
from ledger.twin import twin_origin

log = logging.getLogger(__name__)
SELF = service_actor("evidence")

CHECKED_AT_ONCE: Final = 16
"""So many captures share the round trips of one change. Until it commits, their rows are held."""

LEADS: Final = Gauge(
    "mingzheng_ledger_leads", "1 in the process that appends to the ledger, 0 where one stands by"
)


async def start(runtime: EvidenceRuntime) -> None:
    """Before the first request: the ledger, and every erasure on record once more."""
    sequencer = runtime.ledger
    await sequencer.start()
    await erasure.look_again(runtime.db)
    LEADS.set_function(lambda: float(sequencer.leads))


async def stop(runtime: EvidenceRuntime) -> None:
    """After the last request."""
    await runtime.ledger.stop()
    if runtime.ledger.settings.witnesses is not None:
        await runtime.ledger.settings.witnesses.close()
    await runtime.follower.close()


async def check_captures(runtime: EvidenceRuntime) -> None:
    """Ask the registry about the device of every new capture, and check the capture (Inv. 4)."""
    mandate, last, fault = authorize(SELF, Action.CAPTURE_CHECK), "", None
    while waiting := await _unchecked(runtime, mandate, after=last):
        # One that cannot be checked stops no other; it is tried again by the next run.
        fault = await _check_all(runtime, mandate, waiting) or fault
        last = waiting[-1].id
    if fault is not None:
        raise fault


async def _unchecked(runtime: EvidenceRuntime, mandate: Mandate, *, after: str) -> list[Unchecked]:
    async with view(runtime.db, mandate) as v:
        return await captures.list_unchecked(v, after=after, limit=CHECKED_AT_ONCE)


async def _check_all(
    runtime: EvidenceRuntime, mandate: Mandate, waiting: Sequence[Unchecked]
) -> BaseException | None:
    """Check these captures in one change; where that fails, each in a change of its own. The last fault, or None."""
    # Asked before the change: a slow registry must not hold the rows.
    asked = await asyncio.gather(*(_standing(runtime, seen) for seen in waiting), return_exceptions=True)
    answers = list(zip([seen.id for seen in waiting], asked, strict=True))
    standings = {id: answer for id, answer in answers if not isinstance(answer, BaseException)}
    faults = [_noted(id, answer) for id, answer in answers if isinstance(answer, BaseException)]
    (outcome,) = await asyncio.gather(_check(runtime, mandate, standings), return_exceptions=True)
    if isinstance(outcome, BaseException):
        log.warning("couldn't check %d captures in one change: %s", len(standings), type(outcome).__name__)
        for id, standing in standings.items():
            (outcome,) = await asyncio.gather(
                _check(runtime, mandate, {id: standing}), return_exceptions=True
            )
            faults += [_noted(id, outcome)] if isinstance(outcome, BaseException) else []
    return faults[-1] if faults else None


def _noted(id: EvidenceId, fault: BaseException) -> BaseException:
    log.error("couldn't check %s: %s", id, type(fault).__name__)
    return fault


async def _check(
    runtime: EvidenceRuntime, mandate: Mandate, standings: Mapping[EvidenceId, Standing]
) -> None:
    near = timedelta(seconds=runtime.profile.evidence.near_duplicate_s)
    async with change(runtime.db, mandate) as tx:
        for capture in await captures.lock_free(tx, list(standings)):
            if capture.state is not State.INGESTED:
                continue
            standing = standings[capture.id]
            permit = tx.permit(captures.resource(capture))
            rules = _rules(runtime, capture, standing)
            earlier = await likeness.list_looks_before(tx, capture, within=near)
            fact = check(
                capture.checked,
                standing,
                media=rules.media if rules else None,
                ruleset=rules.id if rules else None,
                measured=rules is not None and rules.measured,
                near_duplicate_of=near_duplicate(likeness.look_of(capture), earlier),
            )
            await captures.save(tx, permit, capture, fact)


async def _standing(runtime: EvidenceRuntime, capture: Unchecked) -> Standing:
    # A camera whose clock runs ahead claims a future that the registry does not answer for; such a capture
    # fails for its clock whatever the answer is.
    at = min(capture.captured_at, capture.received_at)
    signed = await DeviceRegistry(runtime.peers).capability(capture.device_id, at)
    sha256 = await runtime.blobs.put(signed.note_bytes)
    stated = signed.capability
    lawful_codes = tuple(function.code for function in stated.functions if function.lawful)
    requirements = tuple(
        _requirement(function.code, function.measures) for function in stated.functions if function.measures
    )
    return Standing(stated.lawful, tuple(stated.codes), sha256, lawful_codes, requirements)


def _requirement(code: str, measures: MeasurementView) -> Requirement:
    stated = measures.permissible_error
    figures = (stated.amount, stated.percent, stated.percent_from)
    error = PermissibleError(*(None if figure is None else Decimal(figure) for figure in figures))
    return Requirement(code, Quantity(measures.quantity), measures.unit, Decimal(measures.limit), error)


def _rules(runtime: EvidenceRuntime, capture: Capture, standing: Standing) -> RuleSet | None:
    """The rule set of that day for the violation that the device named, or else for the only one it may record."""
    only = standing.violation_codes[0] if len(standing.violation_codes) == 1 else None
    code = capture.violation_code or only
    return runtime.profile.find_ruleset(code, on=legal_day(capture.captured_at)) if code else None


async def back_up_accepted(runtime: EvidenceRuntime) -> None:
    """Copy the originals of accepted captures to the second store, and record it once they were read back (NJ 17)."""
    mandate = authorize(SELF, Action.CAPTURE_BACK_UP)
    async with view(runtime.db, mandate) as v:
        waiting = await captures.list_without_copy(v)
    for seen in waiting:
        try:
            reread = await _copy(runtime, seen)
        except (BlobDamaged, BlobMissing, Erased, SecretMissing, OSError) as error:
            # One damaged original must not keep the others from being copied; fsck names it.
            log.error("couldn't back up %s: %s", seen.id, error)
            continue
        async with change(runtime.db, mandate) as tx:
            capture = await captures.lock(tx, seen.id)
            if capture.backed_up_at is None:
                permit = tx.permit(captures.resource(capture))
                await captures.save(tx, permit, capture, back_up(capture.in_custody, reread=reread))


async def _copy(runtime: EvidenceRuntime, capture: Capture) -> tuple[str, ...]:
    """Copy the originals; the hashes of the bytes that the second store gives back."""
    here, there, stream = runtime.sealed, runtime.sealed_backup, capture.id.stream
    reread = []
    for sha256 in capture.in_custody.originals:
        if sha256 == capture.capability_sha256:
            # The registry's statement on the device concerns no person, so it is not encrypted.
            await runtime.backup.put(await runtime.blobs.get(sha256))
            reread.append(sha256_hex(await runtime.backup.get(sha256)))
        else:
            await here.copy_to(there, sha256, of=stream)
            reread.append(sha256_hex(await there.get(sha256, of=stream)))
    return tuple(reread)


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
            case "case.opened":
                await erasures.note_opened(db, case_id, EvidenceId(data["evidence_id"]))
            case "case.capture_joined":
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


async def destroy_erased(runtime: EvidenceRuntime) -> None:
    """Destroy everything that the records of approved erasures name. Every start looks at all of them again."""
    files = SealedFiles([runtime.sealed, runtime.sealed_backup], ["media", "messages", "bundles"])
    await erasure.carry_out(runtime.db, files)


async def sweep(runtime: EvidenceRuntime) -> None:
    """Delete old challenges, sessions, quarantined bodies, messages that wait no more, and counts of rejects."""
    now = runtime.clock()
    async with operational(runtime.db) as conn:
        await quarantine.sweep(conn, runtime.db.secrets, now=now)
        await held.sweep(conn, runtime.db.secrets, now=now)
        await challenges.sweep(conn, now=now)
        await sessions.sweep(conn, now=now)
        await rejects.sweep(conn, now=now)


async def anchor_twin(runtime: EvidenceRuntime) -> None:
    """Enter the newest checkpoint of the SM3 twin in the log, so that each tree commits to the other."""
    sequencer = runtime.ledger
    if not sequencer.settings.twin or not sequencer.leads:
        return
    mandate = authorize(SELF, Action.LEDGER_APPEND)
    async with view(runtime.db, mandate) as v:
        newest = await (await Twin.within(v.conn)).checkpoint()
        last = await outbox.find_last_anchor(v)
    if newest is None:
        return
    size, note = newest
    origin = twin_origin(sequencer.origin)
    fact = anchor(origin=origin, size=size, checkpoint=note.decode(), last=last, at=runtime.clock())
    if fact is not None:
        async with change(runtime.db, mandate) as tx:
            tx.record(tx.permit(Resource(id=fact.stream, agency_id=NO_AGENCY, level=1)), fact)


async def record_overruling(db: Database, fact: Fact) -> None:
    """Record what a person decided at the machine (`./mz ledger accept`)."""
    async with change(db, authorize(SELF, Action.LEDGER_APPEND)) as tx:
        tx.record(tx.permit(Resource(id=fact.stream, agency_id=NO_AGENCY, level=1)), fact)


async def witness(runtime: EvidenceRuntime) -> None:
    """Have the newest checkpoint cosigned by each witness that has not, or not lately."""
    if (witnesses := runtime.ledger.settings.witnesses) is not None:
        await witnessing.witness(runtime.db, witnesses)


async def watch(runtime: EvidenceRuntime) -> None:
    """Ask the monitor what it found when it read the whole published log again."""
    if (monitor := runtime.ledger.settings.monitor) is not None:
        await monitor.watch(runtime.ledger.origin)


async def patrol(runtime: EvidenceRuntime) -> None:
    """Check the ledger, if a day has passed. One process is enough: the one that leads."""
    if runtime.patrol is not None and runtime.ledger.leads:
        await runtime.patrol.look()


def standing(runtime: EvidenceRuntime) -> dict[str, Any]:
    """What /readyz tells beside being ready: the result of the last check of the ledger."""
    return {} if runtime.patrol is None else runtime.patrol.standing()


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
    Job("invalidations", mark_invalidated),
    Job("holds", note_holds),
    Job("held-devices", hold_devices),
    Job("erase", destroy_erased),
    Job("sweep", sweep, every_s=30),
    Job("anchor", anchor_twin, every_s=30),
    Job("witness", witness, every_s=1),
    Job("time-stamp", stamp, every_s=LOOK_S),
    Job("watch", watch, every_s=60),
    Job("fsck", patrol, every_s=60),
)
