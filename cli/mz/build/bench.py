"""`./mz bench NAME`: runs tests/bench/NAME.py, whose `main` prints ratios and returns 1 below the bar."""

from __future__ import annotations

import argparse
import subprocess
import sys

from mz import ROOT


def main(options: argparse.Namespace) -> int:
    folder = ROOT / "tests" / "bench"
    known = sorted(path.stem for path in folder.glob("*.py") if not path.stem.startswith("_"))
    if options.name not in known:
        print(f"mz: 没有这项测试,可选: {', '.join(known)} (there is no such benchmark)", file=sys.stderr)
        return 2
    # A process of its own: what the commands have imported must not weigh on the figures.
    command = [sys.executable, "-m", f"tests.bench.{options.name}", *options.arguments]
    return subprocess.run(command, cwd=ROOT, check=False).returncode
