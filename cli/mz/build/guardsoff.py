"""`./mz guards-off [GUARD …]`: switch each guard of a device off in turn, and see which test notices.

    source ──copy──▶ `check` answers nothing for GUARD ──▶ domain tests ──▶ tests over HTTP ──▶ one line

The copy goes before the installed package on the path of the tests alone. Nobody has to trust that a guard is tested:
a guard that no test misses is named, and the command fails.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from device_registry.domain.compliance import Guard
from mz import ROOT

_PACKAGE: Final = ROOT / "services" / "device-registry" / "device_registry"
_RULES: Final = Path("domain") / "compliance.py"
_BEGINNING: Final = (
    "    device = dossier.device\n    site, provision = device.site, device.provision\n    match guard:\n"
)
_TESTS: Final = {
    "domain": ("tests/device_registry/domain",),
    "HTTP": tuple(
        f"tests/device_registry/test_{name}.py"
        for name in (
            "guards",
            "application",
            "market_entities",
            "regulated_parties",
            "signs",
            "coverage",
            "upkeep",
            "watching",
            "findings",
        )
    ),
}


def main(options: argparse.Namespace) -> int:
    """The exit status: 1 if a guard can be switched off without a test of either kind that fails."""
    guards = [Guard(name) for name in options.guards] or list(Guard)
    return 1 if [guard for guard in guards if not _is_noticed(guard)] else 0


def _is_noticed(guard: Guard) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        _copy_without(guard, Path(folder))
        noticed = {kind: _first_failure(Path(folder), tests) for kind, tests in _TESTS.items()}
    told = " · ".join(f"{kind}: {test or '没有测试察觉 · NOT NOTICED'}" for kind, test in noticed.items())
    print(f"{'✓' if all(noticed.values()) else '✗'} {guard:18} {told}", flush=True)
    return all(noticed.values())


def _copy_without(guard: Guard, folder: Path) -> None:
    copy = folder / _PACKAGE.name
    shutil.copytree(_PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    rules = (copy / _RULES).read_text()
    if rules.count(_BEGINNING) != 1:
        raise SystemExit(f"{_RULES} does not begin its check as this command expects")
    off = f"    if guard is Guard.{guard.name}:\n        return ()\n"
    (copy / _RULES).write_text(rules.replace(_BEGINNING, off + _BEGINNING))


def _first_failure(folder: Path, tests: tuple[str, ...]) -> str:
    """The name of the first test that fails with the package in `folder`; empty where all pass."""
    command = [sys.executable, "-P", "-m", "pytest", "-n", "0", "-q", "-x", "--no-header", *tests]
    environment = os.environ | {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if run.returncode == 0:
        return ""
    failed = re.search(r"^FAILED \S+::(\S+)", run.stdout, flags=re.MULTILINE)
    if failed is None:
        raise SystemExit(f"couldn't run the tests: {run.stdout[-2_000:]}{run.stderr[-2_000:]}")
    return failed[1]
