"""`./mz up` and `./mz down` as a newcomer meets them, in real processes."""

from __future__ import annotations

import json
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.faults.process import System, running

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A running system."""
    with running(tmp_path_factory.mktemp("up") / "D") as made:
        yield made


def test_a_second_up_finds_the_first(system: System) -> None:
    again = system.mz("up", "--port", str(system.port))

    assert again.returncode == 0
    assert "ready" in again.stdout
    assert system.base_url in again.stdout
    assert "already running" in again.stdout


def test_a_port_in_use_is_told_in_one_line(system: System, tmp_path: Path) -> None:
    refused = System(tmp_path / "D", system.port).mz("up", "--port", str(system.port))

    assert refused.returncode == 1
    assert len(refused.stderr.splitlines()) == 1
    assert str(system.port) in refused.stderr


def test_the_ports_file_names_every_service_and_postgresql(system: System) -> None:
    ports = json.loads(system.ports_file.read_text())

    assert set(ports) == {"gateway", "device-registry", "evidence", "case", "notification", "postgres"}
    assert all(set(entry) == {"pid", "port", "log"} for entry in ports.values())


def test_secrets_are_closed_to_others(system: System) -> None:
    private = [path for path in (system.folder / "keys").rglob("*.pem") if ".pub." not in path.name]
    secret = [system.folder / "demo.json", system.folder / "log", *private]

    assert len(secret) > 12
    assert [path for path in secret if stat.S_IMODE(path.stat().st_mode) & 0o077] == []


def test_seed_prints_two_cameras_in_service_and_everybody_s_token(system: System) -> None:
    document = system.seed()

    people = {role for person in document["people"] for role in person["roles"]}
    assert {"DEVICE_ADMIN", "EVIDENCE_REVIEWER", "CASE_OFFICER", "AGENCY_HEAD", "PARTY"} <= people
    assert [p["agency_id"] for p in document["people"] if p["roles"] == ["PARTY"]] == [None]
    assert len(document["devices"]) == 2
    assert all(person["token"] and person["client_secret"] for person in document["people"])
    assert document["partners"]


def test_seed_again_changes_nothing_but_the_tokens(system: System) -> None:
    first, second = system.seed(), system.seed()

    assert first["devices"] == second["devices"]
    assert first["agencies"] == second["agencies"]


def test_what_was_made_is_there_after_down_and_up(system: System) -> None:
    before = system.seed()
    stopped = system.mz("down")

    system.up()

    assert stopped.returncode == 0
    assert system.seed()["devices"] == before["devices"]
    assert httpx.get(f"{system.base_url}/readyz", trust_env=False).json() == {"status": "ready"}


def test_the_clock_moves_forward_only(system: System) -> None:
    moved = system.mz("clock", "advance", "1d")
    back = system.mz("clock", "advance", "to", "2025-01-01T09:00")

    assert moved.returncode == 0
    assert back.returncode == 2
    assert "forward" in back.stderr


def test_commands_say_in_one_line_that_nothing_runs(tmp_path: Path) -> None:
    nowhere = System(tmp_path / "D", 1)

    seed, down = nowhere.mz("seed"), nowhere.mz("down")

    assert (seed.returncode, len(seed.stderr.splitlines())) == (1, 1)
    assert down.returncode == 0


def test_the_one_process_has_the_limits_of_the_edge(system: System) -> None:
    """A second Host line is refused by the guard alone; uvicorn takes it (spec/security.md §0-6)."""
    with socket.create_connection(("127.0.0.1", system.port), timeout=10) as line:
        line.sendall(b"GET /livez HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n")

        assert line.recv(100).startswith(b"HTTP/1.1 400")
