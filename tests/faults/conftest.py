"""One installation for all fault tests of a worker: each test starts the processes it kills."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.services import Home, installed


@pytest.fixture(scope="session")
async def home(place: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Home]:
    """The installation; no service of it runs. Its durable PostgreSQL lies in memory: no power is cut here."""
    async with installed(tmp_path_factory.mktemp("faults") / "D", place / "durable") as made:
        yield made


@dataclass
class SmallDisk:
    """A file system of few megabytes that a test can fill."""

    path: Path

    def fill(self) -> None:
        with (self.path / "ballast").open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass

    def free(self) -> None:
        (self.path / "ballast").unlink(missing_ok=True)


@pytest.fixture
def small_disk(request: pytest.FixtureRequest) -> Iterator[SmallDisk]:
    """Of as many megabytes as the test's parameter says. Skipped where we may not mount."""
    size: int = request.param
    folder = Path(tempfile.mkdtemp(prefix="mingzheng-small-", dir="/var/tmp"))
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}m,mode=0755", "tmpfs", str(folder)]
    mounted = subprocess.run(command, capture_output=True, check=False)
    if mounted.returncode != 0:
        folder.rmdir()
        pytest.skip("a disk that can be filled needs the right to mount a tmpfs")
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)
        folder.rmdir()
