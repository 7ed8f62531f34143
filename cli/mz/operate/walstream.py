"""Receives the write-ahead log of a server while it is written: what a base backup needs to become a whole one.

    slot, its position reserved at once ─▶ pg_receivewal --synchronous ─▶ base backup ─▶ the log goes on until `end`

In this order, always. A receiver that starts after the base backup may miss the first segment, and then nothing can be
restored. The slot makes the server keep what was not received, so a slot that nobody reads fills its disk.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import asyncpg

from common.door.address import said_by
from mz.postgres import Server
from mz.postgres.machine import find_binaries

SLOT: Final = "mingzheng_backup"
NO_ANSWER: Final = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)
"""What `ask` raises where the server is away, stops, or does not let its administrator do this."""
_WITHIN_S: Final = 60.0
_RETURNS_WITHIN_S: Final = 15.0
"""pg_receivewal comes back five seconds after it lost its server."""
_LOOK_S: Final = 5.0
_DIE_WITH_PARENT: Final = 1
"""PR_SET_PDEATHSIG of prctl(2)."""
_LIBC: Final = ctypes.CDLL(None) if sys.platform == "linux" else None
TOOLS: Final = Path("/var/tmp/mingzheng-pg-tools")
_RECEIVES: Final = f"SELECT count(*) > 0 FROM pg_stat_replication WHERE application_name = '{SLOT}'"
_DROP_SLOT: Final = (
    f"SELECT count(pg_drop_replication_slot(slot_name)) FROM pg_replication_slots WHERE slot_name = '{SLOT}'"
)


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
    return words, {**os.environ, **server.environment}


class WalStream:
    """The receiver. `folder` holds whole segments and the one that is being written, `<segment>.partial`."""

    def __init__(self, server: Server, folder: Path) -> None:
        self._server = server
        self.folder = folder
        self._child: subprocess.Popen[bytes] | None = None
        self._said = tempfile.TemporaryFile()  # noqa: SIM115
        self._has_slot = False
        self._holds_commits = False
        self._looked_at = self._seen_at = time.monotonic()

    def start(self) -> None:
        """Reserve the slot and receive. Raises BackupFailed while another backup uses the slot."""
        state = ask(self._server, f"SELECT active FROM pg_replication_slots WHERE slot_name = '{SLOT}'")
        if state:
            raise BackupFailed("另一个备份正在进行 (another backup is running)")
        self._has_slot = True
        if state is not None:
            ask(self._server, _DROP_SLOT)
        ask(self._server, f"SELECT pg_create_physical_replication_slot('{SLOT}', true)")
        self.folder.mkdir(mode=0o700, parents=True)
        words, environment = reaching(self._server)
        self._child = subprocess.Popen(
            [tool("pg_receivewal"), "-D", str(self.folder), "-S", SLOT, "--synchronous", "-d", words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._said,
            env=environment,
            cwd="/",
            start_new_session=True,
            # A receiver without its backup would acknowledge commits whose pictures and secrets nobody takes.
            preexec_fn=_end_with_parent,
        )
        self._until(_RECEIVES)

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
                raise BackupFailed(
                    f"收不到数据库的预写日志 (couldn't receive the write-ahead log){self._last}"
                )
            time.sleep(0.1)

    @property
    def _last(self) -> str:
        """The receiver's last line."""
        self._said.seek(0)
        lines = self._said.read().decode(errors="replace").strip().splitlines()
        return f": {lines[-1]}" if lines else ""

    def hold_commits(self) -> None:
        """From here on a commit is answered only when this side has it on disk too: no acknowledged one can be lost.

        While this side is away, commits wait. Whoever chooses this chooses that.
        """
        self._holds_commits = True
        ask(self._server, f"ALTER SYSTEM SET synchronous_standby_names = '{SLOT}'")
        ask(self._server, "SELECT pg_reload_conf()")
        self._until(
            f"SELECT bool_or(sync_state = 'sync') FROM pg_stat_replication WHERE application_name = '{SLOT}'"
        )

    def require_receiving(self) -> None:
        """Raises BackupFailed once the log does not arrive any more. A server that is away writes none."""
        if self._child is None or self._child.poll() is not None:
            raise BackupFailed(f"接收预写日志的程序已结束 (the receiver of the log has ended){self._last}")
        now = time.monotonic()
        if now < self._looked_at + _LOOK_S:
            return
        self._looked_at = now
        try:
            receives = ask(self._server, _RECEIVES)
            waits = holds_commits(self._server)
        except NO_ANSWER:
            self._seen_at = time.monotonic()
            return
        if self._holds_commits and not waits:
            raise BackupFailed("提交不再等待本备份 (commits do not wait for this backup any more)")
        if receives:
            self._seen_at = now
        elif now > self._seen_at + _WITHIN_S:
            raise BackupFailed(f"预写日志不再到达 (the log does not arrive any more){self._last}")

    def whole_segments(self) -> list[Path]:
        """The segments that will not change any more."""
        return [path for path in sorted(self.folder.iterdir()) if path.suffix != ".partial"]

    def end(self) -> list[str]:
        """Let no commit wait, end the receiver, and let the server forget this backup. What was received stays.

        Each returned line is something that the server still holds.
        """
        left = []
        if self._holds_commits:
            try:
                _let_go(self._server)
            except NO_ANSWER as error:
                left.append(
                    f"数据库无应答({said_by(error)}),提交仍等待本备份,至下次 ./mz up 为止 "
                    "(no answer: commits still wait for this backup, until the next ./mz up)"
                )
        self._stop()
        if self._has_slot and (why := self._drop_slot()):
            left.append(
                f"复制槽 {SLOT} 仍在({why}),数据库为它保留日志,至下次备份为止 "
                "(the slot is still there and the server keeps its log for it, until the next backup)"
            )
        return left

    def _stop(self) -> None:
        if self._child is None or self._child.poll() is not None:
            return
        self._child.send_signal(signal.SIGINT)
        try:
            self._child.wait(_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()

    def _drop_slot(self) -> str:
        """Why the slot is still there; empty if it is gone."""
        deadline = time.monotonic() + _WITHIN_S
        while True:
            try:
                ask(self._server, _DROP_SLOT)
                return ""
            except NO_ANSWER as error:
                # The server needs a moment to see that the receiver has gone.
                if not isinstance(error, asyncpg.ObjectInUseError) or time.monotonic() > deadline:
                    return said_by(error)
                time.sleep(0.2)


def holds_commits(server: Server) -> bool:
    """Whether a commit on `server` waits for a backup, be it there or not."""
    return bool(ask(server, "SHOW synchronous_standby_names") == SLOT)


def free_commits(server: Server) -> bool:
    """Whether commits on `server` waited for a backup that is gone: from here on they do not.

    For whoever starts the server: a backup that still lives is back within seconds, and keeps what it chose.
    """
    if not holds_commits(server):
        return False
    deadline = time.monotonic() + _RETURNS_WITHIN_S
    while time.monotonic() < deadline:
        if ask(server, _RECEIVES):
            return False
        time.sleep(0.2)
    _let_go(server)
    return True


def _let_go(server: Server) -> None:
    ask(server, "ALTER SYSTEM RESET synchronous_standby_names")
    ask(server, "SELECT pg_reload_conf()")


def _end_with_parent() -> None:
    if _LIBC is not None:
        _LIBC.prctl(_DIE_WITH_PARENT, signal.SIGINT)
