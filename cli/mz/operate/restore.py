"""`./mz restore`: a new data folder from a backup, brought forward to the last commit that was received, then checked.

    manifest ─ base.tar ─ pg_verifybackup ─ log until its end ─ blobs ─ public files ─ secrets ─ fsck

The manifest is signed by the log's key, which custodians and witness know: `--log-key` names it, and whoever may write
to the folder of backups can put nothing else there. Only the last segments of a backup that was killed bear no
signature. Nothing is restored over anything: D must not exist. Whether this is the *newest* state, no backup can tell:
give the newest checkpoint that anybody keeps with `--checkpoint`. `up` compares it, and what the witnesses saw, and
does not start over an older copy.
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
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, Self

import asyncpg

from common.door.address import said_by
from ledger.checkpoint import parse
from ledger.notes import Verifier, open_statement
from mz.operate.assembly import Installation
from mz.operate.backup import FORMAT, KIND, STORES, is_private, is_public, sworn
from mz.operate.datadir import DataDir
from mz.operate.fsck import Result, check
from mz.operate.sealing import ENDING, CannotOpen, files_below, identity_of, unmirror, unseal
from mz.operate.walstream import ask, tool
from mz.postgres import EmbeddedPostgres, PostgresUnavailable, reachable_home
from mz.postgres.machine import dropped

_PARTIAL: Final = ".partial"


class CannotRestore(Exception):
    """Why there is no restored data folder; one line."""


@dataclass(frozen=True)
class Trust:
    """Whom a restore believes: the log key that signed the manifest, or the folder as it stands where there is none.

    `unsigned_log`: the last segments of a backup that was killed too, which nobody signed.
    """

    log_key: Verifier | None
    unsigned_log: bool = False

    @classmethod
    def of(cls, log_key: str | None, *, unsigned: bool, unsigned_log: bool) -> Self:
        """Raises CannotRestore unless exactly one of the two is chosen, ValueError for a text that is no vkey."""
        if (log_key is None) != unsigned:
            raise CannotRestore(
                "须以 --log-key 给出账本公钥,或以 --unsigned 声明不核验来源 "
                "(name the log's key, or say that you trust the folder)"
            )
        return cls(None if log_key is None else Verifier.parse(log_key), unsigned_log or unsigned)


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
            trust=Trust.of(options.log_key, unsigned=options.unsigned, unsigned_log=options.unsigned_log),
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
    trust: Trust,
) -> None:
    """Make `d` from the backup in `folder`. Raises CannotRestore or CannotOpen; what was made until then stays."""
    if d.root.exists() and any(d.root.iterdir()):
        raise CannotRestore(f"{d.root} 不是空目录 (is not empty; nothing is restored over anything)")
    if checkpoint is not None:
        parse(checkpoint.read_bytes())
    manifest = _verify(folder, trust)
    sealed_keys = secrets[0] / f"{folder.name}-keys.tar.age" if secrets is not None else None
    if sealed_keys is not None and (not sealed_keys.is_file() or _sha256(sealed_keys) != manifest["keys"]):
        raise CannotRestore(f"{sealed_keys.name} 缺失或已改动 (is missing or was changed)")
    d.root.mkdir(parents=True, exist_ok=True)
    d.root.chmod(0o711 if os.geteuid() == 0 else 0o700)
    reachable_home(d.root / "pg").mkdir(mode=0o700, exist_ok=True)
    # Where it lies in truth: PostgreSQL's user may not get through the data folder.
    home = (d.root / "pg").resolve()
    _say("数据库 (databases)")
    _unpack(folder / "base.tar.age", home / "data", identity)
    _place_log(folder, home / "restored-wal", identity, manifest["files"], trust)
    _verify_base(home)
    _recover(home)
    _say("文件 (files)")
    for store in STORES:
        unmirror(folder.parent / "blobs" / store, d.root / store, identity)
    _unpack(folder / "state.tar.age", d.root, identity, partial(is_public, d))
    if secrets is not None and sealed_keys is not None:
        place, key = secrets
        _unpack(sealed_keys, d.root, key, partial(is_private, d))
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


def _verify(folder: Path, trust: Trust) -> dict[str, Any]:
    """The manifest: the log's key signed it, and every file that it names is there, with its digest."""
    path = folder / "manifest.json"
    if not path.exists():
        raise CannotRestore(f"{folder} 中没有 manifest.json:备份未完成 (this backup did not come to its end)")
    manifest: dict[str, Any] = json.loads(path.read_text())
    if manifest.get("format") != FORMAT:
        raise CannotRestore(f"不是 {FORMAT} 的备份 (another format)")
    if trust.log_key is not None:
        try:
            said = open_statement(str(manifest.get("note")).encode(), KIND, [trust.log_key])
        except ValueError as error:
            raise CannotRestore(
                f"manifest.json 没有该账本公钥的签名 (the log's key did not sign it: {error})"
            ) from None
        if said != sworn(manifest):
            raise CannotRestore("manifest.json 与其签名不符 (it is not what was signed)")
    for name, digest in manifest["files"].items():
        file = folder / name
        if not file.is_file() or _sha256(file) != digest:
            raise CannotRestore(f"{name} 缺失或已改动 (is missing or was changed)")
    return manifest


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _unpack(
    sealed: Path, target: Path, identity: Any, may: Callable[[str], bool] = lambda name: True
) -> None:
    """Unpack a sealed tar into `target`, as it is opened: no second copy. Refuses a file that `may` does not hold."""

    def allowed(member: tarfile.TarInfo, path: str) -> tarfile.TarInfo | None:
        if not may(member.name):
            raise CannotRestore(
                f"{sealed.name} 含有不属于它的 {member.name} (holds what does not belong there)"
            )
        return tarfile.data_filter(member, path)

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
            archive.extractall(target, filter=allowed)
            while pipe.read(1 << 20):
                pass  # the padding after the end of the archive
    except tarfile.TarError as error:
        failed.append(CannotOpen(f"{sealed.name}: {error}"))
    finally:
        thread.join()
    if failed:
        raise failed[0]


def _place_log(folder: Path, target: Path, identity: Any, signed: Mapping[str, str], trust: Trust) -> None:
    """The segments, sealed or still in the spool, under the names that PostgreSQL asks for."""
    sealed, spool = list(files_below(folder / "wal")), list(files_below(folder / "spool"))
    if unsigned := [path for path in sealed if f"wal/{path.name}" not in signed] + spool:
        if not trust.unsigned_log:
            raise CannotRestore(
                f"备份中断,最后 {len(unsigned)} 段日志无人签名;确认无误后以 --unsigned-log 恢复 "
                "(this backup was killed: nobody signed its last segments)"
            )
        _say(f"取用无人签名的日志 {len(unsigned)} 段 (segments that nobody signed)")
    target.mkdir(mode=0o700)
    for path in sealed:
        with (target / path.name.removesuffix(ENDING)).open("wb") as file:
            unseal(path, file, identity)
    for path in spool:
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
