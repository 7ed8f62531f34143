"""The bootstrap and the lock: what a fresh clone starts from."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from mz import ROOT

LOCK = (ROOT / "requirements.lock").read_text()
BOOTSTRAP = ast.parse((ROOT / "mz").read_text())
BUILT_FROM: tuple[str, ...] = next(
    ast.literal_eval(node.value)
    for node in BOOTSTRAP.body
    if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "BUILT_FROM"
)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_the_lock_names_no_host() -> None:
    assert "://" not in LOCK
    assert "://" not in (ROOT / "pyproject.toml").read_text()


def test_every_locked_package_is_pinned_and_hashed() -> None:
    entries = re.split(r"\n(?=\S)", LOCK.strip())

    assert [e for e in entries if not re.match(r"[a-z0-9._-]+==\S+", e) or "--hash=sha256:" not in e] == []


def test_the_lock_holds_every_declared_dependency() -> None:
    declared = [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["dev"]]
    names = {re.match(r"[A-Za-z0-9._-]+", line)[0].lower().replace("_", "-") for line in declared}  # type: ignore[index]
    locked = set(re.findall(r"^([a-z0-9._-]+)==", LOCK, re.MULTILINE))

    assert names - locked == set()


@pytest.mark.parametrize("name", ["ecdsa", "rsa", "pyasn1"])
def test_the_leaky_backends_of_python_jose_are_not_locked(name: str) -> None:
    assert f"\n{name}==" not in LOCK


def test_the_bootstrap_needs_the_standard_library_alone() -> None:
    imported = {
        (node.module or "") if isinstance(node, ast.ImportFrom) else name.name
        for node in ast.walk(BOOTSTRAP)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in node.names
    }

    assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names


def test_the_bootstrap_parses_on_the_python_of_an_old_machine() -> None:
    # It must run far enough there to find a newer one.
    ast.parse((ROOT / "mz").read_text(), feature_version=(3, 7))


def _bootstrap(fresh: Path, modules: Path) -> subprocess.CompletedProcess[str]:
    """Run a copy of the bootstrap in `fresh`, where `modules` shadow the standard library."""
    for name in ("mz", *BUILT_FROM):
        (fresh / name).parent.mkdir(parents=True, exist_ok=True)
        (fresh / name).write_bytes((ROOT / name).read_bytes())
    env = {**os.environ, "PYTHONPATH": str(modules)}
    command = [sys.executable, str(fresh / "mz"), "up"]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("missing", [["venv"], ["ensurepip", "pip"]], ids=["no-venv", "no-pip"])
def test_a_machine_that_lacks_a_part_is_told_in_one_line_what_to_install(
    tmp_path: Path, missing: list[str]
) -> None:
    modules = tmp_path / "modules"
    fresh = tmp_path / "clone"
    modules.mkdir()
    fresh.mkdir()
    for name in missing:
        (modules / f"{name}.py").write_text("raise ImportError")

    done = _bootstrap(fresh, modules)

    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "apt install python3" in done.stderr
    assert not (fresh / ".venv").exists()


def test_an_old_c_library_is_told_in_one_line(tmp_path: Path) -> None:
    modules = tmp_path / "modules"
    fresh = tmp_path / "clone"
    modules.mkdir()
    fresh.mkdir()
    # The interpreter reads sitecustomize before anything else: the machine's answer, made older.
    (modules / "sitecustomize.py").write_text("import os\nos.confstr = lambda name: 'glibc 2.31'\n")

    done = _bootstrap(fresh, modules)

    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "2.34" in done.stderr
