"""`<package>/migrations/expected.json`: the digest of every object that the migrations of a service make.

A server is started only if the SQL of the migrations has changed since the file was written.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from common.door.address import engine_at
from common.door.migrate import migrations_of, upgrade
from common.door.schema import EXPECTED, digests, folder_of, recipe
from mz.postgres import EmbeddedPostgres, Server, prepare, reachable_home
from mz.services import SERVICES


def files() -> dict[Path, str]:
    """Each generated file, and the database whose schema it holds. A database is called like its package."""
    return {folder_of(service.database) / EXPECTED: service.database for service in SERVICES.values()}


def expected_json(path: Path, package: str) -> str:
    """The text of `path`: what is in it already, if it was made from these migrations."""
    parts = [recipe(), *(migration.sha256 for migration in migrations_of(package))]
    source = hashlib.sha256("".join(parts).encode()).hexdigest()
    known: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    if known.get("migrations") == source:
        return path.read_text()
    objects = asyncio.run(_made(package))
    return json.dumps({"migrations": source, "objects": objects}, ensure_ascii=False, indent=1) + "\n"


async def _made(package: str) -> dict[str, str]:
    """The objects of a database that was empty before the migrations of `package`."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        home = reachable_home(Path(folder) / "pg")
        embedded = EmbeddedPostgres(home, fast=True)
        try:
            server = await asyncio.to_thread(embedded.start)
            await prepare(server, [package])
            await upgrade(server.url(f"own_{package}", package), package, check=False)
            return await live(server, package, package)
        finally:
            await asyncio.to_thread(embedded.stop)
            _remove(home)


async def live(server: Server, package: str, database: str) -> dict[str, str]:
    """The objects of `database` on `server` now."""
    engine = engine_at(server.url(f"own_{package}", database))
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(digests)
    finally:
        await engine.dispose()


def _remove(home: Path) -> None:
    """Root's `nobody` cannot reach every folder, so that the cluster may lie elsewhere."""
    if home.is_symlink():
        shutil.rmtree(home.resolve(), ignore_errors=True)
