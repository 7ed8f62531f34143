"""OpenStack Swift for a test, installed from its lock into a folder of this run."""

from __future__ import annotations

import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mz import ROOT
from mz.build.toolroom import bootstrap
from tests.fakes.objectstore import Swift
from tests.scratch import scratch

LOCK = ROOT / "requirements-swift.lock"


@contextmanager
def swift_here() -> Iterator[Swift]:
    """A running one. Skips where the packages cannot be had."""
    with scratch() as home:
        venv.create(home / "venv", with_pip=False)
        python = home / "venv/bin/python"
        environment = bootstrap().child_environment() | {"VIRTUAL_ENV": str(home / "venv")}
        uv = [str(Path(sys.executable).with_name("uv")), "pip", "sync", "--quiet", "--python", str(python)]
        done = subprocess.run(
            [*uv, "--require-hashes", str(LOCK)], env=environment, capture_output=True, text=True
        )
        if done.returncode:
            pytest.skip(f"Swift cannot be installed here: {done.stderr.strip().splitlines()[-1:]}")
        running = Swift.started(python, home / "swift")
        try:
            yield running
        finally:
            running.stop()
