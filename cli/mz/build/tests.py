"""`./mz test [pytest arguments]`: all but the slow tests on one worker per core, or what is asked for.

`./mz test -mslow` runs the slow ones: they start whole processes and kill them.
"""

from __future__ import annotations

import argparse
import os
import signal
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
        if not any(a.startswith("-m") for a in given):
            command += ["-m", "not slow"]
    with subprocess.Popen(command, cwd=ROOT) as run:
        # Only pytest can stop the servers that it started: it must hear of the end, and we wait for it.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda number, _: run.send_signal(number))
        return run.wait()
