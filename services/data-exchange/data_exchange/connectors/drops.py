"""A register that drops files: CSV in its folder, each the whole register.

    <folder>/name.csv ─▶ hashed ─▶ sealed, and the file is removed            the newest one answers look-ups
                            └─ a fault ─▶ <folder>/quarantine/<sha256>.csv    the older one goes on answering

A register writes its file under another name and renames it to `.csv` once it is whole. After a crash the file is still
there and is taken again, which changes nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from common.door.uow import operational, view
from common.policy import Action, authorize, service_actor
from data_exchange.connectors.findings import RowsOfEach
from data_exchange.domain.dropfiles import count_of_rows, fault_of, rows_of
from data_exchange.domain.registers import Register
from data_exchange.domain.subjects import Subject
from data_exchange.runtime import DataExchangeRuntime
from data_exchange.store import drops

log = logging.getLogger(__name__)


async def find_rows(
    runtime: DataExchangeRuntime, register: Register, subjects: Sequence[Subject]
) -> RowsOfEach | None:
    """The rows about each subject in the newest file; None before the first file."""
    mandate = authorize(service_actor("data-exchange"), Action.COMPARISON_WORK)
    async with view(runtime.db, mandate) as v:
        newest = await drops.find_newest(v, register.name)
    if newest is None:
        return None
    content = await runtime.sealed.get(newest, of=_stream(register))
    return await asyncio.to_thread(rows_of, content, register.key, subjects)


async def take_drops(runtime: DataExchangeRuntime) -> None:
    """Take every file that lies in the folder of a register."""
    for register in list(runtime.registers.values()):
        if register.folder is not None:
            for path in sorted(await asyncio.to_thread(_files, Path(register.folder))):
                await _take(runtime, register, path)


async def _take(runtime: DataExchangeRuntime, register: Register, path: Path) -> None:
    content = await asyncio.to_thread(path.read_bytes)
    digest = sha256(content).hexdigest()
    fault = await asyncio.to_thread(fault_of, content, register.key)
    rows = 0
    if fault is None:
        rows = count_of_rows(content)
        await asyncio.to_thread(runtime.db.secrets.make, _stream(register))
        await runtime.sealed.put(content, of=[_stream(register)])
    async with operational(runtime.db) as conn:
        await drops.add_drop(conn, register.name, digest, fault=fault, rows=rows, at=runtime.clock())
    # The file goes last: a crash before leaves it to be taken again.
    if fault is None:
        await asyncio.to_thread(path.unlink)
        return
    log.warning("set aside a file of register %s: %s", register.name, fault)
    await asyncio.to_thread(_set_aside, path, digest)


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.glob("*.csv") if path.is_file()]


def _set_aside(path: Path, digest: str) -> None:
    quarantine = path.parent / "quarantine"
    quarantine.mkdir(exist_ok=True)
    path.replace(quarantine / f"{digest}.csv")


def _stream(register: Register) -> str:
    return f"drop/{register.name}"
