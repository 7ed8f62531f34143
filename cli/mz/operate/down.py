"""`./mz down`: ends the processes that `up` started and waits until they are gone."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time

from mz.operate import running
from mz.operate.datadir import DataDir, read
from mz.postgres import EmbeddedPostgres

_PATIENCE_S = 60.0


def main(options: argparse.Namespace) -> int:
    d = DataDir(options.data_dir.absolute())
    if running.is_running(d):
        process = read(d.run)
        if not process:
            print("mz: 正在启动,请稍后再试 (it is just starting; try again in a moment)", file=sys.stderr)
            return 1
        os.kill(process["pid"], signal.SIGTERM)
        deadline = time.monotonic() + _PATIENCE_S
        while running.is_running(d):
            if time.monotonic() > deadline:
                print(
                    f"mz: 进程 {process['pid']} 未在 {_PATIENCE_S:.0f} 秒内结束 (it did not end in time)",
                    file=sys.stderr,
                )
                return 1
            time.sleep(0.05)
        print("mz: 已停止 (stopped)")
        return 0
    # A killed `up` leaves its PostgreSQL running.
    if (d.root / "pg" / "data").exists():
        postgres = EmbeddedPostgres(d.root / "pg")
        if postgres.pid is not None:
            postgres.stop()
            print("mz: 已停止遗留的 PostgreSQL (stopped the PostgreSQL that was left)")
            return 0
    print("mz: 没有在运行 (nothing is running)")
    return 0
