"""The ledger's formats import nothing of ours and open nothing; each planted violation is named."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mz import ROOT
from tests.architecture.purity import foreign_imports, opens_files

LEDGER = ROOT / "libs/ledger/ledger"


@pytest.fixture
def formats(tmp_path: Path) -> Path:
    """The package `ledger` in a folder of its own, to be broken."""
    return shutil.copytree(LEDGER, tmp_path / "ledger", ignore=shutil.ignore_patterns("__pycache__"))


def test_only_keyfiles_opens_files_and_sockets() -> None:
    assert opens_files(LEDGER) == []


@pytest.mark.parametrize(
    "code, named",
    [
        ("open('key.pem')", "open"),
        ("from pathlib import Path\nPath('key.pem').read_text()", "read_text"),
        ("from pathlib import Path\nPath('key.pem').read_bytes()", "read_bytes"),
        ("from pathlib import Path\nPath('key.pem').write_bytes(b'')", "write_bytes"),
        ("from pathlib import Path\nPath('key.pem').open()", "open"),
        ("import socket", "import socket"),
        ("import os\nos.open('key.pem', os.O_RDONLY)", "import os"),
        ("from os import open as read", "import os"),
    ],
)
def test_a_module_of_the_formats_that_opens_a_file_is_named(formats: Path, code: str, named: str) -> None:
    (formats / "planted.py").write_text(code + "\n")

    offences = opens_files(formats)

    assert any(line.startswith("planted.py:") and line.endswith(f" {named}") for line in offences), offences


def test_keyfiles_and_the_verifier_may_open_files(formats: Path) -> None:
    (formats / "keyfiles.py").write_text("open('key.pem')\n")
    (formats / "verifier/log.py").write_text("open('checkpoint')\n")

    assert opens_files(formats) == []


def test_the_verifier_imports_the_standard_library_and_its_siblings_alone() -> None:
    assert foreign_imports(LEDGER / "verifier") == []


def test_an_import_of_the_verifier_from_elsewhere_is_named(formats: Path) -> None:
    planted = "from ledger.notes import parse_note\nimport orjson\nfrom ledger.verifier.notes import Note\n"
    (formats / "verifier/planted.py").write_text(planted)

    assert foreign_imports(formats / "verifier") == ["planted.py ledger.notes", "planted.py orjson"]


def test_an_import_contract_names_a_format_that_reaches_for_ours_for_a_database_or_for_the_network(
    tmp_path: Path,
) -> None:
    for part in ("cli", "libs", "outsiders", "gateway", "services", "pyproject.toml"):
        source = ROOT / part
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / part)
    formats = tmp_path / "libs/ledger/ledger"
    (formats / "planted.py").write_text("import asyncpg\nimport httpx\nimport socket\n")
    (formats / "ours.py").write_text("from common.values import ids\n")
    packages = ("cli", "libs/common", "libs/ledger", "outsiders", "gateway")
    services = [f"services/{folder.name}" for folder in (tmp_path / "services").iterdir()]

    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=tmp_path,
        env={"PYTHONPATH": ":".join(str(tmp_path / name) for name in (*packages, *services)), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode != 0
    for chain in ("planted -> asyncpg", "planted -> httpx", "planted -> socket", "ours -> common.values.ids"):
        assert f"ledger.{chain}" in done.stdout, chain
