"""verify.py is the modules of `ledger.verifier` in one file, and runs where nothing is installed."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import ledger
from mz.build.onefile import ORDER, NotJoinable, joined
from tests.vectors.test_evl1 import EVL1

FOLDER = Path(ledger.__file__).parent / "verifier"
VERIFIER = FOLDER.with_name("verify.py")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The modules in a folder of their own, to be broken."""
    return shutil.copytree(FOLDER, tmp_path / "verifier", ignore=shutil.ignore_patterns("__pycache__"))


def plant(folder: Path, module: str, text: str) -> None:
    path = folder / f"{module}.py"
    path.write_text(path.read_text() + text)


def test_the_file_that_a_court_gets_is_the_modules_joined() -> None:
    assert VERIFIER.read_text() == joined(FOLDER)


def test_the_file_has_no_import_of_ours_and_runs_without_any_package(tmp_path: Path) -> None:
    imports = [node for node in ast.walk(ast.parse(VERIFIER.read_text())) if isinstance(node, ast.ImportFrom)]
    (tmp_path / "checkpoint").write_bytes(EVL1["checkpoints"]["7"].encode())

    command = [sys.executable, "-I", "-S", str(VERIFIER), str(tmp_path), "--key", EVL1["root_vkey"]]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "PATH": ""}
    )

    assert not [node.module for node in imports if (node.module or "").startswith("ledger")]
    assert (done.returncode, done.stderr) == (2, "")
    assert done.stdout.startswith("核验结论:未能核验 (NOT_VERIFIED)")


def test_two_modules_that_define_one_name_are_not_joined(copy: Path) -> None:
    plant(copy, "times", "\n\ndef canonical(value: object) -> bytes:\n    return b''\n")

    with pytest.raises(NotJoinable, match="times defines canonical, and so does notes"):
        joined(copy)


def test_a_module_before_one_that_it_imports_is_not_joined(copy: Path) -> None:
    path = copy / "report.py"
    path.write_text(
        path.read_text().replace(
            "from contextlib", "from ledger.verifier.notes import Note\nfrom contextlib", 1
        )
    )

    with pytest.raises(NotJoinable, match="report stands before notes"):
        joined(copy)


def test_a_name_under_another_name_is_not_joined(copy: Path) -> None:
    path = copy / "times.py"
    path.write_text(path.read_text().replace("import Unproved", "import Unproved as Doubtful", 1))

    with pytest.raises(NotJoinable, match="a name keeps its name"):
        joined(copy)


def test_a_module_that_the_joiner_does_not_know_is_named(copy: Path) -> None:
    (copy / "planted.py").write_text('"""Planted."""\n')

    with pytest.raises(NotJoinable, match="planted"):
        joined(copy)
    assert len(ORDER) == len(set(ORDER))
