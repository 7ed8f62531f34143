"""`./mz test [pytest arguments]`: all but the slow tests on one worker per core, or the tests that the arguments name.

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
    arguments = list(options.arguments)
    paths = [a for a in arguments if not a.startswith("-")]
    command = [sys.executable, "-P", "-m", "pytest", *arguments]
    if not paths and not any(
        a in ("-n", "--pdb", "-x") or a.startswith(("-n", "--numprocesses")) for a in arguments
    ):
        # The tests of a file stay on one worker, because they share fixtures. Keep the order of tests/conftest.py,
        # which puts slow files first.
        workers = str(max(2, os.cpu_count() or 2))
        command += ["-n", workers, "--dist", "loadfile", "--no-loadscope-reorder", "-q"]
        if not any(a.startswith("-m") for a in arguments):
            command += ["-m", "not slow"]
    with subprocess.Popen(command, cwd=ROOT) as run:
        # Pass the signal to pytest and wait: only pytest can stop the servers that it started.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda number, _: run.send_signal(number))
        return run.wait()
