"""`./mz guards-off [GUARD …]`: switch each guard of a device and of a decision off in turn; which test notices?

    domain tests, once, watched ─▶ the tests that see a guard fail, and its codes ─▶ played again without the guard
    tests over HTTP that name one of these codes ─────────────────────────────────▶ played without it, by two processes

Nobody has to trust that a guard is tested: a guard that no test misses is named, and the command fails.
`guardplay` is what runs inside pytest.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter, sleep
from typing import Any, Final

from mz import ROOT
from mz.build.guardplay import GUARDS, TASK

DOMAIN: Final = ("tests/device_registry/domain", "tests/case/domain")
HTTP: Final = ("tests/device_registry", "tests/case")
AT_ONCE: Final = 2


@dataclass
class Found:
    """What became of one guard: its codes, and the first test of either kind that noticed."""

    codes: set[str] = field(default_factory=set)
    noticed: dict[str, str] = field(default_factory=dict)

    @property
    def is_missed(self) -> bool:
        return all(self.noticed.get(kind) for kind in ("domain", "HTTP"))


def main(options: argparse.Namespace) -> int:
    """The exit status: 1 if a guard can be switched off without a test of either kind that fails."""
    if unknown := set(options.guards) - set(GUARDS):
        print(f"没有这项条件 · no such guard: {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    began = perf_counter()
    found = {name: Found() for name in options.guards or GUARDS}
    with tempfile.TemporaryDirectory() as folder:
        _play(Path(folder), "domain", found, [list(found)])
        _play(Path(folder), "HTTP", found, [list(found)[n::AT_ONCE] for n in range(AT_ONCE)])
    print(table(found))
    print(f"{perf_counter() - began:.0f} s")
    return 0 if all(each.is_missed for each in found.values()) else 1


def table(found: Mapping[str, Found]) -> str:
    """One line a guard, in Markdown: its codes, and the first test of either kind that failed without it."""
    lines = ["| 条件 · guard | codes | domain | HTTP |", "|---|---|---|---|"]
    for name, each in found.items():
        tests = [_short(each.noticed.get(kind, "")) for kind in ("domain", "HTTP")]
        lines.append(f"| {name} | {', '.join(sorted(each.codes)) or '–'} | {' | '.join(tests)} |")
    return "\n".join(lines)


def _short(test: str) -> str:
    return test.rpartition("/")[2] or "没有测试察觉 · NOT NOTICED"


def _play(folder: Path, kind: str, found: dict[str, Found], shares: Sequence[Sequence[str]]) -> None:
    """Play the guards of each share in a process of its own, and print what each guard's tests say."""
    told = [folder / f"{kind}{n}.told" for n in range(len(shares))]
    runs = [
        _start(folder, kind, {name: sorted(found[name].codes) for name in share}, file)
        for share, file in zip(shares, told, strict=True)
    ]
    read = dict.fromkeys(told, 0)
    while True:
        over = [run.poll() for run in runs]
        for file in told:
            lines = file.read_text().splitlines() if file.exists() else []
            for line in lines[read[file] :]:
                _take(kind, found, json.loads(line))
            read[file] = len(lines)
        if None not in over:
            break
        sleep(0.2)
    if any(over):
        raise SystemExit(f"couldn't play the {kind} tests: pytest ended with {over}")


def _start(
    folder: Path, kind: str, guards: Mapping[str, Sequence[str]], told: Path
) -> subprocess.Popen[bytes]:
    task = folder / f"{told.stem}.task"
    task.write_text(json.dumps({"watch": kind == "domain", "guards": guards, "told": str(told)}))
    paths = DOMAIN if kind == "domain" else (*HTTP, *(f"--ignore={path}" for path in DOMAIN))
    command = [sys.executable, "-P", "-m", "pytest", "-p", "mz.build.guardplay", "-n", "0", "-q", *paths]
    quiet = ["--no-header", "--no-summary", "-p", "no:cacheprovider"]
    return subprocess.Popen(
        [*command, *quiet],
        cwd=ROOT,
        env=os.environ | {TASK: str(task)},
        stdout=subprocess.DEVNULL,
    )


def _take(kind: str, found: dict[str, Found], line: Mapping[str, Any]) -> None:
    each = found.get(line["guard"])
    if each is None:
        return
    if "codes" in line:
        each.codes |= set(line["codes"])
        return
    each.noticed[kind] = line["noticed"]
    sign = "✓" if line["noticed"] else "✗"
    print(
        f"{sign} {kind:6} {line['guard']:22} {line['seconds']:6.1f} s  {_short(line['noticed'])}", flush=True
    )
