"""The second bureau of `./mz up`: processes of its own, which end with us and come back when they end before us."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from ledger.notes import Signature, parse_note
from ledger.trust import Policy
from mz.operate.assembly import Installation
from mz.operate.datadir import DataDir
from mz.postgres import external
from tests.faults.process import System, running
from tests.ledger.given import note_key

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


def test_the_daily_fsck_of_a_running_platform_is_clean(system: System) -> None:
    """The very command that `up` runs once a day."""
    until(lambda: vouched(system))
    server = external(
        "postgresql://nobody@127.0.0.1:1/postgres", b""
    )  # the child finds the running one itself
    patrol = Installation(DataDir(system.folder), server).patrol()

    assert patrol is not None
    document = asyncio.run(patrol.walk())
    assert (document["clean"], document["findings"]) == (True, [])
    assert document["rows"] > 0, "all of it, not the ledger alone"


def test_an_older_copy_is_not_led_although_junk_lines_were_sent_to_the_witness(
    system: System, tmp_path: Path
) -> None:
    """Two real processes. Whoever can reach the witness sends it the public checkpoint with junk lines in front."""
    until(lambda: vouched(system))
    system.mz("down")
    database = (system.folder / "pg").resolve()
    copy(database, tmp_path / "older")
    assert system.mz("keys", "rotate", "gateway").returncode == 0
    system.up()
    until(lambda: vouched(system))
    size = standing(system)["size"]
    note = parse_note(httpx.get(f"{system.base_url}/ledger/checkpoint", trust_env=False).content)
    origin = note.text.split(b"\n")[0].decode()
    junk = b"".join(note_key(origin, n).line(note.text) for n in range(16))
    own = b"".join(line_of(each) for each in note.signatures if each.name == origin)
    attack = b"old %d\n\n" % size + note.text + b"\n" + junk + own

    sent = httpx.post(f"{witness_url(system)}/add-checkpoint", content=attack, trust_env=False)
    system.mz("down")
    copy(database, tmp_path / "newest")
    copy(tmp_path / "older", database)
    (system.folder / "checkpoint").unlink()
    refused = system.mz("up", "--port", str(system.port))
    decided = accept(system)

    assert sent.status_code == 200, "it is the log's checkpoint, and one of its lines is right"
    assert refused.returncode == 1
    assert f"demo-second-bureau cosigned {size} entries, this database holds" in refused.stderr
    assert decided.returncode == 1, "nobody may overrule a proof"
    copy(tmp_path / "newest", database)
    system.up()
    assert until(lambda: standing(system)["size"] >= size)


def test_a_memory_that_nobody_signed_stops_the_start_until_a_person_decides_on_record(system: System) -> None:
    """A witness that kept junk lines only, as one could be made to, before ADR-0035."""
    until(lambda: vouched(system))
    system.mz("down")
    memory = next((system.folder / "second-bureau" / "witness").glob("*.lock")).with_suffix("")
    newest = memory.read_bytes()
    note = parse_note(newest)
    origin, size, root = note.text.decode().split("\n")[:3]
    text = f"{origin}\n{int(size) + 1}\n{root}\n".encode()
    memory.write_bytes(text + b"\n" + b"".join(note_key(origin, n).line(text) for n in range(16)))

    refused = system.mz("up", "--port", str(system.port))
    decided = accept(system)
    system.up()

    assert refused.returncode == 1
    assert "signed by no known key of this log" in refused.stderr
    assert "./mz ledger accept --witness demo-second-bureau" in refused.stderr
    assert decided.returncode == 0, decided.stderr
    records = httpx.get(f"{system.base_url}/v1/ledger/streams/log/overruled/records", trust_env=False)
    (record,) = [each["record"] for each in records.json()["items"]]
    assert (record["type"], record["data"]["reason"]) == ("witness.overruled", "NEWEST_BACKUP")
    assert record["data"]["officer_id"] == officer(system)
    unwitnessed = httpx.get(f"{system.inner_url}/metrics", trust_env=False).text
    assert "mingzheng_ledger_witness_age_seconds" in unwitnessed
    memory.write_bytes(newest)
    assert until(lambda: vouched(system))


def accept(system: System) -> subprocess.CompletedProcess[str]:
    options = ["--witness", "demo-second-bureau", "--officer", officer(system), "--reason", "NEWEST_BACKUP"]
    return system.mz("ledger", "accept", *options)


def officer(system: System) -> str:
    people = json.loads(DataDir(system.folder).demo.read_text())["people"]
    return next(str(each["sub"]).partition(":")[2] for each in people if each["sub"].startswith("officer:"))


def witness_url(system: System) -> str:
    (witness,) = Policy.parse(DataDir(system.folder).policy.read_bytes()).witnesses.values()
    assert witness.url is not None
    return witness.url


def copy(source: Path, target: Path) -> None:
    """A folder with owners and modes, in place of another one."""
    subprocess.run(["rm", "-rf", target], check=True)
    subprocess.run(["cp", "-a", source, target], check=True)


def line_of(signature: Signature) -> bytes:
    encoded = base64.b64encode(signature.key_id + signature.value).decode()
    return f"— {signature.name} {encoded}\n".encode()
