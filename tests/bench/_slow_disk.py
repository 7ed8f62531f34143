"""A PostgreSQL on a disk whose sync takes as long as we say: the machine's own disk, and a sleep after it.

Group commit is worth what a sync costs. On a virtual machine whose host answers from its cache that is next to
nothing; a disk that has the data when it says so takes from 0.05 ms (flash behind a battery) to 10 ms (a turning one).
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from mz.postgres import EmbeddedPostgres

_SOURCE = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>
int fdatasync(int fd) {  /* what PostgreSQL syncs its write-ahead log with on Linux */
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    struct timespec more = {MICROSECONDS / 1000000, MICROSECONDS % 1000000 * 1000L};
    int result = real(fd);
    nanosleep(&more, 0);
    return result;
}
"""


class SlowDisk(EmbeddedPostgres):
    """A cluster under `home` whose every sync of the write-ahead log takes `ms` longer. Needs `cc` and Linux."""

    def __init__(self, home: Path, ms: float) -> None:
        super().__init__(home)
        self._library = home.parent / "slow_disk.so"
        flags = ["-shared", "-fPIC", f"-DMICROSECONDS={ms * 1000:.0f}L"]
        command = ["cc", *flags, "-o", str(self._library), "-x", "c", "-", "-ldl"]
        subprocess.run(command, input=_SOURCE.encode(), check=True)

    def _env(self) -> dict[str, str]:
        return super()._env() | {"LD_PRELOAD": str(self._library)}
