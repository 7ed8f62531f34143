"""One pod as a process of this machine, as a kubelet would make it from its manifest.

    own mount namespace ─ own root, read-only ─ volumes at their paths ─ numeric user, no capability ─ the command

The root is this machine's, under a layer of its own, with the repository at /srv/mingzheng, where the image has it.
Each pod has an address of its own on the loopback, and the names of the Services in its /etc/hosts.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any, Final

from mz import ROOT
from mz.k8s.objects import Workload

HOME: Final = "/srv/mingzheng"
PATH: Final = f"{HOME}/.venv/bin:/usr/local/bin:/usr/bin:/bin"
"""As the Dockerfile sets it."""

_REFERENCE: Final = re.compile(r"\$\(([A-Z0-9_]+)\)")


@dataclass(frozen=True)
class Volume:
    """A folder of this machine, and where the pod has it."""

    source: Path
    target: str
    read_only: bool


@dataclass
class Pod:
    """A pod of `workload`, which may run several times: `began` is when it did last."""

    name: str
    workload: Workload
    address: str
    environment: dict[str, str]
    volumes: list[Volume]
    hosts: str
    folder: Path
    process: subprocess.Popen[bytes] | None = None
    began: float = 0.0
    starts: int = 0
    is_ready: bool = False
    is_ending: bool = False
    failures: dict[str, int] = field(default_factory=dict)

    @property
    def container(self) -> Mapping[str, Any]:
        one: Mapping[str, Any] = self.workload.pod["containers"][0]
        return one

    @property
    def log(self) -> Path:
        return self.folder.parent / f"{self.name}.log"

    @property
    def runs(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        self.began, self.is_ready, self.is_ending, self.failures = monotonic(), False, False, {}
        self.starts += 1
        self.folder.mkdir(parents=True, exist_ok=True)
        script = self.folder / "start.sh"
        script.write_text(self._script())
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                ["unshare", "--mount", "--propagation", "private", "bash", str(script)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def _script(self) -> str:
        base = shlex.quote(str(self.folder))
        context = self.workload.pod["securityContext"]
        lines = [
            "set -eu",
            f"mount -t tmpfs -o size=256m none {base}",
            f"cd {base}; mkdir up work root",
            "mount -t overlay -o lowerdir=/,upperdir=up,workdir=work none root",
            f"mkdir -p root{HOME}; mount --bind {shlex.quote(str(ROOT))} root{HOME}",
            "mount --bind /dev root/dev; mount --bind /proc root/proc",
            f"printf %s {shlex.quote(self.hosts)} > root/etc/hosts",
        ]
        # An interpreter in somebody's home must be reachable for the pod's user. This changes the pod's layer alone.
        homes = [one for one in (Path(sys.base_prefix), *Path(sys.base_prefix).parents) if one != Path("/")]
        lines += [f"chmod o+x root{shlex.quote(str(home))}" for home in homes]
        for volume in self.volumes:
            target = shlex.quote(f"root{volume.target}")
            lines.append(f"mkdir -p {target}; mount --bind {shlex.quote(str(volume.source))} {target}")
            if volume.read_only:
                lines.append(f"mount -o remount,bind,ro {target}")
        environment = {"PATH": PATH, "HOME": "/tmp", "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}
        environment |= {"PYTHONUNBUFFERED": "1", "PYTHONPATH": ":".join(f"{HOME}/{one}" for one in sources())}
        words = [f"{name}={value}" for name, value in {**environment, **self.environment}.items()]
        user = ["--reuid", context["runAsUser"], "--regid", context["runAsGroup"], "--clear-groups"]
        alone = [
            "setpriv",
            "--pdeathsig",
            "KILL",
            *user,
            "--no-new-privs",
            "--inh-caps=-all",
            "--bounding-set=-all",
        ]
        command = ["chroot", "root", *alone, "env", "-i", "-C", HOME, *words, *self.container["command"]]
        lines += ["mount -o remount,ro root", "exec " + shlex.join(map(str, command))]
        return "\n".join(lines) + "\n"

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process, if it runs."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)

    def kill(self) -> None:
        """SIGKILL to all its processes, as a kubelet whose machine fails."""
        if self.process is not None:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            self.process.wait()

    @property
    def memory(self) -> int:
        """Resident bytes of all its processes; shared pages count for each."""
        if self.process is None:
            return 0
        return sum(_resident(pid) for pid in _family(self.process.pid))


def sources() -> list[str]:
    """The folders on Python's path, as the Dockerfile lists them."""
    services = sorted(path.parents[1].name for path in ROOT.glob("services/*/*/__init__.py"))
    return [
        *("cli", "libs/common", "libs/ledger", "gateway", "outsiders"),
        *(f"services/{name}" for name in services),
    ]


def expanded(value: str, known: Mapping[str, str]) -> str:
    """`value` with each $(NAME) replaced, as Kubernetes does for variables that stand before it."""
    return _REFERENCE.sub(lambda found: known.get(found[1], found[0]), value)


def copied(files: Mapping[str, Path], folder: Path, group: int, mode: int) -> Path:
    """`folder` with copies of `files`, readable by `group`: a Secret or ConfigMap as a pod sees it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, path in files.items():
        target = folder / name
        if target.parent != folder:
            target.parent.mkdir(exist_ok=True)
            os.chown(target.parent, 0, group)
            target.parent.chmod(0o750)
        target.unlink(missing_ok=True)
        shutil.copyfile(path, target)
        os.chown(target, 0, group)
        target.chmod(mode)
    os.chown(folder, 0, group)
    folder.chmod(0o750)
    return folder


def given_to(folder: Path, group: int) -> Path:
    """`folder` and all in it, open to `group`: a claim as `fsGroup` hands it to a pod, with OnRootMismatch.

    What lies in a folder that is the group's already stays as it is: a key that its process made with mode 0600 must
    not be opened to the group, or the process would refuse it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if folder.stat().st_gid == group:
        return folder
    for path in [*folder.rglob("*"), folder]:
        os.chown(path, -1, group)
        path.chmod(path.stat().st_mode | (0o2070 if path.is_dir() else 0o060))
    return folder


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children")
    try:
        return [pid, *(each for child in children.read_text().split() for each in _family(int(child)))]
    except OSError:
        return []


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0
