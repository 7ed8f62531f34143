"""`./mz ledger verify` and `./mz ledger fsck`: can what this installation holds be shown to a court?

`verify` reads the ledger alone: entries, signatures, tree, checkpoints. `fsck` goes on to every outbox row,
business row, vault entry and blob. Exit code 0 means clean, 1 that something was found, 2 that nothing
could be checked.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

from common.postgres import EmbeddedPostgres, PostgresUnavailable, Server, external, reachable_home
from mz import fsck, running
from mz.assembly import Installation
from mz.datadir import DataDir
from mz.fsck import Result


def main(options: argparse.Namespace) -> int:
    if options.list:
        for place, column, why in fsck.listing():
            print(f"{place:42} {column:24} {why}")
        return 0
    d = DataDir(options.data_dir.absolute())
    if not d.ring.exists():
        print(f"mz: {d.root} 里没有数据,请先 ./mz up (there is no installation here)", file=sys.stderr)
        return 2
    try:
        with _server(d) as server:
            result = asyncio.run(_check(Installation(d, server), options))
    except PostgresUnavailable as error:
        print(f"mz: {error}", file=sys.stderr)
        return 2
    return _report(result, options)


async def _check(installation: Installation, options: argparse.Namespace) -> Result:
    shown = monotonic()

    def say(what: str) -> None:
        nonlocal shown
        if not options.json and monotonic() - shown > 1:
            print(f"mz: {what} …", file=sys.stderr, flush=True)
            shown = monotonic()

    if options.act == "fsck":
        return await fsck.check(installation, say)
    result = Result()
    await fsck.check_ledger(installation, result, say)
    return result


@contextmanager
def _server(d: DataDir) -> Iterator[Server]:
    """The server of `d`: the one that runs, or one started for this reading and stopped after it."""
    given = os.environ.get("MINGZHENG_DATABASE_URL")
    if given:
        yield external(given, d.database_secret())
        return
    embedded = EmbeddedPostgres(reachable_home(d.root / "pg"))
    if running.is_running(d):
        yield embedded.server
        return
    server = embedded.start()
    try:
        yield server
    finally:
        embedded.stop()


def _report(result: Result, options: argparse.Namespace) -> int:
    said: dict[str, Any] = {
        "clean": result.clean,
        "entries": result.entries,
        "records": result.records,
        "rows": result.rows,
        "blobs": result.blobs,
        "findings": [{"place": f.place, "key": f.key, "reason": f.reason} for f in result.findings],
    }
    if options.json:
        print(json.dumps(said, ensure_ascii=False))
    else:
        for finding in result.findings:
            print(f"✗ {finding.place} {finding.key}: {finding.reason}")
        verdict = "全部一致 · clean" if result.clean else f"发现 {len(result.findings)} 处不一致 · NOT clean"
        counts = f"账目 {result.entries} · 记录 {result.records} · 数据行 {result.rows} · 文件 {result.blobs}"
        print(f"{verdict} ({counts})")
    return 0 if result.clean else 1 if result.entries else 2
