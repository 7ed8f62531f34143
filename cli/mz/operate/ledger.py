"""`./mz ledger`: checks whether the records of this installation can be shown to a court.

    verify                     the ledger alone: entries, signatures, tree, checkpoints
    verify --url U --key K     the same from the published files alone, without a database
    fsck                       the same, and every outbox row, business row, vault entry and blob
    fsck --offline DIR         the same from an exported copy: dumps, blobs and public keys
    export DIR                 makes that copy

Exit code 0 means clean, 1 that there are findings, 2 that nothing could be checked.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from time import monotonic
from typing import Any, Final

import asyncpg

from evidence.ledger.fsck import Proven
from ledger.checkpoint import Checkpoint, parse
from ledger.notes import Verifier
from mz.operate import export, fsck, running
from mz.operate.assembly import Installation
from mz.operate.datadir import DataDir
from mz.operate.fsck import Result
from mz.operate.rowcheck import Finding
from mz.operate.servers import free
from mz.operate.verify import StateFile, Unreadable, published
from mz.postgres import EmbeddedPostgres, PostgresUnavailable, Server, external, reachable_home

_PLACES: Final = {
    "ledger.log": "账本头",
    "ledger.entry": "账目",
    "ledger.tile": "哈希块",
    "ledger.checkpoint": "检查点",
    "ledger.twin_tile": "国密哈希块",
    "ledger.twin_checkpoint": "国密检查点",
    "ledger.cosignature": "见证副署",
    "ledger.time_token": "时间戳",
    "blobs": "文件",
}


def main(options: argparse.Namespace) -> int:
    if options.list:
        for place, column, why in fsck.listing():
            print(f"{place:42} {column:24} {why}")
        return 0
    if options.act == "accept":
        # Imported here, because it changes the ledger and needs what the reading commands do not.
        return int(import_module("mz.operate.accept").main(options))
    try:
        if options.url:
            return _report(asyncio.run(_published(options)), options)
        if options.offline:
            with export.restored(options.offline) as (installation, settled):
                return _report(asyncio.run(_check(installation, options, settled=settled)), options)
        d = DataDir(options.data_dir.absolute())
        if not d.ring.exists():
            raise Unreadable(f"{d.root} 里没有数据,请先 ./mz up (there is no installation here)")
        with server_of(d) as server:
            installation = Installation(d, server)
            if options.act == "export":
                return asyncio.run(export.export(installation, _folder(options)))
            return _report(asyncio.run(_check(installation, options)), options)
    except (PostgresUnavailable, Unreadable) as error:
        print(f"mz: {error}", file=sys.stderr)
        return 2
    except (OSError, asyncpg.PostgresError) as error:
        # The check itself failed: exit code 1 would say that the ledger is damaged.
        print(f"mz: 未能核对 (nothing could be checked): {type(error).__name__}: {error}", file=sys.stderr)
        return 2


def _folder(options: argparse.Namespace) -> Path:
    if options.folder is None:
        raise Unreadable("请指定目标目录: ./mz ledger export DIR (name the folder to export to)")
    return Path(options.folder).absolute()


async def _published(options: argparse.Namespace) -> Result:
    if not options.key:
        raise Unreadable("请用 --key 给出账本公布的公钥 (name the published key: --key <vkey>)")
    report = await published(
        options.url,
        _key(options.key),
        trusted=_trusted(options),
        state=options.state,
        progress=Progress("账本 · ledger"),
    )
    return Result(
        entries=report.entries, findings=[Finding(f.table, f.key, f.reason) for f in report.findings]
    )


async def _check(installation: Installation, options: argparse.Namespace, **rest: Any) -> Result:
    log, _ = installation.vkeys
    file = StateFile(options.state, origin=log.name, key=log.vkey)
    proven = Proven(save=lambda proven: file.save(lambda: _saved(proven)))

    def resume(state: dict[str, Any]) -> None:
        proven.size, proven.root = int(state["size"]), bytes.fromhex(state["root"])

    file.load(resume)
    trusted, progress = _trusted(options), Progress("账本 · ledger")
    result = Result()
    if options.act == "fsck":
        result = await fsck.check(
            installation, progress.say, ledger=progress, trusted=trusted, proven=proven, **rest
        )
    else:
        await fsck.check_ledger(installation, result, progress, trusted=trusted, proven=proven)
    file.save(lambda: _saved(proven), now=True)
    return result


def _saved(proven: Proven) -> dict[str, object]:
    return {"size": proven.size, "root": proven.root.hex()}


def _key(vkey: str) -> Verifier:
    try:
        return Verifier.parse(vkey)
    except ValueError as error:
        raise Unreadable(f"--key 不是公钥 (no vkey: {error})") from None


def _trusted(options: argparse.Namespace) -> Checkpoint | None:
    """The checkpoint in the file `--trusted`. Its signature is not checked: the operator trusts the file."""
    if options.trusted is None:
        return None
    try:
        return parse(options.trusted.read_bytes())[0]
    except (OSError, ValueError) as error:
        raise Unreadable(f"读不出检查点 {options.trusted} (no checkpoint: {error})") from None


class Progress:
    """Prints on stderr, at most once a second, how far the reading is and how fast."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._began: tuple[float, int] | None = None
        self._shown = monotonic()

    def __call__(self, done: int, size: int) -> None:
        now = monotonic()
        since, first = self._began = self._began or (now, done)
        rate = (done - first) / (now - since) if now > since else 0
        self.say(f"{self._what} {done}/{size} ({done / max(size, 1):.0%}, {rate:,.0f}/s)")

    def say(self, what: str) -> None:
        if monotonic() - self._shown >= 1:
            print(f"mz: {what} …", file=sys.stderr, flush=True)
            self._shown = monotonic()


