"""The second bureau of `./mz up`: processes of its own, which end with us and come back when they end before us."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from ledger.keyfiles import NoteKey
from ledger.trust import Policy
from mz.operate.datadir import DataDir
from tests.faults.process import System, running

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with running(tmp_path_factory.mktemp("bureau") / "D") as made:
        yield made


def pids(system: System, name: str) -> list[int]:
    """The processes of the witness or monitor of this installation."""
    needle = f"outsiders.{name}\0".encode(), f"{system.folder}/second-bureau/".encode()
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = path.read_bytes()
        except OSError:
            continue
        if all(part in command for part in needle):
            found.append(int(path.parent.name))
    return found


def until(true: Callable[[], Any]) -> Any:
    """What `true` says once it says something; fails if it never does."""
    for _ in range(600):
        try:
            if found := true():
                return found
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError("it never came true")


def standing(system: System) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{system.base_url}/v1/ledger/standing", trust_env=False).json()
    return found


def vouched(system: System) -> bool:
    return not standing(system)["unwitnessed"]


def monitored(system: System) -> bool:
    url = DataDir(system.folder).monitor.read_text().split()[1]
    said = httpx.get(f"{url}/standing", trust_env=False).json()
    return bool(said["alarm"] is None and said["size"] == standing(system)["size"])


def test_a_witness_vouches_for_the_demo_s_ledger_and_a_monitor_reads_it(system: System) -> None:
    policy = Policy.parse(DataDir(system.folder).policy.read_bytes())

    assert until(lambda: vouched(system))
    assert until(lambda: monitored(system))
    assert policy.quorum({"demo-second-bureau"})
    assert not policy.quorum(frozenset())


def test_up_says_that_this_witness_proves_nothing_yet(system: System) -> None:
    said = (system.folder / "up.log").read_text()

    assert "在另一机关运行之前,它们不证明任何事" in said
    assert "不证明任何事" in DataDir(system.folder).policy.read_text()


@pytest.mark.parametrize("name", ["witness", "monitor"])
def test_a_killed_one_is_started_again_under_the_same_address(system: System, name: str) -> None:
    before = (DataDir(system.folder).policy.read_text(), DataDir(system.folder).monitor.read_text())
    (first,) = pids(system, name)

    os.kill(first, signal.SIGKILL)
    (second,) = until(lambda: [pid for pid in pids(system, name) if pid != first])
    system.seed()

    assert until(lambda: vouched(system) and monitored(system))
    assert second in pids(system, name)
    assert before == (DataDir(system.folder).policy.read_text(), DataDir(system.folder).monitor.read_text())


def test_they_end_with_a_platform_that_was_killed_and_remember_what_they_saw(system: System) -> None:
    until(lambda: vouched(system) and monitored(system))
    size = standing(system)["size"]
    system.kill("gateway")
    until(lambda: not pids(system, "witness") and not pids(system, "monitor"))

    system.up()

    assert until(lambda: vouched(system) and monitored(system))
    assert standing(system)["size"] >= size
    assert (len(pids(system, "witness")), len(pids(system, "monitor"))) == (1, 1)


def test_an_older_copy_of_the_database_is_not_led(system: System) -> None:
    """The witness remembers more than a restored backup holds: `up` ends and names it."""
    memory = next((system.folder / "second-bureau" / "witness").glob("*.lock")).with_suffix("")
    until(lambda: vouched(system))
    system.mz("down")
    (system.folder / "checkpoint").unlink()
    note = memory.read_bytes()

    memory.write_bytes(ahead(system, note))
    refused = system.mz("up", "--port", str(system.port))
    memory.write_bytes(note)
    system.up()

    assert refused.returncode == 1
    assert "demo-second-bureau cosigned 999999 entries" in refused.stderr


def ahead(system: System, note: bytes) -> bytes:
    """A checkpoint as the log would have signed it before the backup came back."""
    origin, _, root, *_ = note.decode().split("\n")
    key = NoteKey.load(origin, system.folder / "keys" / "evidence" / "log-k1.pem")
    return key.note(f"{origin}\n999999\n{root}\n".encode())
