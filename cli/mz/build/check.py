"""`./mz check`: runs all static checks and prints the time of each. Exit 1 if one fails."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from mz import ROOT

_SHOWN = 80
"""Lines of a failed check that are printed; run its command to see the rest."""

_PYTHON = [sys.executable, "-P"]

CHECKS = {
    "mypy --strict": [*_PYTHON, "-m", "mypy"],
    "ruff check": [*_PYTHON, "-m", "ruff", "check", "--quiet", "--output-format", "concise"],
    "ruff format": [*_PYTHON, "-m", "ruff", "format", "--check", "--quiet"],
    "import contracts": [
        *_PYTHON,
        "-c",
        "from importlinter.cli import lint_imports_command; lint_imports_command()",
    ],
    "golden files": [*_PYTHON, "-m", "mz", "golden", "--check"],
    "contract": [*_PYTHON, "-m", "mz", "contract", "breaking"],
    "references": [*_PYTHON, "-m", "mz.build.references"],
    "lock": [
        *_PYTHON,
        "-c",
        "import pathlib, sys; sys.exit('://' in pathlib.Path('requirements.lock').read_text())",
    ],
}


def main(options: argparse.Namespace) -> int:
    began = time.monotonic()
    # mypy takes as long as all others together, so two at a time fill two cores.
    with ThreadPoolExecutor(2) as pool:
        failed = [name for name, passed in pool.map(_run, CHECKS.items()) if not passed]
    took = time.monotonic() - began
    print(
        f"{'失败 · failed: ' + ', '.join(failed) if failed else '检查通过 · all checks pass'}  ({took:.1f} s)"
    )
    return 1 if failed else 0


def _run(check: tuple[str, list[str]]) -> tuple[str, bool]:
    name, command = check
    began = time.monotonic()
    result = subprocess.run(
        command, cwd=ROOT, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    passed = result.returncode == 0
    mark = "✓" if passed else "✗"
    output = (
        "" if passed else "".join(f"\n    {line}" for line in result.stdout.rstrip().splitlines()[:_SHOWN])
    )
    # One print: two checks that end together must not mix their lines.
    print(f"{mark} {name:<18}{time.monotonic() - began:6.1f} s{output}", flush=True)
    return name, passed
