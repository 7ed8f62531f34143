"""docs/partners.md: its ten commands run as they stand there, against a real sandbox in processes of its own."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mz import ROOT
from tests.faults.process import System, free_port

PAGE = ROOT / "docs/partners.md"


def commands() -> list[str]:
    block = re.search(r"```bash\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert block is not None
    return block[1].splitlines()


def test_the_page_needs_ten_commands_and_names_codes_that_exist() -> None:
    refusals = (ROOT / "libs/common/common/values/refusals.toml").read_text()

    assert len(commands()) == 10
    codes = set(re.findall(r"`((?:DX|DPOP|ASSERTION|IDEMPOTENCY)_[A-Z_]+[A-Z])`", PAGE.read_text()))
    issuer = (ROOT / "gateway/gateway/identity/issuer/partners.py").read_text()
    assert len(codes) > 8
    assert {code for code in codes if f"[{code}]" not in refusals and f'"{code}"' not in issuer} == set()


@pytest.fixture
def developer(tmp_path: Path) -> Iterator[System]:
    """A folder with the clone's `mz`, `sdk`: only the data folder and the port are the test's own."""
    system = System(tmp_path / "D", free_port())
    (tmp_path / "sdk").symlink_to(ROOT / "sdk")
    mz = tmp_path / "mz"
    python, root = shlex.quote(sys.executable), shlex.quote(str(ROOT))
    folder = shlex.quote(str(system.folder))
    mz.write_text(f'#!/bin/sh\nhere=$(pwd); cd {root} && exec {python} -P -m mz "$@" --data-dir {folder}\n')
    mz.chmod(0o755)
    try:
        yield system
    finally:
        system.remove()


@pytest.mark.slow
def test_the_ten_commands_lead_from_nothing_to_the_first_comparison(developer: System) -> None:
    outputs = []
    for command in commands():
        command = command.replace("--detach", f"--detach --port {developer.port}")
        command = command.replace("--key partner.pem", f"--key {developer.folder.parent}/partner.pem")
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        done = subprocess.run(
            command,
            shell=True,
            cwd=developer.folder.parent,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
            env=environment,
        )
        assert done.returncode == 0, (command, done.stdout, done.stderr)
        outputs.append(done.stdout)

    first, nobody, allowed, armed, checklist = outputs[4:9]
    assert "结论 · verdict MATCH" in first
    assert "未提供 · withheld" in first
    assert "回执 · receipt comparison.answered" in first
    assert "结论 · verdict NO_MATCH" in nobody
    assert json.loads(allowed)["state"] == "SANDBOX"
    assert json.loads(armed)["armed"] == ["CLOCK_SKEW"]
    checks = json.loads(checklist)["checks"]
    passed = {check["name"] for check in checks if check["passed_at"]}
    assert {"READ_SIGNED", "WRITE_SIGNED", "COMPARED_MATCH", "COMPARED_NO_MATCH", "FIELDS_WITHHELD"} <= passed
