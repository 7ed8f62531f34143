"""The PostgreSQL of an installation: that of MINGZHENG_DATABASE_URL, or the embedded one of the data folder."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from common.door.secrets import Elsewhere
from mz.operate.datadir import DataDir, read, write
from mz.operate.walstream import free_commits, holds_commits
from mz.postgres import EmbeddedPostgres, PostgresUnavailable, Server, external, reachable_home
from mz.services import SERVICES

VARIABLE: Final = "MINGZHENG_DATABASE_URL"
_LOOK_AT_POSTGRES_S: Final = 1.0

log = logging.getLogger("mz")


def standing_server(d: DataDir) -> Server:
    """The address of the server, whether it runs or not. Raises PostgresUnavailable for a variable that names none."""
    if url := os.environ.get(VARIABLE):
        return external(url, d.database_secret())
    return EmbeddedPostgres(d.root / "pg").server


def free(server: Server, d: DataDir) -> None:
    """Let nothing of a server that was just started wait for a backup that is gone, and say so."""
    if free_commits(server):
        print(
            "mz: 提交曾等待一个已不在的备份,已解除;请重新开始备份 "
            "(commits waited for a backup that is gone; they do not any more: start the backup again)",
            file=sys.stderr,
            flush=True,
        )
    if not holds_commits(server):
        for service in SERVICES:
            Elsewhere.end(d.erasable(service))


@asynccontextmanager
async def running_server(
    d: DataDir, engines: Sequence[AsyncEngine], *, pg_port: int | None, ports_file: Path | None
) -> AsyncIterator[tuple[Server, EmbeddedPostgres | None]]:
    """The server of MINGZHENG_DATABASE_URL, or an embedded one that is started again if it dies."""
    url = os.environ.get(VARIABLE)
    if url:
        server = external(url, d.database_secret())
        await asyncio.to_thread(free, server, d)
        yield server, None
        return
    embedded = EmbeddedPostgres(reachable_home(d.root / "pg"), tcp_port=pg_port)
    print("mz: PostgreSQL …", flush=True)
    server = await asyncio.to_thread(embedded.start)
    await asyncio.to_thread(free, server, d)
    watch = asyncio.create_task(_watch(embedded, engines, ports_file))
    try:
        yield server, embedded
    finally:
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)
        await asyncio.to_thread(embedded.stop)


async def _watch(embedded: EmbeddedPostgres, engines: Sequence[AsyncEngine], ports_file: Path | None) -> None:
    """Start PostgreSQL again if it dies: its crash recovery keeps every commit."""
    while True:
        await asyncio.sleep(_LOOK_AT_POSTGRES_S)
        if embedded.pid is None:
            log.error("PostgreSQL is gone; starting it again")
            try:
                await asyncio.to_thread(embedded.start)
                for engine in engines:
                    # The connections in the pools lead to the dead server. The next request must not get one.
                    await engine.dispose(close=False)
                if ports_file and (ports := read(ports_file.absolute())):
                    ports["postgres"]["pid"] = embedded.pid
                    write(ports_file.absolute(), ports, mode=0o644)
            except PostgresUnavailable:
                log.exception("couldn't start PostgreSQL again")
