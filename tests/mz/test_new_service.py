"""docs/adding-a-service.md, followed: an empty service starts beside an installation that exists."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ledger.notes import parse_note
from mz import ROOT
from mz.build.manifest import pyproject
from mz.build.newservice import new_service
from mz.services import Service, read_services
from tests.architecture import anatomy, services
from tests.world import World

NAME = "parking-permit"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with every service that there is, and room for one more."""
    root = tmp_path / "repository"
    shutil.copytree(ROOT / "cli", root / "cli", ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("services.toml", "pyproject.toml"):
        shutil.copy(ROOT / file, root)
    for folder in ("libs", "outsiders", "gateway"):
        (root / folder).symlink_to(ROOT / folder)
    (root / "services").mkdir()
    for service in (ROOT / "services").iterdir():
        (root / "services" / service.name).symlink_to(service)
    return root


def test_an_empty_service_is_built_as_every_other(root: Path) -> None:
    service = new_service(root, NAME)

    assert services.faults_of(root) == []
    assert anatomy.faults_of(root, service) == []
    assert read_services(root)[NAME] == service
    assert (root / "pyproject.toml").read_text() == pyproject(root)
    assert '"services/parking-permit/parking_permit"' in pyproject(root)
    for command in (["check", "--quiet"], ["format", "--check", "--quiet"]):
        source = str(root / service.folder)
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--config", str(root / "pyproject.toml"), source],
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["case", "data-exchange", "Parking", "parking_permit", "", "../x", "ledger"])
def test_a_name_that_is_taken_or_is_no_name_makes_no_service(root: Path, name: str) -> None:
    before = (root / "services.toml").read_text()

    with pytest.raises(ValueError, match=r"already|not lower-case words"):
        new_service(root, name)

    assert (root / "services.toml").read_text() == before


@pytest.mark.slow
async def test_an_empty_service_is_ready_and_its_key_is_in_the_ledger_that_exists(
    world: World, root: Path
) -> None:
    service = new_service(root, NAME)
    await world.runtimes["evidence"].ledger.stop()
    # No witness and no monitor answers another process than this one.
    for file in (world.installation.d.policy, world.installation.d.monitor, world.installation.d.authorities):
        file.unlink(missing_ok=True)
    try:
        told = started(world, root, service)
    finally:
        admin = await world.installation.server.connect()
        await admin.execute(f'DROP DATABASE IF EXISTS "{service.database}" WITH (FORCE)')
        await admin.close()

    assert told == {"status": 200, "before": [], "after": ["parking-permit/"]}
    async with world.database("evidence") as conn:
        last = await conn.fetchval("SELECT entry FROM ledger.entry ORDER BY idx DESC LIMIT 1")
    note = parse_note(last.partition(b"\n")[2])
    record = json.loads(note.text)
    assert (record["type"], record["data"]["streams"]) == ("key.register", ["parking-permit/"])
    assert [line.name.partition(".")[0] for line in note.signatures] == ["root", "parking-permit"]


def started(world: World, root: Path, service: Service) -> dict[str, object]:
    """What newcomer.py tells of `service`, run on the code under `root`."""
    server = world.installation.server
    options = {
        "folder": str(world.folder),
        "host": server.host,
        "port": server.port,
        "databases": {name: world.installation.database(name) for name in world.runtimes},
        "name": service.name,
    }
    folders = [root / one.folder for one in read_services(root).values() if one.built]
    path = [root / "cli", root / "libs/common", root / "libs/ledger", root / "outsiders", *folders]
    done = subprocess.run(
        [sys.executable, "-P", str(ROOT / "tests/mz/newcomer.py"), json.dumps(options)],
        cwd=root,
        env={"PYTHONPATH": ":".join(map(str, path)), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return told
