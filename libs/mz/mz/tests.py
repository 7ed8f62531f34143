"""`./mz test [pytest arguments]`: the whole suite on one worker per core, or what is asked for."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

from mz import ROOT


def main(options: argparse.Namespace) -> int:
    given = list(options.arguments)
    paths = [a for a in given if not a.startswith("-")]
    command = [sys.executable, "-P", "-m", "pytest", *given]
    if not paths and not any(
        a in ("-n", "--pdb", "-x") or a.startswith(("-n", "--numprocesses")) for a in given
    ):
        # A file's tests stay together: they share its fixtures. In the order of tests/conftest.py, the slow ones first.
        workers = str(max(2, os.cpu_count() or 2))
        command += ["-n", workers, "--dist", "loadfile", "--no-loadscope-reorder", "-q"]
    return subprocess.run(command, cwd=ROOT, check=False).returncode
