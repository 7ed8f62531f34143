"""`./mz e2e [pytest arguments]`: the pages in a real Chromium, against the whole platform on a port of this machine.

It needs a Chromium that is installed already (Debian: `apt install chromium fonts-noto-cjk`), or one that MZ_CHROMIUM
names. Playwright and axe come from requirements-e2e.lock, into an environment that no other command uses. The run
writes docs/pictures/ anew. `./mz e2e tests/e2e/test_pace.py -s` prints how quick the review desk is.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from mz import ROOT
from mz.build.toolroom import Room, ToolFailed

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def main(options: argparse.Namespace) -> int:
    chromium = os.environ.get("MZ_CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    if chromium is None:
        print(
            "mz: 没有 Chromium,请安装: apt install chromium fonts-noto-cjk (no Chromium here)",
            file=sys.stderr,
        )
        return 2
    try:
        python = Path(Room("e2e", "浏览器测试工具 (what drives a browser)").tool("python"))
    except ToolFailed as failed:
        print(f"mz: {failed}", file=sys.stderr)
        return 1
    arguments = list(options.arguments)
    if not any(argument.startswith("tests/") for argument in arguments):
        arguments = ["tests/e2e", "-q", *arguments]
    packages = next(python.parents[1].glob("lib/python*/site-packages"))
    environment = {**os.environ, "PYTHONPATH": str(packages), "MZ_CHROMIUM": chromium}
    command = [sys.executable, "-P", "-m", "pytest", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
