"""Receives the write-ahead log of a server while it is written: what a base backup needs to become a whole one.

    slot, its position reserved at once ─▶ pg_receivewal --synchronous ─▶ base backup ─▶ the log goes on until `stop`

In this order, always. A receiver that starts after the base backup may miss the first segment, and then nothing can be
restored. The slot makes the server keep what was not received, so a slot that nobody reads fills its disk.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from mz.postgres import Server
from mz.postgres.machine import find_binaries

SLOT: Final = "mingzheng_backup"
_WITHIN_S: Final = 60.0
TOOLS: Final = Path("/var/tmp/mingzheng-pg-tools")


class BackupFailed(Exception):
    """Why there is no backup; one line."""


def ask(server: Server, query: str) -> Any:
    """The first value that the administrator of `server` is answered."""

    async def asked() -> Any:
        connection = await server.connect()
        try:
            return await connection.fetchval(query)
        finally:
            await connection.close()

    return asyncio.run(asked())


def tool(name: str) -> str:
    """The path of one of PostgreSQL's own programs."""
    return str(find_binaries(TOOLS) / name)


def reaching(server: Server) -> tuple[str, Mapping[str, str]]:
    """The connection string for PostgreSQL's programs, and their environment, which holds the password."""
    words = f"host={server.host} port={server.port} user={server.admin} application_name={SLOT}"
    secret = {"PGPASSWORD": server.admin_password} if server.admin_password else {}
    return words, {**os.environ, **secret}


class WalStream:
    """The receiver. `folder` holds whole segments and the one that is being written, `<segment>.partial`."""

    def __init__(self, server: Server, folder: Path) -> None:
        self._server = server
        self.folder = folder
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Reserve the slot and receive. Raises BackupFailed while another backup uses the slot."""
        state = ask(self._server, f"SELECT active FROM pg_replication_slots WHERE slot_name = '{SLOT}'")
        if state:
            raise BackupFailed("另一个备份正在进行 (another backup is running)")
        if state is not None:
            self.drop_slot()
        ask(self._server, f"SELECT pg_create_physical_replication_slot('{SLOT}', true)")
        self.folder.mkdir(mode=0o700, parents=True)
        words, environment = reaching(self._server)
        self._child = subprocess.Popen(
            [tool("pg_receivewal"), "-D", str(self.folder), "-S", SLOT, "--synchronous", "-d", words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
            cwd="/",
            start_new_session=True,
        )
        self._until(f"SELECT count(*) > 0 FROM pg_stat_replication WHERE application_name = '{SLOT}'")

    def reach_now(self) -> None:
        """Return when everything that the server has written up to now is on this side's disk."""
        now = ask(self._server, "SELECT pg_current_wal_flush_lsn()::text")
        self._until(
            f"SELECT flush_lsn >= '{now}' FROM pg_stat_replication WHERE application_name = '{SLOT}'"
            " ORDER BY flush_lsn DESC LIMIT 1"
        )

    def _until(self, holds: str) -> None:
        deadline = time.monotonic() + _WITHIN_S
        while not ask(self._server, holds):
            if self._child is None or self._child.poll() is not None or time.monotonic() > deadline:
                raise BackupFailed("收不到数据库的预写日志 (couldn't receive the write-ahead log)")
            time.sleep(0.1)

    @contextmanager
    def answered_for(self) -> Iterator[None]:
        """From here on a commit is answered only when this side has it on disk too: nothing acknowledged can be lost.

        While this side is away, commits wait. Whoever chooses this chooses that.
        """
        ask(self._server, f"ALTER SYSTEM SET synchronous_standby_names = '{SLOT}'")
        ask(self._server, "SELECT pg_reload_conf()")
        self._until(
            f"SELECT bool_or(sync_state = 'sync') FROM pg_stat_replication WHERE application_name = '{SLOT}'"
        )
        try:
            yield
        finally:
            try:
                ask(self._server, "ALTER SYSTEM RESET synchronous_standby_names")
                ask(self._server, "SELECT pg_reload_conf()")
            except OSError:
                pass  # the server is gone, and nobody waits for it

    def whole_segments(self) -> list[Path]:
        """The segments that will not change any more."""
        return [path for path in sorted(self.folder.iterdir()) if path.suffix != ".partial"]

    def stop(self) -> None:
        """End the receiver. What it has stays."""
        if self._child is not None and self._child.poll() is None:
            self._child.send_signal(signal.SIGINT)
            self._child.wait(_WITHIN_S)

    def drop_slot(self) -> None:
        """Let the server forget this backup. The receiver must have ended."""
        deadline = time.monotonic() + _WITHIN_S
        ours = f"FROM pg_replication_slots WHERE slot_name = '{SLOT}'"
        while True:
            try:
                ask(self._server, f"SELECT count(pg_drop_replication_slot(slot_name)) {ours}")
                return
            except Exception as error:  # noqa: BLE001
                # The server needs a moment to see that the receiver has gone; a server that is gone has no slot.
                if isinstance(error, OSError) or time.monotonic() > deadline:
                    return
                time.sleep(0.2)