@contextmanager
def server_of(d: DataDir, *, alone: bool = False) -> Iterator[Server]:
    """The server of `d`. If none runs, one is started for this command and stopped after it.

    With `alone` the caller itself holds the lock on `d`, so no other process runs it.
    """
    url = os.environ.get("MINGZHENG_DATABASE_URL")
    if url:
        yield external(url, d.database_secret())
        return
    embedded = EmbeddedPostgres(reachable_home(d.root / "pg"))
    if not alone and running.is_running(d):
        yield embedded.running_server
        return
    server = embedded.start()
    try:
        free(server, d)
        yield server
    finally:
        embedded.stop()


def _report(result: Result, options: argparse.Namespace) -> int:
    findings = [{"place": f.place, "key": f.key, "reason": f.reason} for f in result.findings]
    document: dict[str, Any] = {
        "clean": result.clean,
        "entries": result.entries,
        "records": result.records,
        "rows": result.rows,
        "blobs": result.blobs,
        "unreadable": result.unreadable,
        "uncompared": result.uncompared,
        "first": findings[0] if findings else None,
        "findings": findings,
    }
    if options.json:
        print(json.dumps(document, ensure_ascii=False))
    else:
        for finding in result.findings:
            what = _PLACES.get(finding.place, "数据行")
            print(f"✗ {what} {finding.place} {finding.key}: {finding.reason}")
        verdict = "全部一致 · clean" if result.clean else f"发现 {len(findings)} 处不一致 · NOT clean"
        counts = f"账目 {result.entries} · 记录 {result.records} · 数据行 {result.rows} · 文件 {result.blobs}"
        print(f"{verdict} ({counts})")
        if result.unreadable:
            print(f"无密钥,未能读取 {result.unreadable} 项 · sealed, and no secret to read them with")
        if result.uncompared:
            print(f"备份之后新增 {result.uncompared} 条,未比对 · entries younger than the copy, not compared")
    return 0 if result.clean else 1 if result.entries else 2
