"""`./mz up` and `./mz down` as a newcomer meets them, in real processes."""

from __future__ import annotations

import json
import socket
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from mz.services import SERVICES
from tests.faults.process import System, free_port, running

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

    assert refused.returncode == 2
    assert len(refused.stderr.splitlines()) == 1
    assert str(system.port) in refused.stderr
    assert not (tmp_path / "D").exists()


@pytest.mark.parametrize("fault", ["folder", "port", "password"])
def test_a_start_that_cannot_be_is_told_in_one_line_and_leaves_nothing(
    system: System, tmp_path: Path, fault: str
) -> None:
    (tmp_path / "file").write_text("")
    folder = tmp_path / "file" / "D" if fault == "folder" else tmp_path / "D"
    port = 99_999 if fault == "port" else free_port()
    # The running system's own gateway is no PostgreSQL, and refuses whatever password it is given.
    address = f"postgresql://admin:wrong@127.0.0.1:{system.port}/postgres" if fault == "password" else None

    refused = System(folder, port).mz("up", "--port", str(port), database_url=address)

    said = [line for line in refused.stderr.splitlines() if not line.startswith(("usage:", " "))]
    assert (refused.returncode, len(said)) == (2, 1), refused.stderr
    assert "Traceback" not in refused.stderr
    assert "wrong" not in refused.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file"]


def test_the_demo_alone_starts_the_system_plays_the_story_and_says_where_to_look(tmp_path: Path) -> None:
    system = System(tmp_path / "D", free_port())
    try:
        played = system.mz("demo", "--port", str(system.port), timeout=400)
        again = system.mz("push")
        check = subprocess.run(
            ["sh", *(system.folder / "bundles").glob("*.sh")], capture_output=True, text=True, check=False
        )
    finally:
        system.remove()

    assert played.returncode == 0, played.stdout + played.stderr
    assert f"{system.base_url}/docs" in played.stdout
    assert "ready ·" in played.stdout
    assert (again.returncode, "/VIID/MotorVehicles  200" in again.stdout) == (0, True), again.stderr
    assert (check.returncode, "python3 -I" in next((system.folder / "bundles").glob("*.sh")).read_text()) == (
        0,
        True,
    )


def test_the_ports_file_names_every_service_and_postgresql(system: System) -> None:
    ports = json.loads(system.ports_file.read_text())

    assert set(ports) == {*SERVICES, "postgres"}
    assert set(ports.pop("postgres")) == {"pid", "port", "log"}
    assert all(set(entry) == {"pid", "port", "inner", "log"} for entry in ports.values())


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
    """A second Host line is refused by the guard alone; uvicorn takes it (RFC 9112 §3.2)."""
    with socket.create_connection(("127.0.0.1", system.port), timeout=10) as line:
        line.sendall(b"GET /livez HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n")

        assert line.recv(100).startswith(b"HTTP/1.1 400")
