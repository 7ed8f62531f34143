"""Starts, adopts and stops one embedded cluster.

home/data   the cluster        home/log   its log        home/s   its socket        home/install   binaries
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import time
from pathlib import Path

from mz.postgres.machine import (
    PostgresUnavailable,
    can_see_processes,
    dropped,
    find_binaries,
    lock_file,
    postmaster_of,
    processes_in,
    server_uid,
    short_digest,
)
from mz.postgres.server import Server

_READY_WITHIN = 90.0
_STOP_WITHIN = 60.0
# unix(7): sun_path holds 108 bytes; the socket's own name takes 15 of them.
_LONGEST_SOCKET_DIR = 90

# The shortest request of the protocol: eight bytes. The server answers one byte before any sign-in.
_SSL_REQUEST = (8).to_bytes(4, "big") + (80877103).to_bytes(4, "big")

_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}


class EmbeddedPostgres:
    """One cluster under `home`. `start` makes, starts or adopts it; `stop` ends it cleanly.

    `tcp_port` also opens 127.0.0.1. `fast` gives up durability, for tests only. If we are root, `nobody` must be able
    to reach `home` (`reachable_home` makes such a folder). `install` is the folder into which the binaries are copied
    if `nobody` cannot run them where they are; name another one if programs cannot run in `home/install`.
    """

    def __init__(
        self, home: Path, *, tcp_port: int | None = None, fast: bool = False, install: Path | None = None
    ) -> None:
        self.home = home.resolve()
        self.data = self.home / "data"
        self.log = self.home / "log"
        self.install = install or self.home / "install"
        self.tcp_port = tcp_port
        self.fast = fast
        self._port = tcp_port or 5432
        self._socket_dir = _socket_dir(self.home)
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def server(self) -> Server:
        return Server(host=str(self._socket_dir), port=self._port)

    @property
    def running_server(self) -> Server:
        """The server that another process started here, at the port that its lock file names.

        Raises PostgresUnavailable if none runs.
        """
        lines = lock_file(self.data) if self.pid is not None else []
        if len(lines) < 5:
            raise PostgresUnavailable(f"数据库没有在运行 (no PostgreSQL runs in {self.home})")
        return Server(host=lines[4], port=int(lines[3]))

    @property
    def pid(self) -> int | None:
        """The postmaster's process id, None while there is none."""
        pid = postmaster_of(self.data)
        if self._child is not None and pid == self._child.pid and self._child.poll() is not None:
            return None
        return pid

    def start(self, *, within_s: float = _READY_WITHIN) -> Server:
        """Make, start or adopt the cluster; return when it is ready. A stopped, crashed or live cluster may exist.

        Raises PostgresUnavailable after `within_s`. One that replays a long log needs `math.inf`.
        """
        self._make_folders()
        if self._adopt():
            return self.server
        binaries = find_binaries(self.install)
        if not (self.data / "PG_VERSION").exists():
            self._initialise(binaries)
        deadline = time.monotonic() + within_s
        while True:
            self._clear_stale_lock()
            if self._launch(binaries, deadline):
                return self.server
            # After kill -9 of the postmaster its children keep the shared memory for a moment.
            tail = self.log.read_text(errors="replace")[-600:]
            if "still in use" not in tail and "already exists" not in tail or time.monotonic() > deadline:
                raise PostgresUnavailable(f"couldn't start PostgreSQL, see {self.log}: {_last_error(tail)}")
            time.sleep(0.2)

    def stop(self) -> None:
        """Fast shutdown: open transactions roll back, the checkpoint is written, the lock file goes."""
        pid = self.pid
        if pid is None:
            return
        os.kill(pid, signal.SIGINT)
        if self._child is not None and self._child.pid == pid:
            self._child.wait(_STOP_WITHIN)
            self._child = None
            return
        deadline = time.monotonic() + _STOP_WITHIN
        while postmaster_of(self.data) == pid:
            if time.monotonic() > deadline:
                raise PostgresUnavailable(f"PostgreSQL {pid} did not stop within {_STOP_WITHIN:.0f} s")
            time.sleep(0.02)

    def _make_folders(self) -> None:
        for folder in (self.home, self._socket_dir):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if dropped():
                os.chown(folder, dropped()["user"], dropped()["group"])
            status = folder.lstat()
            # In a shared folder another user may have made it first, to listen in place of our server.
            if not stat.S_ISDIR(status.st_mode) or status.st_uid != server_uid():
                raise PostgresUnavailable(
                    f"{folder} belongs to someone else; remove it or choose another --data-dir"
                )
            folder.chmod(0o700)

    def _adopt(self) -> bool:
        """Take over a postmaster that outlived its parent, if it listens at the same port and socket; else stop it."""
        pid = postmaster_of(self.data)
        if pid is None:
            return False
        deadline = time.monotonic() + _READY_WITHIN
        while time.monotonic() < deadline and postmaster_of(self.data) == pid:
            lines = lock_file(self.data)
            if len(lines) >= 8 and lines[7] == "ready":
                listens_at = [str(self._port), str(self._socket_dir), "127.0.0.1" if self.tcp_port else ""]
                if lines[3:6] != listens_at:
                    self.stop()
                    return False
                if self._answers():
                    return True
            time.sleep(0.05)
        return False

    def _answers(self) -> bool:
        """Whether a backend answers. Just after kill -9 the socket and a lock file with `ready` are still there."""
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(2)
            try:
                probe.connect(str(self._socket_dir / f".s.PGSQL.{self._port}"))
                probe.sendall(_SSL_REQUEST)
                return probe.recv(1) in (b"N", b"S")
            except OSError:
                return False

    def _initialise(self, binaries: Path) -> None:
        # initdb writes into a draft, which is then renamed: half a cluster must not look like a whole one.
        draft = self.home / "data.draft"
        shutil.rmtree(draft, ignore_errors=True)
        command = [
            str(binaries / "initdb"), "-D", str(draft), "-U", "postgres", "-A", "trust", "-E", "UTF8", "-k",
            # The builtin provider gives Chinese a ctype that is the same on every system: trigram search needs it.
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C.UTF-8", "--no-instructions",
        ]  # fmt: skip
        if self.fast:
            command.append("--no-sync")
        result = subprocess.run(command, capture_output=True, env=self._env(), cwd="/", **dropped())
        if result.returncode != 0:
            raise PostgresUnavailable(
                f"couldn't create the database cluster: {_last_error(result.stderr.decode())}"
            )
        draft.rename(self.data)

    def _launch(self, binaries: Path, deadline: float) -> bool:
        settings = {
            "listen_addresses": "127.0.0.1" if self.tcp_port else "",
            "port": str(self._port),
            "unix_socket_directories": str(self._socket_dir),
            "unix_socket_permissions": "0700",
            "max_connections": "200",
            "timezone": "UTC",
            "log_timezone": "UTC",
            # With syncfs a crash recovery takes 0.4–1.2 s; with an fsync of every file it takes 6–12 s.
            "recovery_init_sync_method": "syncfs" if os.uname().sysname == "Linux" else "fsync",
            **(_FAST if self.fast else {}),
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with self.log.open("ab") as log:
            if dropped():
                os.fchown(log.fileno(), dropped()["user"], dropped()["group"])
            self._child = subprocess.Popen(
                [str(binaries / "postgres"), "-D", str(self.data), *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._env(),
                cwd="/",
                # A session of its own: Ctrl-C in the terminal reaches only us. We stop PostgreSQL last.
                start_new_session=True,
                **dropped(),
            )
        try:
            return self._is_ready(self._child, deadline)
        except BaseException:
            # Also at Ctrl-C: nobody would end it afterwards.
            self._child.send_signal(signal.SIGINT)
            raise

    def _is_ready(self, child: subprocess.Popen[bytes], deadline: float) -> bool:
        """Wait until `child` is ready; False if it ended. Raises PostgresUnavailable after `deadline`."""
        began = time.monotonic()
        while child.poll() is None:
            lines = lock_file(self.data)
            if len(lines) >= 8 and lines[7] == "ready" and lines[0] == str(child.pid):
                return True
            if time.monotonic() > deadline:
                raise PostgresUnavailable(
                    f"PostgreSQL {time.monotonic() - began:.0f} 秒内未就绪 (was not ready in time), {self.log}"
                )
            time.sleep(0.01)
        return False

    def _clear_stale_lock(self) -> None:
        """Remove the lock files of a dead postmaster whose process id exists again or still.

        The id exists again in a restarted container, and still while a killed postmaster waits for init to reap it.
        The lock file also names the shared memory of surviving backends, so it stays while any process has the data
        folder as its working folder.
        """
        if can_see_processes() and not processes_in(self.data):
            (self.data / "postmaster.pid").unlink(missing_ok=True)
            (self._socket_dir / f".s.PGSQL.{self._port}.lock").unlink(missing_ok=True)

    def _env(self) -> dict[str, str]:
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
            "HOME": str(self.home),
        }


def _socket_dir(home: Path) -> Path:
    near = home / "s"
    if len(os.fsencode(near)) <= _LONGEST_SOCKET_DIR:
        return near
    return Path(f"/tmp/mz-{server_uid()}-{short_digest(home)}")


def _last_error(log: str) -> str:
    lines = [line for line in log.splitlines() if re.search(r"FATAL|ERROR|PANIC|error:", line)]
    return (lines or log.splitlines() or ["no output"])[-1].strip()
