"""An import is carried out: first it is settled which device each row is, then batch after batch is written.

received ─▶ plan: row → device, once ─▶ batch, batch, … each one change ─▶ concluded
              waits for an earlier import of the same source       └ a crash leaves whole batches, and the next
                                                                     process goes on after them (Inv. 5)

Two changes are open at a time: while the database stores one batch, this process describes the devices of the next,
with their rows and their signed records (`Tx.ahead`). The next one asks for its turn when the first has ended.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, assert_never

from common.door.uow import Tx, View, change, view
from common.policy import Action, Mandate, authorize, service_actor
from common.values.calendar import legal_day
from common.values.ids import AgencyId, DeviceId, ImportId
from common.values.profile import Profile
from device_registry.domain import claimed, inventory, legacy
from device_registry.domain.cells import InventoryRow, RefusedRow
from device_registry.domain.citedlaw import NOTHING_KNOWN, CitedLaw
from device_registry.domain.columns import Column
from device_registry.domain.inventory import Row, Understood
from device_registry.domain.legacy import Brought, Circumstances, Corrected, Held, Known, Outcome
from device_registry.domain.matching import match
from device_registry.domain.sheets import Choice
from device_registry.inventories.opening import Opened, open_file
from device_registry.runtime import RegistryRuntime
from device_registry.store import citedlaw, devices, imports, inventories
from device_registry.store.imports import Import, RowAnswer

BATCH: Final = 500
_AT_A_TIME: Final = 10


async def read_file(runtime: RegistryRuntime, data: bytes, choice: Choice) -> tuple[Opened, Understood]:
    """What the file is, and what it says. Raises Refusal for one that names no device."""
    most = runtime.settings.import_most_rows
    opened = await open_file(data, choice, most_rows=most)
    understood = await asyncio.to_thread(
        inventory.understand, opened.sheets, choice, runtime.profile, most=most
    )
    return opened, understood


async def carry_out(runtime: RegistryRuntime, import_id: ImportId) -> bool:
    """Answer every row that is not answered yet. False if an earlier import of the same source is under way."""
    mandate = authorize(service_actor("device-registry"), Action.DEVICE_CARRY_IMPORT)
    async with view(runtime.db, mandate) as v:
        known = await imports.get(v, import_id)
        if known.concluded_at is not None:
            return True
        file = await imports.get_file(v, import_id)
    rows = runtime.last_read.take(import_id)
    if rows is None:
        rows = (await read_file(runtime, file.content, file.choice))[1].rows
    plan = await _plan(runtime, mandate, known, rows)
    if plan is None:
        return False
    await _write_all(_Work(runtime, mandate, known, rows, plan), known.done)
    return True


async def _write_all(work: _Work, done: int) -> None:
    """Write batch after batch from the row `done` on, each prepared while the one before is stored."""
    writing, following = asyncio.create_task(work.write(done)), None
    try:
        while True:
            expected = done + BATCH
            if expected < len(work.rows):
                following = asyncio.create_task(work.write(expected, after=writing))
            answered = await writing
            if answered is None:
                return
            if (
                following is None or answered != expected
            ):  # the last batch, or another process wrote some rows
                await _end(following)
                following = asyncio.create_task(work.write(answered))
            writing, following, done = following, None, answered
    finally:
        await _end(writing, following)


async def _end(*tasks: asyncio.Task[int | None] | None) -> None:
    """Cancel those that still run. What they had written in a change that has not ended is gone."""
    running = [task for task in tasks if task is not None]
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


@dataclass(frozen=True)
class _Work:
    """One import that is carried out."""

    runtime: RegistryRuntime
    mandate: Mandate
    known: Import
    rows: Sequence[Row]
    plan: Sequence[DeviceId | None]
    seen: dict[Hashable, tuple[str, ...]] = field(default_factory=dict)

    async def write(self, begins: int, *, after: asyncio.Task[int | None] | None = None) -> int | None:
        """Write the batch from `begins` on, once the one `after` which it comes is stored.

        The number of rows that are answered then; None once the import is concluded.
        """
        known = self.known
        batch, planned = self.rows[begins : begins + BATCH], self.plan[begins : begins + BATCH]
        async with change(self.runtime.db, self.mandate) as tx:
            permit = tx.permit(imports.resource(known.id, known.agency_id))
            now = await self._now(tx, batch)
            made = await _brought(batch, planned, now)
            ahead = await inventories.imported_ahead(tx, permit, list(made.values()), source=known.source)
            if after is not None:
                await asyncio.wait([after])
            done = await imports.lock_done(tx, known.id)
            if done == len(self.rows):
                await _conclude(tx, known)
                return None
            if done != begins:
                return done  # another process wrote the batch that was prepared here
            await devices.hold_codes(tx, known.agency_id)
            outcomes = await _judge(tx, batch, planned, now, made)
            brought = [each for each in outcomes if isinstance(each, Brought)]
            corrected = [each for each in outcomes if isinstance(each, Corrected)]
            # By what they are and not by their number: a device refused and another one new make the same number.
            if {id(each) for each in brought} == {id(each) for each in made.values()}:
                await tx.write_ahead(ahead)
            else:  # a code of the batch is in use by now
                await inventories.add_imported(tx, permit, brought, source=known.source)
            await inventories.note_corrected(tx, permit, corrected, source=known.source)
            given = [answer_of(outcome, record=_record(tx, outcome)) for outcome in outcomes]
            await imports.add_answers(tx, known.id, done, given)
        return done + len(batch)

    async def _now(self, at: Tx | View, batch: Sequence[Row]) -> Circumstances:
        known, profile, law = self.known, self.runtime.profile, await _law(at, batch)
        return Circumstances(
            known.source, known.agency_id, known.id, known.received_by, profile, at.now, law, self.seen
        )


def rehearsal(v: View, agency_id: AgencyId, source: str, *, by: str, profile: Profile) -> Circumstances:
    """What the rows of a file share that is only looked at."""
    return Circumstances(source, agency_id, ImportId.new(v.now), by, profile, v.now)


async def rehearse(v: View, rows: Sequence[Row], now: Circumstances) -> list[RowAnswer]:
    """The answers that an import would give now; nothing is written, and a device that would be new has no id."""
    stored = await inventories.list_of_source(v, now.agency_id, now.source)
    plan = await asyncio.to_thread(match, _claims(rows), stored)
    planned = _spread(rows, plan)
    given: list[RowAnswer] = []
    for batch, devices_of in zip(
        inventory.batches(rows, BATCH), inventory.batches(planned, BATCH), strict=True
    ):
        outcomes = await _judge(v, batch, devices_of, replace(now, law=await _law(v, batch)))
        given += [answer_of(outcome, is_rehearsed=True) for outcome in outcomes]
    return given


async def _plan(
    runtime: RegistryRuntime, mandate: Mandate, known: Import, rows: Sequence[Row]
) -> list[DeviceId | None] | None:
    """The device of each row, settled once; None while an earlier import of the source is under way."""
    async with change(runtime.db, mandate) as tx:
        if not await imports.hold_source(tx, known):
            return None
        plan = await imports.find_plan(tx, known.id)
        if plan is None:
            stored = await inventories.list_of_source(tx, known.agency_id, known.source)
            plan = _spread(rows, await asyncio.to_thread(match, _claims(rows), stored))
            await imports.note_plan(tx, known.id, plan)
        return plan


async def _conclude(tx: Tx, known: Import) -> None:
    now = await imports.get(tx, known.id)
    if now.concluded_at is not None:
        return
    fact = inventory.conclude(known.id, known.agency_id, file_sha256=known.file_sha256, **vars(now.counts))
    await imports.save(tx, tx.permit(imports.resource(known.id, known.agency_id)), now, fact)


async def _judge(
    at: Tx | View,
    batch: Sequence[Row],
    planned: Sequence[DeviceId | None],
    now: Circumstances,
    made: Mapping[int, Brought] | None = None,
) -> list[Outcome]:
    """The outcome of each row, given what the register holds. Within a change the devices are held until its end.

    `made` are the new devices of the batch as far as they are described already, by the place of their row in it.
    """
    ours = [each for each in planned if each]
    held: dict[DeviceId, Held] = {}
    if ours:
        listed = await (inventories.hold(at, ours) if isinstance(at, Tx) else inventories.list_held(at, ours))
        held = {each.device.id: each for each in listed}
    codes = [row.code for row in batch if isinstance(row, InventoryRow) and row.code]
    in_use = {each.code: each.device_id for each in await devices.list_codes(at, now.agency_id, codes)}
    known = made or {}
    return [
        row
        if isinstance(row, RefusedRow)
        else legacy.judge(
            row, held.get(device_id) if device_id else None, known.get(n), codes=in_use, now=now
        )
        for n, (row, device_id) in enumerate(zip(batch, planned, strict=True))
    ]


async def _brought(
    batch: Sequence[Row], planned: Sequence[DeviceId | None], now: Circumstances
) -> dict[int, Brought]:
    """The devices that the batch brings, if no other device has their codes, by the place of their row in it."""
    made: dict[int, Brought] = {}
    for at, (row, device_id) in enumerate(zip(batch, planned, strict=True)):
        if isinstance(row, InventoryRow) and device_id is None:
            made[at] = legacy.bring(row, now)
        if at % _AT_A_TIME == 0:
            await asyncio.sleep(0)  # the batch that is being stored goes on, and so do other requests
    return made


async def _law(at: Tx | View, batch: Sequence[Row]) -> CitedLaw:
    """What the catalogue knows of the articles that the rows cite: it tells the level that a file leaves open."""
    day = legal_day(at.now)
    citing = (row.claims for row in batch if isinstance(row, InventoryRow) and Column.BASIS in row.claims)
    functions = [function for claims in citing for function in claimed.functions_of(claims, day)]
    return await citedlaw.list_cited(at.conn, functions) if functions else NOTHING_KNOWN


def _claims(rows: Sequence[Row]) -> list[Mapping[Column, str]]:
    return [row.claims for row in rows if isinstance(row, InventoryRow)]


def _spread(rows: Sequence[Row], matched: Sequence[DeviceId | None]) -> list[DeviceId | None]:
    """The devices of the readable rows, at the places of all rows: a refused row is no device."""
    devices_of = iter(matched)
    return [next(devices_of) if isinstance(row, InventoryRow) else None for row in rows]


def _record(tx: Tx, outcome: Outcome) -> str | None:
    return tx.id_of(outcome.fact) if isinstance(outcome, Brought | Corrected) else None


def answer_of(outcome: Outcome, *, record: str | None = None, is_rehearsed: bool = False) -> RowAnswer:
    """What the sender is told of one row; `record` is the id of the record that it made."""
    match outcome:
        case RefusedRow():
            return RowAnswer(outcome.sheet, outcome.number, "REFUSED", errors=outcome.errors)
        case Known(row=row):
            return RowAnswer(row.sheet, row.number, "UNCHANGED", device_id=outcome.device_id, notes=row.notes)
        case Brought(row=row, fact=brought):
            return RowAnswer(
                row.sheet,
                row.number,
                "IMPORTED",
                device_id=None if is_rehearsed else outcome.device.id,
                state=brought.state,
                findings=brought.findings,
                notes=row.notes,
                record_id=record,
            )
        case Corrected(row=row, fact=corrected):
            return RowAnswer(
                row.sheet,
                row.number,
                "UPDATED",
                device_id=outcome.device.id,
                state=corrected.state,
                findings=corrected.findings,
                fields=corrected.fields,
                notes=row.notes,
                record_id=record,
            )
        case _:
            assert_never(outcome)


def counted(given: Sequence[RowAnswer]) -> imports.Counts:
    """The answers by outcome."""
    times = Counter(answer.outcome for answer in given)
    return imports.Counts(times["IMPORTED"], times["UPDATED"], times["UNCHANGED"], times["REFUSED"])


def digest_of(data: bytes) -> bytes:
    """The SHA-256 of a file."""
    return hashlib.sha256(data).digest()
