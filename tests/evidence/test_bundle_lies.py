"""No lie about a bundle passes: every one that is named in lies.py is found at the step that it concerns."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import ledger
from ledger.verifier.bundle import verify_bundle
from ledger.verifier.report import VERIFIED
from ledger.verifier.trust import Trust
from mz.postgres import Server
from tests.evidence.ledger.bundles import Case
from tests.evidence.ledger.conftest import empty_ledger, ledgers, open_ledger
from tests.evidence.ledger.given import BOTH, Ledger
from tests.evidence.lies import make_material, write_all
from tests.ledger.given import LOG, ROOT, SM2_LOG, START

__all__ = ["empty_ledger", "open_ledger"]

VERIFIER = Path(ledger.__file__).with_name("verify.py")
VERSIONS = ("3.9", "3.10", "3.11", "3.12", "3.13")


@pytest.fixture(scope="module")
async def folder(postgres: Server, empty_ledger: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lies, as every program reads them."""
    folder = tmp_path_factory.mktemp("lies")

    def another() -> Any:
        return ledgers(postgres, empty_ledger, tmp_path_factory.mktemp("log"))

    async with another() as open_ledger:
        write_all(folder, await make_material(open_ledger, another))
    return folder


def listed(folder: Path) -> list[dict[str, Any]]:
    lies: list[dict[str, Any]] = json.loads((folder / "lies.json").read_text())
    return lies


def verified(folder: Path, lie: dict[str, Any]) -> tuple[str, dict[str, str]]:
    """The verdict over a bundle, and over each step."""
    given = lie["arguments"]
    at = {name: [given[n + 1] for n, one in enumerate(given) if one == name] for name in set(given[::2])}
    trust = Trust.of(
        at["--key"],
        witnesses=at.get("--witness", ()),
        quorum=int(at["--quorum"][0]) if "--quorum" in at else None,
        authorities=(folder / "tsa.pem").read_bytes() if "--tsa" in at else b"",
        monitors=at.get("--monitor", ()),
    )
    report = verify_bundle(folder / lie["file"], trust=trust)
    return report.verdict, {step.name.split()[-1]: step.verdict for step in report.steps}


async def test_every_lie_is_found_at_its_step_and_every_honest_bundle_is_verified(folder: Path) -> None:
    lies = listed(folder)
    wrong = []
    for lie in lies:
        verdict, steps = verified(folder, lie)
        if (verdict, steps.get(lie["step"], verdict)) != (lie["verdict"], lie["verdict"]):
            wrong.append((lie["says"], verdict, {n: v for n, v in steps.items() if v != VERIFIED}))

    assert wrong == [], "\n".join(map(str, wrong))
    assert len({lie["says"] for lie in lies}) == len(lies)
    assert Counter(lie["verdict"] for lie in lies)[VERIFIED] >= 5
    assert len(lies) >= 200


DRIVER = """
import importlib.util, json, sys
spec = importlib.util.spec_from_file_location("verify", sys.argv[1])
verify = importlib.util.module_from_spec(spec)
sys.modules["verify"] = verify
spec.loader.exec_module(verify)
def judged(lie):
    given = lie["arguments"]
    at = {name: [given[n + 1] for n, one in enumerate(given) if one == name] for name in set(given[::2])}
    trust = verify.Trust.of(
        at["--key"],
        witnesses=at.get("--witness", ()),
        quorum=int(at["--quorum"][0]) if "--quorum" in at else None,
        authorities=open("tsa.pem", "rb").read() if "--tsa" in at else b"",
        monitors=at.get("--monitor", ()),
    )
    report = verify.verify_bundle(lie["file"], trust=trust)
    return [report.verdict, {step.name: step.verdict for step in report.steps}]
print(json.dumps([judged(lie) for lie in json.load(open("lies.json", encoding="utf-8"))]))
"""
"""Reads every bundle in one process of a bare interpreter: the verifier's own file and the standard library alone."""


def interpreters() -> dict[str, str]:
    """The interpreters that uv finds on this machine, by their versions, those of pyenv too. It downloads none."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    folders = [str(path) for path in sorted(pyenv.glob("3.*/bin"))]
    path = os.pathsep.join([str(Path(sys.executable).parent), *folders, os.environ.get("PATH", "")])
    found = {}
    for version in VERSIONS:
        command = ["uv", "python", "find", "--no-python-downloads", "--no-project", version]
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, env=os.environ | {"PATH": path}
        )
        if done.returncode == 0:
            found[version] = done.stdout.strip()
    return found


@pytest.mark.slow
async def test_every_version_of_python_says_the_same_of_every_lie(folder: Path) -> None:
    at_hand = interpreters()
    if len(at_hand) < 2:
        pytest.skip("`uv python install 3.9 3.13`: one version alone compares with nothing")

    said = {}
    for version, python in at_hand.items():
        command = [python, "-I", "-S", "-c", DRIVER, str(VERIFIER)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
        assert done.returncode == 0, (version, done.stderr)
        said[version] = json.loads(done.stdout)

    expected = [lie["verdict"] for lie in listed(folder)]
    assert {version: [verdict for verdict, _ in all_] for version, all_ in said.items()} == dict.fromkeys(
        said, expected
    )
    assert all(each == said[next(iter(said))] for each in said.values())


@pytest.mark.slow
async def test_ten_thousand_records_are_verified_in_less_memory_than_three_times_the_bundle(
    open_ledger: Callable[..., Ledger], tmp_path: Path
) -> None:
    ledger = open_ledger(keys=(LOG, SM2_LOG), suites=BOTH)
    await ledger.begin(devices=True)
    case = Case(ledger, records=4, pictures=[b"\xff\xd8picture"])
    await case.stamp(START)
    await case.record(between=_nothing)
    for _ in range(10):
        looks = [case.next(case.captures[0]) for _ in range(1_000)]
        await ledger.sequencer.append_all(looks)
    await case.anchor()
    await case.stamp(START + timedelta(seconds=60))
    await case.witness()
    path = tmp_path / "large.zip"
    path.write_bytes((await case.bundle()).data)

    # The most memory of a process is asked of the kernel: `resource` counts the parent's too.
    measure = (
        "import runpy, sys; sys.argv = sys.argv[1:]\n"
        "try: runpy.run_path(sys.argv[0], run_name='__main__')\n"
        "finally: print('most', next(line.split()[1] for line in open('/proc/self/status') if 'VmHWM' in line))"
    )
    command = [sys.executable, "-I", "-S", "-c", measure, str(VERIFIER), str(path), "--key", ROOT.vkey]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    most = 1024 * int(done.stdout.rpartition("most ")[2])
    assert most <= 3 * path.stat().st_size, (most, path.stat().st_size)


async def _nothing() -> None: ...
