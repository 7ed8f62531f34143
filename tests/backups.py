"""What an operator's backups hold, and an installation that was restored from one."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from mz.operate.datadir import DataDir
from mz.postgres.machine import find_binaries
from mz.services import SERVICES
from tests.world import World, opened


@dataclass
class Backup:
    """A copy of the data folder without its secrets, and a dump of every database."""

    folder: Path
    dumps: dict[str, bytes]


async def backed_up(world: World, place: Path) -> Backup:
    """What an operator's nightly backup holds."""
    folder = place / "backup-of-D"
    shutil.copytree(world.folder, folder, ignore=shutil.ignore_patterns("erasable"))
    server, dumps = world.installation.server, {}
    pg_dump = find_binaries(Path("/var/tmp/mingzheng-pg-tools")) / "pg_dump"
    for service in world.runtimes:
        database = world.installation.database(service)
        command = [pg_dump, "-h", server.host, "-p", str(server.port), "-U", server.admin, database]
        dumps[service] = await ran([str(word) for word in command])
    return Backup(folder, dumps)


async def ran(command: list[str], given: bytes = b"") -> bytes:
    """What `command` writes when it is given these bytes."""

    def run() -> bytes:
        return subprocess.run(command, input=given, capture_output=True, check=True).stdout

    return await asyncio.to_thread(run)


@asynccontextmanager
async def restored(world: World, backup: Backup, *services: str) -> AsyncIterator[World]:
    """These services on their restored databases and blobs, with the secrets as they are today."""
    server = world.installation.server
    old = {service: f"{world.installation.database(service)}_old" for service in services}
    shutil.copytree(world.folder / "erasable", backup.folder / "erasable")
    shutil.copy(world.folder / "clock.json", backup.folder / "clock.json")
    admin = await server.connect()
    psql = find_binaries(Path("/var/tmp/mingzheng-pg-tools")) / "psql"
    try:
        for service, name in old.items():
            owner = f"own_{SERVICES[service].database}"
            await admin.execute(f'CREATE DATABASE "{name}" OWNER {owner}')
            command = [psql, "-q", "-v", "ON_ERROR_STOP=1", "-h", server.host, "-p", str(server.port)]
            command += ["-U", server.admin, name]
            await ran([str(word) for word in command], backup.dumps[service])
        databases = {service: world.installation.database(service) for service in world.runtimes}
        again = replace(world.installation, d=DataDir(backup.folder), databases=databases | old)
        async with opened(again) as before:
            yield before
    finally:
        for name in old.values():
            await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        await admin.close()


def everything_in(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file below `folder`."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield str(path.relative_to(folder)), path.read_bytes()
