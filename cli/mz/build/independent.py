"""`./mz independent`: runs tests/independent, where other people's verifiers judge our log."""

from __future__ import annotations

import argparse
import subprocess
import sys

from mz import ROOT


def main(options: argparse.Namespace) -> int:
    return subprocess.run(
        [sys.executable, "-m", "tests.independent", *options.arguments], cwd=ROOT, check=False
    ).returncode
