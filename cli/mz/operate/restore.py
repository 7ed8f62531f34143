"""`./mz restore`: a new data folder from a backup, brought forward to the last commit that was received, then checked.

    manifest ─ base.tar ─ pg_verifybackup ─ log until its end ─ blobs ─ public files ─ secrets ─ fsck

Nothing is restored over anything: D must not exist. Whether this is the *newest* state, no backup can tell: give the
newest checkpoint that anybody keeps with `--checkpoint`. `up` compares it, and what the witnesses saw, and does not
start over an older copy.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import math
import os
import shlex
import shutil
import subprocess
import sys
import tarfile
import threading
from pathlib import Path
from typing import Any, Final

import asyncpg

from common.door.address import said_by
from ledger.checkpoint import parse
from mz.operate.assembly import Installation
from mz.operate.backup import FORMAT, STORES
from mz.operate.datadir import DataDir
from mz.operate.fsck import Result, check
from mz.operate.sealing import ENDING, CannotOpen, files_below, identity_of, unmirror, unseal
from mz.operate.walstream import ask, tool
from mz.postgres import EmbeddedPostgres, PostgresUnavailable, reachable_home
from mz.postgres.machine import dropped

_PARTIAL: Final = ".partial"


class CannotRestore(Exception):
    """Why there is no restored data folder; one line."""


def main(options: argparse.Namespace) -> int:
    d = DataDir(options.data_dir.absolute())
    secrets = None
    try:
        if (options.secrets is None) != (options.secrets_identity is None):
            raise CannotRestore("--secrets 与 --secrets-identity 须同时给出 (give both)")
        if options.secrets is not None:
            secrets = (options.secrets.absolute(), identity_of(options.secrets_identity))
        restore(
            options.backup.absolute(),
            d,
            identity_of(options.identity),
            secrets=secrets,
            checkpoint=options.checkpoint,
        )
        result = checked(d)
    except asyncpg.PostgresError as error:
        print(f"mz: 未能恢复 (couldn't restore): {said_by(error)}", file=sys.stderr)
        return 1
    except (CannotRestore, CannotOpen, PostgresUnavailable, ValueError, OSError) as error:
        print(f"mz: 未能恢复 (couldn't restore): {error}", file=sys.stderr)
        return 1
    for finding in result.findings[:10]:
        print(f"mz: {finding.place} {finding.key}: {finding.reason}", file=sys.stderr)
    print(
        f"mz: 已恢复 {result.entries} 条记录、{result.blobs} 个文件,{len(result.findings)} 项问题 "
        f"(restored; {len(result.findings)} findings)"
    )
    return 0 if result.clean else 1


def restore(
    folder: Path,
    d: DataDir,
    identity: Any,
    *,
    secrets: tuple[Path, Any] | None = None,
    checkpoint: Path | None = None,
) -> None:
    """Make `d` from the backup in `folder`. Raises CannotRestore or CannotOpen; what was made until then stays."""
    if d.root.exists() and any(d.root.iterdir()):
        raise CannotRestore(f"{d.root} 不是空目录 (is not empty; nothing is restored over anything)")
    if checkpoint is not None:
        parse(checkpoint.read_bytes())
    _verify(folder)
    d.root.mkdir(parents=True, exist_ok=True)
    d.root.chmod(0o711 if os.geteuid() == 0 else 0o700)
    reachable_home(d.root / "pg").mkdir(mode=0o700, exist_ok=True)
    # Where it lies in truth: PostgreSQL's user may not get through the data folder.
    home = (d.root / "pg").resolve()
    _say("数据库 (databases)")
    _unpack(folder / "base.tar.age", home / "data", identity)
    _place_log(folder, home / "restored-wal", identity)
    _verify_base(home)
    _recover(home)
    _say("文件 (files)")
    for store in STORES:
        unmirror(folder.parent / "blobs" / store, d.root / store, identity)
    _unpack(folder / "state.tar.age", d.root, identity)
    if secrets is not None:
        place, key = secrets
        _unpack(place / f"{folder.name}-keys.tar.age", d.root, key)
        unmirror(place / "erasable", d.root / "erasable", key)
    if checkpoint is not None:
        shutil.copy(checkpoint, d.root / "checkpoint")


def checked(d: DataDir) -> Result:
    """fsck of everything that was restored."""
    _say("核验 (fsck)")
    embedded = EmbeddedPostgres(reachable_home(d.root / "pg"))
    server = embedded.start()
    try:
        return asyncio.run(check(Installation(d, server)))
    finally:
        embedded.stop()


def _verify(folder: Path) -> None:
    """Every file that the manifest names is there, with its digest."""
    manifest = folder / "manifest.json"
    if not manifest.exists():
        raise CannotRestore(f"{folder} 中没有 manifest.json:备份未完成 (this backup did not come to its end)")
    document: dict[str, Any] = json.loads(manifest.read_text())
    if document.get("format") != FORMAT:
        raise CannotRestore(f"不是 {FORMAT} 的备份 (another format)")
    for name, digest in document["files"].items():
        path = folder / name
        if not path.is_file() or _sha256(path) != digest:
            raise CannotRestore(f"{name} 缺失或已改动 (is missing or was changed)")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _unpack(sealed: Path, target: Path, identity: Any) -> None:
    """Unpack a sealed tar into `target`, as it is opened: no second copy."""
    if not sealed.is_file():
        raise CannotRestore(f"{sealed.name} 不存在 (is missing)")
    reading, writing = os.pipe()
    failed: list[Exception] = []

    def opening() -> None:
        try:
            with open(writing, "wb") as pipe:
                unseal(sealed, pipe, identity)
        except Exception as error:  # noqa: BLE001
            failed.append(error)

    thread = threading.Thread(target=opening)
    thread.start()
    try:
        with open(reading, "rb") as pipe, tarfile.open(fileobj=pipe, mode="r|") as archive:
            archive.extractall(target, filter="data")
            while pipe.read(1 << 20):
                pass  # the padding after the end of the archive
    except tarfile.TarError as error:
        failed.append(CannotOpen(f"{sealed.name}: {error}"))
    finally:
        thread.join()
    if failed:
        raise failed[0]


def _place_log(folder: Path, target: Path, identity: Any) -> None:
    """The segments, sealed or still in the spool, under the names that PostgreSQL asks for."""
    target.mkdir(mode=0o700)
    for path in files_below(folder / "wal"):
        with (target / path.name.removesuffix(ENDING)).open("wb") as file:
            unseal(path, file, identity)
    for path in files_below(folder / "spool"):
        shutil.copy(path, target / path.name)
    for path in sorted(target.glob(f"*{_PARTIAL}")):
        whole = path.with_name(path.name.removesuffix(_PARTIAL))
        path.unlink() if whole.exists() else path.rename(whole)


def _verify_base(home: Path) -> None:
    """Ask PostgreSQL whether every file is as it was when it was copied."""
    data = home / "data"
    data.chmod(0o700)
    if dropped():
        for path in [home, *home.rglob("*")]:
            os.lchown(path, dropped()["user"], dropped()["group"])
    command = [tool("pg_verifybackup"), "--no-parse-wal", "--exit-on-error", str(data)]
    done = subprocess.run(command, capture_output=True, text=True, cwd="/", **dropped())
    if done.returncode != 0:
        raise CannotRestore(f"pg_verifybackup: {done.stderr.strip().splitlines()[-1:]}")


def _recover(home: Path) -> None:
    """Replay the log to its end. A commit whose log was received is there afterwards."""
    log = shlex.quote(str(home / "restored-wal"))
    with (home / "data" / "postgresql.auto.conf").open("a") as settings:
        settings.write(
            f"restore_command = 'cp {log}/%f \"%p\"'\nhot_standby = off\nsynchronous_standby_names = ''\n"
        )
    (home / "data" / "recovery.signal").touch()
    if dropped():
        os.chown(home / "data" / "recovery.signal", dropped()["user"], dropped()["group"])
    segments = sum(1 for _ in (home / "restored-wal").iterdir())
    _say(f"重放预写日志 {segments} 段,可能很久 (replaying the log; many segments take long)")
    embedded = EmbeddedPostgres(home)
    server = embedded.start(within_s=math.inf)
    try:
        if ask(server, "SELECT pg_is_in_recovery()"):
            raise CannotRestore("预写日志未能重放 (the log was not replayed to its end)")
        for name in ("restore_command", "hot_standby", "synchronous_standby_names"):
            ask(server, f"ALTER SYSTEM RESET {name}")
    finally:
        embedded.stop()
    shutil.rmtree(home / "restored-wal")


def _say(what: str) -> None:
    print(f"mz: {what} …", file=sys.stderr, flush=True)
