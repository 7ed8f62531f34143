"""A service that starts at once: one process has made its app and forks the processes that serve it.

    python -m tests.faults.forking MODULE        an empty line in, the process id of a new child out

A test that kills a service twenty times would otherwise wait for imports most of its time. The parent opens nothing:
no connection, no port, no loop. What a process draws at random when it imports a module is drawn again in each child.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib import import_module
from typing import Any, get_type_hints

from common.web.serve import run
from mz import ROOT
from tests.faults.services import Process

_DRAWN = {"data_exchange": [("data_exchange.jobs.batches", "_HOLDER")]}


@dataclass
class Child:
    """A forked process, with the methods of `Popen` that a `Process` uses."""

    pid: int

    def poll(self) -> int | None:
        """0 once it has ended; its true status is the parent's alone."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return 0
        return None

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def wait(self, timeout: float = 15) -> int:
        end = time.monotonic() + timeout
        while self.poll() is None:
            if time.monotonic() > end:
                raise TimeoutError(f"process {self.pid} does not end")
            time.sleep(0.005)
        return 0


class Nursery:
    """The process that forks the lives of `process`. Close it after its last child was killed."""

    def __init__(self, process: Process) -> None:
        with process.log.open("ab") as log:
            self._parent = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.forking", process.module],
                cwd=ROOT,
                env=process.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
            )

    def fork(self) -> Child:
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        self._parent.stdin.write(b"\n")
        self._parent.stdin.flush()
        return Child(int(self._parent.stdout.readline()))

    def close(self) -> None:
        self._parent.kill()
        self._parent.wait()


@dataclass
class Forked(Process):
    """A `Process` that a nursery starts."""

    nursery: Nursery | None = None

    @classmethod
    def of(cls, process: Process) -> Forked:
        """`process`, not yet started; its nursery is already at work."""
        own = {name: getattr(process, name) for name in ("module", "command", "environment", "port", "log")}
        return cls(**own, nursery=Nursery(process))

    def start(self) -> None:
        assert self.nursery is not None
        self.child = self.nursery.fork()  # type: ignore[assignment]


def _serve(module: str) -> None:
    runtime_of: Any = import_module(f"{module}.runtime").runtime_of
    settings = get_type_hints(runtime_of)["settings"].read(os.environ, module.replace("_", "-"))
    app = import_module(f"{module}.app").create(runtime_of(settings))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # a killed child leaves no zombie: `poll` sees it gone
    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for name, drawn in _DRAWN.get(module, []):
                setattr(import_module(name), drawn, secrets.token_hex(8))
            run(app, module, settings, port=settings.port)
            return
        print(pid, flush=True)


if __name__ == "__main__":
    _serve(sys.argv[1])
